//! Texts of the pages about experiments.

use super::messages;

messages! {
    /// Texts of the pages about experiments.
    ExperimentsText {
        title { en: "Experiments", es: "Experimentos" }
        lead { en: "An experiment gathers the runs that answer one question, and ranks them by its goal metric.", es: "Un experimento reúne las ejecuciones que responden a una misma pregunta y las ordena por su métrica objetivo." }
        experiment { en: "Experiment", es: "Experimento" }
        name { en: "Name", es: "Nombre" }
        runs { en: "Runs", es: "Ejecuciones" }
        best { en: "Best", es: "Mejor" }
        goal { en: "Goal metric", es: "Métrica objetivo" }
        last_activity { en: "Last activity", es: "Última actividad" }
        never { en: "no runs yet", es: "aún sin ejecuciones" }
        new_experiment { en: "New experiment", es: "Nuevo experimento" }
        new_experiment_hint { en: "What do you want to find out?", es: "¿Qué quiere averiguar?" }
        create { en: "Create", es: "Crear" }
        empty_title { en: "No experiments yet", es: "Aún no hay experimentos" }
        empty_body { en: "An experiment comes into being when something is trained, or when somebody writes to it. Train on a CSV file:", es: "Un experimento nace cuando se entrena algo o cuando alguien escribe en él. Entrene con un archivo CSV:" }
        on_the_command_line { en: "On the command line", es: "En la línea de órdenes" }
        over_http { en: "From any language, over HTTP", es: "Desde cualquier lenguaje, por HTTP" }
        train_here { en: "Train in the browser", es: "Entrenar en el navegador" }
        minimize { en: "lower is better", es: "menor es mejor" }
        maximize { en: "higher is better", es: "mayor es mejor" }
        change_goal { en: "Change the goal", es: "Cambiar el objetivo" }
        goal_metric_hint { en: "Name of a metric, such as test_rmse", es: "Nombre de una métrica, como test_rmse" }
        direction { en: "Direction", es: "Sentido" }
        save { en: "Save", es: "Guardar" }
        filter { en: "Filter runs", es: "Filtrar ejecuciones" }
        apply { en: "Apply", es: "Aplicar" }
        clear { en: "Clear", es: "Quitar" }
        filter_help { en: "Compares metrics., params., tags. and attributes. with <, <=, =, !=, LIKE, IN, BETWEEN, IS NULL; joined by AND, OR, NOT and parentheses.", es: "Compara metrics., params., tags. y attributes. con <, <=, =, !=, LIKE, IN, BETWEEN, IS NULL; unidos con AND, OR, NOT y paréntesis." }
        filter_wrong { en: "The filter is not understood", es: "El filtro no se entiende" }
        runs_table { en: "Runs of this experiment", es: "Ejecuciones de este experimento" }
        run { en: "Run", es: "Ejecución" }
        status { en: "Status", es: "Estado" }
        started { en: "Started (UTC)", es: "Inicio (UTC)" }
        duration { en: "Duration", es: "Duración" }
        model { en: "Model", es: "Modelo" }
        metric { en: "metric", es: "métrica" }
        param { en: "param", es: "parámetro" }
        sort_by { en: "Sort by {column}", es: "Ordenar por {column}" }
        best_badge { en: "Best", es: "Mejor" }
        best_title { en: "Best run by {metric}", es: "Mejor ejecución según {metric}" }
        see_best { en: "See the best run", es: "Ver la mejor ejecución" }
        select_run { en: "Select {run}", es: "Seleccionar {run}" }
        compare { en: "Compare selected", es: "Comparar las seleccionadas" }
        selected { en: "{n} selected", es: "{n} seleccionadas" }
        select_hint { en: "Tick two or more runs to compare them.", es: "Marque dos o más ejecuciones para compararlas." }
        first_page { en: "First page", es: "Primera página" }
        next_page { en: "Next page", es: "Página siguiente" }
        pages { en: "Pages", es: "Páginas" }
        all_columns { en: "Show all {n} columns", es: "Mostrar las {n} columnas" }
        fewer_columns { en: "Show fewer columns", es: "Mostrar menos columnas" }
        no_runs_title { en: "No runs in this experiment yet", es: "Este experimento aún no tiene ejecuciones" }
        no_runs_body { en: "A run is one training or evaluation: its parameters, its metrics, its files. Start one here, or register one from your own code:", es: "Una ejecución es un entrenamiento o una evaluación: sus parámetros, sus métricas y sus archivos. Empiece una aquí o registre una desde su propio código:" }
        no_match_title { en: "No run fits the filter", es: "Ninguna ejecución cumple el filtro" }
        no_match_body { en: "Names are spelled as in the table heads, and texts stand in single quotes:", es: "Los nombres se escriben como en las cabeceras de la tabla y los textos van entre comillas simples:" }
        page_end { en: "There are no more runs on this page", es: "No hay más ejecuciones en esta página" }
        deleted { en: "deleted", es: "borrado" }
    }
}
