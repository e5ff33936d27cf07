//! What model families and their parameters are, in both languages.

use crate::i18n::Language;

/// Name and description of a model family; the name itself, and nothing, for an unknown one.
#[must_use]
pub fn family(name: &str, language: Language) -> (&'static str, &'static str) {
    let (en, es) = match name {
        "auto" => (
            ("Automatic", "Tries families and parameters within a time budget and keeps the best."),
            ("Automático", "Prueba familias y parámetros en un tiempo dado y se queda con lo mejor."),
        ),
        "linear" => (
            ("Linear regression", "Fast and easy to read; the baseline to beat."),
            ("Regresión lineal", "Rápida y fácil de leer; la referencia que hay que superar."),
        ),
        "ridge" => (
            (
                "Ridge regression",
                "A line that does not overreact; with the log scale and degree 2, hard to beat on prices.",
            ),
            (
                "Regresión ridge",
                "Una recta que no exagera; con escala logarítmica y grado 2, difícil de superar con precios.",
            ),
        ),
        "elastic_net" => (
            ("Elastic net", "A line that leaves out what does not matter."),
            ("Red elástica", "Una recta que deja fuera lo que no importa."),
        ),
        "logistic" => (
            ("Logistic regression", "For classes: fast and easy to read; the baseline to beat."),
            (
                "Regresión logística",
                "Para clases: rápida y fácil de leer; la referencia que hay que superar.",
            ),
        ),
        "knn" => (
            ("Nearest neighbours", "Answers with the mean, or the vote, of the most similar rows."),
            ("Vecinos más próximos", "Responde con la media, o el voto, de las filas más parecidas."),
        ),
        "decision_tree" => (
            ("Decision tree", "One tree of questions; easy to follow."),
            ("Árbol de decisión", "Un árbol de preguntas; fácil de seguir."),
        ),
        "random_forest" => (
            ("Random forest", "Many trees that vote; strong on tables, no tuning needed to begin with."),
            ("Bosque aleatorio", "Muchos árboles que votan; fuerte con tablas, sin ajustes para empezar."),
        ),
        "gradient_boosting" => (
            (
                "Gradient boosting",
                "Trees that mend each other's errors; usually the most accurate, and quick.",
            ),
            (
                "Potenciación del gradiente",
                "Árboles que corrigen los errores de los anteriores; suele ser lo más exacto, y es rápido.",
            ),
        ),
        _ => (("?", ""), ("?", "")),
    };
    match language {
        Language::En => en,
        Language::Es => es,
    }
}

/// What a parameter does; empty for an unknown one.
#[must_use]
pub fn help(parameter: &str, language: Language) -> &'static str {
    let (en, es) = match parameter {
        "fit_intercept" => {
            ("Whether the line may miss the origin", "Si la recta puede no pasar por el origen")
        }
        "degree" => {
            ("2 adds squares and products of the columns", "2 añade cuadrados y productos de las columnas")
        }
        "alpha" => (
            "Strength; for boosting, the quantile or Huber's width",
            "Fuerza; en potenciación, el cuantil o el ancho de Huber",
        ),
        "C" => (
            "Inverse strength: smaller numbers hold coefficients down more",
            "Inversa de la fuerza: con números menores, los coeficientes se frenan más",
        ),
        "l1_ratio" => (
            "Share of the absolute coefficients in the hold",
            "Parte de los coeficientes absolutos en la penalización",
        ),
        "max_iter" => ("Most passes over the coefficients", "Máximo de pasadas por los coeficientes"),
        "tol" => ("Change at which the passes stop", "Cambio con el que terminan las pasadas"),
        "n_neighbors" => ("Number of similar rows", "Número de filas parecidas"),
        "weights" => ("Whether nearer rows count more", "Si las filas más próximas cuentan más"),
        "p" => {
            ("1 adds differences, 2 is the straight distance", "1 suma diferencias, 2 es la distancia recta")
        }
        "n_estimators" => ("Number of trees", "Número de árboles"),
        "max_depth" => ("Deepest leaf; empty for no limit", "Profundidad máxima; vacío si no hay límite"),
        "min_samples_split" => {
            ("Rows that a node needs to be split", "Filas que necesita un nodo para dividirse")
        }
        "min_samples_leaf" | "min_child_samples" => {
            ("Rows that every leaf keeps", "Filas que conserva cada hoja")
        }
        "max_features" => {
            ("Share of the columns that each split looks at", "Parte de las columnas que mira cada división")
        }
        "bootstrap" => (
            "Whether each tree sees its own random sample of rows",
            "Si cada árbol ve su propia muestra aleatoria de filas",
        ),
        "random_state" => ("Seed: same seed, same model", "Semilla: misma semilla, mismo modelo"),
        "learning_rate" => (
            "Share of each tree's correction that is taken",
            "Parte que se toma de la corrección de cada árbol",
        ),
        "num_leaves" => ("Most leaves of a tree", "Máximo de hojas de un árbol"),
        "min_child_weight" => ("Weight that every leaf keeps", "Peso que conserva cada hoja"),
        "min_split_gain" => ("Gain that a split needs", "Ganancia que necesita una división"),
        "subsample" => ("Share of the rows that each tree sees", "Parte de las filas que ve cada árbol"),
        "colsample_bytree" => {
            ("Share of the columns that each tree sees", "Parte de las columnas que ve cada árbol")
        }
        "reg_alpha" => ("Hold on absolute leaf values", "Penalización de los valores absolutos de las hojas"),
        "reg_lambda" => {
            ("Hold on squared leaf values", "Penalización de los valores al cuadrado de las hojas")
        }
        "cat_smooth" => {
            ("Holds back the means of rare categories", "Frena las medias de categorías poco frecuentes")
        }
        "cat_l2" => ("Hold on splits by categories", "Penalización de las divisiones por categorías"),
        "objective" => ("What is made small", "Lo que se minimiza"),
        "max_bin" => ("Bins into which numbers fall", "Intervalos en los que caen los números"),
        "early_stopping_rounds" => (
            "Stops after so many trees without progress; 0 for never",
            "Se detiene tras tantos árboles sin mejora; 0 para nunca",
        ),
        "validation_fraction" => {
            ("Rows held back to notice progress", "Filas apartadas para notar la mejora")
        }
        "monotone_constraints" => (
            "Columns that may only raise or lower the prediction, such as año:1, kilometraje:-1",
            "Columnas que solo pueden subir o bajar la predicción, como año:1, kilometraje:-1",
        ),
        "budget_seconds" => ("Time to search, in seconds", "Tiempo de búsqueda, en segundos"),
        "max_trials" => ("Most candidates that are tried", "Máximo de candidatos que se prueban"),
        _ => ("", ""),
    };
    match language {
        Language::En => en,
        Language::Es => es,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use types::Algorithm;

    use super::*;

    #[test]
    fn every_family_and_parameter_is_explained() {
        for name in Algorithm::NAMES {
            for language in Language::ALL {
                assert_ne!(family(name, language).1, "", "{name}");
                for parameter in Algorithm::from_params(name, &BTreeMap::new()).unwrap().parameters() {
                    assert_ne!(help(parameter.name, language), "", "{}", parameter.name);
                }
            }
        }
    }
}
