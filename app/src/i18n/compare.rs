//! Texts of the pages about compare.

use super::messages;

messages! {
    /// Texts of the pages about compare.
    CompareText {
        title { en: "Compare runs", es: "Comparar ejecuciones" }
        lead { en: "Rows that differ are marked; the best value of each metric has a badge.", es: "Las filas que difieren están marcadas; el mejor valor de cada métrica lleva una insignia." }
        none_title { en: "Choose runs to compare", es: "Elija ejecuciones para comparar" }
        none_body { en: "Open an experiment, tick two or more runs and press “Compare selected”. The runs then stand in the address of this page, which can be kept and sent on.", es: "Abra un experimento, marque dos o más ejecuciones y pulse «Comparar las seleccionadas». Las ejecuciones quedan en la dirección de esta página, que se puede guardar y enviar." }
        one_title { en: "One run is not a comparison", es: "Una ejecución no es una comparación" }
        one_body { en: "This is the only run in the address. Add another one from its experiment:", es: "Es la única ejecución de la dirección. Añada otra desde su experimento:" }
        to_experiments { en: "To the experiments", es: "A los experimentos" }
        choose_others { en: "Choose others", es: "Elegir otras" }
        only_differences { en: "Only differences", es: "Solo diferencias" }
        everything { en: "Show everything", es: "Mostrar todo" }
        differs { en: "differs", es: "difiere" }
        best { en: "Best", es: "Mejor" }
        remove { en: "Remove {run} from the comparison", es: "Quitar {run} de la comparación" }
        table { en: "Runs side by side", es: "Ejecuciones en paralelo" }
        property { en: "Property", es: "Propiedad" }
        metrics { en: "Metrics", es: "Métricas" }
        params { en: "Parameters", es: "Parámetros" }
        data { en: "Data", es: "Datos" }
        status { en: "Status", es: "Estado" }
        started { en: "Started (UTC)", es: "Inicio (UTC)" }
        duration { en: "Duration", es: "Duración" }
        model { en: "Model", es: "Modelo" }
        no_differences { en: "These runs do not differ.", es: "Estas ejecuciones no difieren." }
        chart { en: "One metric across the runs", es: "Una métrica en todas las ejecuciones" }
        metric { en: "Metric", es: "Métrica" }
        show { en: "Show", es: "Mostrar" }
        no_metrics { en: "None of these runs has metrics.", es: "Ninguna de estas ejecuciones tiene métricas." }
        step { en: "step", es: "paso" }
    }
}
