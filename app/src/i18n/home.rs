//! Texts of the start page.

use super::messages;

messages! {
    /// Texts of the start page.
    HomeText {
        title { en: "Start", es: "Inicio" }
        eyebrow { en: "Laboratory notebook and model server", es: "Cuaderno de laboratorio y servidor de modelos" }
        headline { en: "Keep every experiment. Let the best model answer.", es: "Guarde cada experimento. Que responda el mejor modelo." }
        lead { en: "Cuaderno records what you train, compares it, and serves the winner as an API and as a form, from one program.", es: "Cuaderno registra lo que usted entrena, lo compara y sirve al ganador como API y como formulario, con un solo programa." }
        runs_card { en: "See the runs", es: "Ver las ejecuciones" }
        runs_card_text { en: "All experiments with parameters, metrics and charts. Sort, filter, compare.", es: "Todos los experimentos con parámetros, métricas y gráficos. Ordene, filtre, compare." }
        train_card { en: "Train a model", es: "Entrenar un modelo" }
        train_card_text { en: "Choose data, target and model family, and watch it become a run.", es: "Elija datos, objetivo y familia de modelos, y vea cómo se convierte en una ejecución." }
        value_card { en: "Value a car", es: "Valorar un coche" }
        value_card_text { en: "Fourteen facts about a used car, one price from the champion. No personal data.", es: "Catorce datos de un coche usado, un precio del campeón. Sin datos personales." }
        in_production { en: "In production", es: "En producción" }
        answers { en: "This model answers the API and the form.", es: "Este modelo responde a la API y al formulario." }
        version { en: "Version {n}", es: "Versión {n}" }
        its_run { en: "See its run", es: "Ver su ejecución" }
        no_champion { en: "No model answers yet", es: "Todavía no responde ningún modelo" }
        no_champion_text { en: "Train one, then make it the champion on the models page. The API and the form answer a second later.", es: "Entrene uno y hágalo campeón en la página de modelos. La API y el formulario responden un segundo después." }
        latest { en: "Latest runs", es: "Últimas ejecuciones" }
        all_runs { en: "All experiments", es: "Todos los experimentos" }
        run { en: "Run", es: "Ejecución" }
        state { en: "State", es: "Estado" }
        goal { en: "Test RMSE", es: "RMSE de prueba" }
        started { en: "Started (UTC)", es: "Inicio (UTC)" }
        empty_title { en: "The notebook is empty", es: "El cuaderno está vacío" }
        empty_text { en: "Fill it with an example market of used cars and three trained models, or log a first run of your own.", es: "Llénelo con un mercado de ejemplo de coches usados y tres modelos entrenados, o registre una primera ejecución propia." }
        empty_sample { en: "In a terminal: the example", es: "En una terminal: el ejemplo" }
        empty_train { en: "In a terminal: train on your own table", es: "En una terminal: entrenar con una tabla propia" }
        log_from_outside { en: "Log a run from curl or Python", es: "Registrar una ejecución desde curl o Python" }
        log_text { en: "Any program can write into this notebook. The whole API is described, and can be tried, in the API docs.", es: "Cualquier programa puede escribir en este cuaderno. La API completa está descrita, y se puede probar, en su documentación." }
        to_api_docs { en: "Open the API docs", es: "Abrir la documentación de la API" }
        offer { en: "Esta página también está en español.", es: "This page is also available in English." }
        offer_link { en: "Leer en español", es: "Read in English" }
    }
}
