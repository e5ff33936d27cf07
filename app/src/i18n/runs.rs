//! Texts of the pages about runs.

use super::messages;

messages! {
    /// Texts of the pages about runs.
    RunsText {
        title { en: "Run", es: "Ejecución" }
        status { en: "Status", es: "Estado" }
        started { en: "Started (UTC)", es: "Inicio (UTC)" }
        duration { en: "Duration", es: "Duración" }
        experiment { en: "Experiment", es: "Experimento" }
        run_id { en: "Run id", es: "Id. de ejecución" }
        by { en: "By", es: "Por" }
        model { en: "Model", es: "Modelo" }
        deleted { en: "This run is in the trash.", es: "Esta ejecución está en la papelera." }
        still_running { en: "Still running: reload the page for newer values.", es: "Sigue en marcha: recargue la página para ver valores nuevos." }
        metrics { en: "Metrics", es: "Métricas" }
        metric { en: "Metric", es: "Métrica" }
        last { en: "Last", es: "Último" }
        min { en: "Min", es: "Mín." }
        max { en: "Max", es: "Máx." }
        points { en: "Points", es: "Puntos" }
        at_step { en: "step {step}", es: "paso {step}" }
        no_metrics { en: "No metrics yet. Send numbers to this run:", es: "Aún no hay métricas. Envíe números a esta ejecución:" }
        log_a_metric { en: "Log a metric", es: "Registrar una métrica" }
        charts { en: "Metrics over time", es: "Métricas a lo largo del tiempo" }
        all_charts { en: "Show all {n} charts", es: "Mostrar los {n} gráficos" }
        step { en: "step", es: "paso" }
        seconds { en: "seconds", es: "segundos" }
        params { en: "Parameters", es: "Parámetros" }
        no_params { en: "No parameters were logged.", es: "No se registró ningún parámetro." }
        tags { en: "Tags", es: "Etiquetas" }
        no_tags { en: "No tags.", es: "Sin etiquetas." }
        datasets { en: "Data", es: "Datos" }
        no_datasets { en: "No dataset is linked to this run.", es: "Esta ejecución no tiene ningún conjunto de datos asociado." }
        context { en: "Use", es: "Uso" }
        digest { en: "Digest", es: "Huella" }
        value { en: "Value", es: "Valor" }
        plots { en: "Plots", es: "Gráficos guardados" }
        artifacts { en: "Files", es: "Archivos" }
        no_artifacts { en: "No files were stored. Plots, models and reports of a run appear here.", es: "No se guardó ningún archivo. Aquí aparecen los gráficos, modelos e informes de la ejecución." }
        file { en: "File", es: "Archivo" }
        size { en: "Size", es: "Tamaño" }
        actions { en: "Actions", es: "Acciones" }
        preview { en: "Preview", es: "Vista previa" }
        download { en: "Download", es: "Descargar" }
        download_model { en: "Download the model", es: "Descargar el modelo" }
        close_preview { en: "Close the preview", es: "Cerrar la vista previa" }
        no_preview { en: "This file is neither text nor a picture; download it to look inside.", es: "Este archivo no es texto ni imagen; descárguelo para verlo." }
        truncated { en: "Only the beginning is shown.", es: "Solo se muestra el principio." }
        model_pending { en: "files are on their way", es: "los archivos están en camino" }
        model_ready { en: "complete", es: "completo" }
        model_failed { en: "the upload failed", es: "falló el envío" }
        promote_title { en: "Put this model to work", es: "Poner este modelo a trabajar" }
        promote_body { en: "Promoted, it answers POST /predict and the valuation form from the next request on.", es: "Una vez promovido, responde a POST /predict y al formulario de valoración desde la siguiente petición." }
        promote { en: "Promote", es: "Promover" }
        require_checks { en: "only if its curves keep their rules", es: "solo si sus curvas cumplen sus reglas" }
        model_name { en: "Under the name", es: "Con el nombre" }
        is_champion { en: "This model answers as {name}, version {version}.", es: "Este modelo responde como {name}, versión {version}." }
        was_registered { en: "Registered as {name}, version {version}; another version answers now.", es: "Registrado como {name}, versión {version}; ahora responde otra versión." }
        value_a_car { en: "Value a car with it", es: "Valorar un coche con él" }
        see_models { en: "See the registry", es: "Ver el registro de modelos" }
        reproduce { en: "Train it again", es: "Entrenarla de nuevo" }
        reproduce_text { en: "The same data, rows, seeds and parameters give the same metrics to the last bit. The new run says whether they are.", es: "Los mismos datos, filas, semillas y parámetros dan las mismas métricas hasta el último bit. La nueva ejecución dice si lo son." }
        reproduce_button { en: "Reproduce", es: "Reproducir" }
        change_one_thing { en: "Change one thing", es: "Cambiar una cosa" }
        reproduce_caption { en: "In a terminal", es: "En una terminal" }
        as_python { en: "As Python", es: "En Python" }
        as_python_caption { en: "scikit-learn, LightGBM and mlflow; figures come close", es: "scikit-learn, LightGBM y mlflow; las cifras se acercan" }
        repeats { en: "This run repeats", es: "Esta ejecución repite" }
        reproduced { en: "All {n} metrics are the same to the last bit.", es: "Las {n} métricas son iguales hasta el último bit." }
        not_reproduced { en: "{n} metrics differ: {metrics}.", es: "Difieren {n} métricas: {metrics}." }
        other_version { en: "Version {then} trained it then, version {now} now.", es: "Entonces la entrenó la versión {then}, ahora la {now}." }
    }
}
