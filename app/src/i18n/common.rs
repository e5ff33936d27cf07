//! Texts of the frame and of components that several pages use.

use super::messages;

messages! {
    /// Texts of the frame and of shared components.
    Common {
        skip_to_content { en: "Skip to content", es: "Saltar al contenido" }
        main_navigation { en: "Main", es: "Principal" }
        home { en: "Home", es: "Inicio" }
        experiments { en: "Experiments", es: "Experimentos" }
        datasets { en: "Data", es: "Datos" }
        train { en: "Train", es: "Entrenar" }
        models { en: "Models", es: "Modelos" }
        value_a_car { en: "Value a car", es: "Valorar un coche" }
        api_docs { en: "API docs", es: "API" }
        other_language { en: "Español", es: "English" }
        other_language_tag { en: "es", es: "en" }
        read_in_other_language { en: "Leer esta página en español", es: "Read this page in English" }
        theme { en: "Theme", es: "Tema" }
        theme_system { en: "As the system", es: "Como el sistema" }
        theme_light { en: "Light", es: "Claro" }
        theme_dark { en: "Dark", es: "Oscuro" }
        footer_what { en: "The laboratory notebook whose best model answers.", es: "El cuaderno de laboratorio cuyo mejor modelo responde." }
        footer_licence { en: "Free software, Apache 2.0", es: "Software libre, Apache 2.0" }
        loading { en: "Loading…", es: "Cargando…" }
        copy { en: "Copy", es: "Copiar" }
        copied { en: "Copied", es: "Copiado" }
        not_found_title { en: "Nothing here", es: "Aquí no hay nada" }
        not_found_lead { en: "There is no page at this address. The link may be old, or a letter may be missing.", es: "En esta dirección no hay ninguna página. Puede que el enlace sea antiguo o que falte una letra." }
        error_not_found { en: "This does not exist", es: "Esto no existe" }
        error_not_found_help { en: "It may have been deleted, or the address may be incomplete.", es: "Puede que se haya borrado o que la dirección esté incompleta." }
        error_taken { en: "The name is taken", es: "El nombre ya está en uso" }
        error_invalid { en: "The request is not right", es: "La petición no es correcta" }
        error_conflict { en: "This does not fit the current state", es: "Esto no encaja con el estado actual" }
        error_forbidden { en: "You may not do this", es: "No tiene permiso para esto" }
        error_not_ready { en: "Not ready yet", es: "Todavía no está listo" }
        error_internal { en: "Something broke on our side", es: "Algo ha fallado por nuestra parte" }
        error_internal_help { en: "Nothing that was stored is lost. Try again; if it stays, look at the server's log.", es: "No se ha perdido nada de lo guardado. Inténtelo de nuevo; si persiste, mire el registro del servidor." }
        error_unreachable { en: "The server could not be reached. Check that it is running and try again.", es: "No se ha podido contactar con el servidor. Compruebe que está en marcha e inténtelo de nuevo." }
        error_arguments { en: "The request could not be read: a value is missing or malformed.", es: "No se ha podido leer la petición: falta un valor o está mal escrito." }
        to_the_start { en: "To the start page", es: "A la página de inicio" }
        check_these_fields { en: "Please check these fields", es: "Revise estos campos" }
        run_running { en: "Running", es: "En marcha" }
        run_scheduled { en: "Scheduled", es: "Programado" }
        run_finished { en: "Finished", es: "Terminado" }
        run_failed { en: "Failed", es: "Fallido" }
        run_killed { en: "Stopped", es: "Detenido" }
        job_queued { en: "Waiting", es: "En cola" }
        job_running { en: "Training", es: "Entrenando" }
        job_finished { en: "Finished", es: "Terminado" }
        job_failed { en: "Failed", es: "Fallido" }
        job_interrupted { en: "Interrupted", es: "Interrumpido" }
        job_cancelled { en: "Cancelled", es: "Cancelado" }
    }
}
