//! Texts about what was found out about a model.

use super::messages;

messages! {
    /// Texts about what was found out about a model.
    EvaluationText {
        title { en: "What the model is worth", es: "Qué vale el modelo" }
        about { en: "Measured on {n} test rows; errors are in units of `{target}`.", es: "Medido en {n} filas de prueba; los errores están en unidades de `{target}`." }
        findings { en: "How it answers", es: "Cómo responde" }
        no_findings { en: "No rule is known for its columns, and no curve is odd.", es: "No se conoce ninguna regla para sus columnas y ninguna curva es extraña." }
        fine { en: "Fine.", es: "Bien." }
        look { en: "Look.", es: "Atención." }
        broken { en: "Broken.", es: "Incumplida." }
        ranges { en: "What its ranges hold", es: "Qué cumplen sus intervalos" }
        ranges_body { en: "How often the real value lay inside, overall and in each fifth of the rows from the lowest to the highest value.", es: "Con qué frecuencia el valor real quedó dentro, en total y en cada quinto de las filas, del valor más bajo al más alto." }
        promised { en: "Promised", es: "Prometido" }
        held { en: "Held", es: "Cumplido" }
        by_fifth { en: "By fifth", es: "Por quintos" }
        width { en: "Mean width", es: "Anchura media" }
        segments { en: "Where it errs", es: "Dónde se equivoca" }
        segment { en: "Rows with", es: "Filas con" }
        rows { en: "Rows", es: "Filas" }
        paired { en: "Row by row", es: "Fila por fila" }
        better { en: "On {n} test rows that both predicted, {best} is off by {by} less on average ({low} to {high}): more than chance.", es: "En {n} filas de prueba que ambas predijeron, {best} se equivoca {by} menos de media (de {low} a {high}): más que azar." }
        no_better { en: "On {n} test rows that both predicted, their mean errors differ by {by} ({low} to {high}): that may be chance.", es: "En {n} filas de prueba que ambas predijeron, sus errores medios difieren en {by} (de {low} a {high}): puede ser azar." }
        other_rows { en: "These runs were not tested on the same rows of the same data: do not compare their metrics.", es: "Estas ejecuciones no se probaron con las mismas filas de los mismos datos: no compare sus métricas." }
        bias { en: "Bias", es: "Sesgo" }
    }
}
