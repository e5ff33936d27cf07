//! Texts of the model registry.

use super::messages;

messages! {
    /// Texts of the model registry.
    ModelsText {
        title { en: "Models", es: "Modelos" }
        lead { en: "Versions that were promoted from runs. The version called champion answers.", es: "Versiones promovidas desde ejecuciones. La versión llamada champion es la que responde." }
        answers { en: "The champion of this model answers the API at /predict and the valuation form.", es: "El campeón de este modelo responde a la API en /predict y al formulario de valoración." }
        versions { en: "Versions", es: "Versiones" }
        version { en: "Version", es: "Versión" }
        kind { en: "Kind", es: "Tipo" }
        run { en: "Run", es: "Ejecución" }
        registered { en: "Registered (UTC)", es: "Registrada (UTC)" }
        aliases { en: "Aliases", es: "Alias" }
        action { en: "Action", es: "Acción" }
        see_run { en: "See the run", es: "Ver la ejecución" }
        unknown_kind { en: "unknown", es: "desconocido" }
        not_native { en: "Kept, not answering: it was not trained in Cuaderno. Its files can be downloaded and opened in Python.", es: "Guardado, no responde: no se entrenó en Cuaderno. Sus archivos se pueden descargar y abrir en Python." }
        make_champion { en: "Make champion", es: "Hacer campeón" }
        make_champion_of { en: "Make version {n} of {name} the champion", es: "Hacer campeona la versión {n} de {name}" }
        is_champion { en: "Answers now", es: "Responde ahora" }
        is_champion_in_name { en: "Champion, but does not answer here", es: "Campeón, pero no responde aquí" }
        history { en: "Who was what, and since when", es: "Quién fue qué y desde cuándo" }
        became { en: "points to version {n}", es: "apunta a la versión {n}" }
        removed { en: "was removed", es: "se retiró" }
        by { en: "by {who}", es: "por {who}" }
        no_history { en: "No alias has been set yet.", es: "Todavía no se ha puesto ningún alias." }
        no_versions { en: "No version yet.", es: "Todavía no hay versiones." }
        empty_title { en: "No model is registered", es: "No hay ningún modelo registrado" }
        empty_text { en: "A model comes here when a run with a model is promoted: press Promote on the page of the run, or say so in a terminal. From then on it can be the champion that answers.", es: "Un modelo llega aquí cuando se promueve una ejecución con modelo: pulse Promover en la página de la ejecución o dígalo en una terminal. Desde entonces puede ser el campeón que responde." }
        empty_terminal { en: "In a terminal", es: "En una terminal" }
        to_runs { en: "To the runs", es: "A las ejecuciones" }
        train { en: "Train a model", es: "Entrenar un modelo" }
    }
}
