//! What a finding about a table means, in plain words.

use crate::{DataFinding, DataFindingKind as Kind, DateProblem, DomainProblem, Language, Severity};

impl Severity {
    /// The name for people.
    #[must_use]
    pub fn title(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Serious, Language::Es) => "Grave",
            (Self::Serious, Language::En) => "Serious",
            (Self::Warning, Language::Es) => "Aviso",
            (Self::Warning, Language::En) => "Warning",
            (Self::Note, Language::Es) => "Nota",
            (Self::Note, Language::En) => "Note",
        }
    }
}

impl DataFinding {
    /// What was found and what it means for a model; names and values stand in backquotes.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        match language {
            Language::Es => spanish(&self.kind),
            Language::En => english(&self.kind),
        }
    }
}

fn percent(share: f64) -> String {
    format!("{:.0}", share * 100.0)
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn groups(groups: &[Vec<String>]) -> String {
    groups.iter().map(|group| listed(group)).collect::<Vec<_>>().join("; ")
}

fn pair(values: &[(String, u64)], word: &str, rows: &str) -> String {
    let told = |(value, count): &(String, u64)| format!("`{value}` ({count} {rows})");
    values.iter().map(told).collect::<Vec<_>>().join(word)
}

fn english(kind: &Kind) -> String {
    match kind {
        Kind::Empty { column } => {
            format!("`{column}` is empty in every row. Remove it or fill it: training refuses it.")
        }
        Kind::MostlyMissing { column, count, share } => format!(
            "`{column}` is empty in {count} rows ({} %). Most of what a model says about it is guessed.",
            percent(*share)
        ),
        Kind::Constant { column, value } => {
            format!("`{column}` is `{value}` in every row, so there is nothing to learn from it.")
        }
        Kind::TwoValued { column, values, repeats: None } => format!(
            "`{column}` has only two values: {}. A number should have more: was it rounded, or made up?",
            pair(values, " and ", "rows")
        ),
        Kind::TwoValued { column, values, repeats: Some(indicator) } => format!(
            "`{column}` has only two values: {}. It repeats `{} = {}`: it is `{}` exactly there, so it says nothing of its own. \
             Do not trust what a model says about it.",
            pair(values, " and ", "rows"),
            indicator.column,
            indicator.value,
            indicator.means
        ),
        Kind::Copies { column, of } => {
            format!(
                "`{column}` says the same as `{of}`, on another scale or in other words. Leave one of them out."
            )
        }
        Kind::Leaks { column, target, explained } => format!(
            "`{column}` alone explains {:.1} % of `{target}`: it gives the answer away. Will you know it when you ask? If not, \
             leave it out.",
            explained * 100.0
        ),
        Kind::Impossible { column, by, level, count, line } => format!(
            "`{column}` is above 0 in {count} rows where `{by}` is `{level}`, which cannot be; the first is in line {line}."
        ),
        Kind::Exceptions { column, value, by, level, count, line } => format!(
            "Where `{by}` is `{level}`, `{column}` is nearly always `{value}`; {count} rows differ, the first in line {line}."
        ),
        Kind::Duplicates { count, first, line } => format!(
            "{count} rows repeat an earlier one: line {line} is line {first} again. Copies in the test rows make a model look \
             better than it is."
        ),
        Kind::RareLevels { column, levels, count, examples } => format!(
            "`{column}` has {levels} values with fewer than 5 rows ({count} rows in all), such as {}: too few to learn from.",
            listed(examples)
        ),
        Kind::Identifies { column, distinct } => format!(
            "`{column}` has {distinct} different values, nearly one for each row: it names rows and teaches nothing. Leave it out."
        ),
        Kind::Spellings { column, groups: found } => format!(
            "`{column}` writes the same thing in several ways: {}. A model takes them for different things.",
            groups(found)
        ),
        Kind::OutOfDomain { column, problem, count, example, line } => {
            let problem = match problem {
                DomainProblem::Negative => "is below 0, which cannot be or is odd,",
                DomainProblem::FutureYear => "is a year that has not come yet",
                DomainProblem::AncientYear => "is a year before there were cars",
                DomainProblem::Placeholder => "looks like a number that stands for a missing one",
                DomainProblem::FarAway => "is very far from all other numbers",
            };
            format!("`{column}` {problem} in {count} rows, such as `{example}` in line {line}.")
        }
        Kind::SuspiciousDates { column, problem, count, example, line } => {
            let problem = match problem {
                DateProblem::Placeholder => "holds a date that programs write where there is none",
                DateProblem::Future => "lies in the future",
                DateProblem::Impossible => "holds what is no date",
            };
            format!("`{column}` {problem} in {count} rows, such as `{example}` in line {line}.")
        }
        Kind::AlmostNumbers { column, count, example, line } => format!(
            "`{column}` is read as text because {count} cells are no numbers, such as `{example}` in line {line}. Change its type \
             to a number: they count as missing then."
        ),
        Kind::Unread { column, count, example, line } => format!(
            "`{column}` was said to hold numbers; {count} cells that are none count as missing, such as `{example}` in line {line}."
        ),
        Kind::Drift { column, distance } => format!(
            "`{column}` is distributed differently in the training and the test rows (by {} of 100). Scores of the test rows may \
             not hold.",
            percent(*distance)
        ),
    }
}

fn spanish(kind: &Kind) -> String {
    match kind {
        Kind::Empty { column } => {
            format!(
                "`{column}` está vacía en todas las filas. Quítela o complétela: el entrenamiento la rechaza."
            )
        }
        Kind::MostlyMissing { column, count, share } => format!(
            "`{column}` está vacía en {count} filas ({} %). Casi todo lo que un modelo diga de ella es adivinado.",
            percent(*share)
        ),
        Kind::Constant { column, value } => {
            format!("`{column}` vale `{value}` en todas las filas, así que no hay nada que aprender de ella.")
        }
        Kind::TwoValued { column, values, repeats: None } => format!(
            "`{column}` solo tiene dos valores: {}. Un número debería tener más: ¿se redondeó o se inventó?",
            pair(values, " y ", "filas")
        ),
        Kind::TwoValued { column, values, repeats: Some(indicator) } => format!(
            "`{column}` solo tiene dos valores: {}. Repite `{} = {}`: vale `{}` exactamente ahí, así que no dice nada propio. No \
             confíe en lo que un modelo diga de ella.",
            pair(values, " y ", "filas"),
            indicator.column,
            indicator.value,
            indicator.means
        ),
        Kind::Copies { column, of } => {
            format!(
                "`{column}` dice lo mismo que `{of}`, en otra escala o con otras palabras. Deje fuera una de las dos."
            )
        }
        Kind::Leaks { column, target, explained } => format!(
            "`{column}` explica por sí sola el {:.1} % de `{target}`: delata la respuesta. ¿La sabrá cuando pregunte? Si no, \
             déjela fuera.",
            explained * 100.0
        ),
        Kind::Impossible { column, by, level, count, line } => format!(
            "`{column}` es mayor que 0 en {count} filas donde `{by}` es `{level}`, y eso no puede ser; la primera está en la \
             línea {line}."
        ),
        Kind::Exceptions { column, value, by, level, count, line } => format!(
            "Donde `{by}` es `{level}`, `{column}` vale casi siempre `{value}`; {count} filas difieren, la primera en la línea \
             {line}."
        ),
        Kind::Duplicates { count, first, line } => format!(
            "{count} filas repiten otra anterior: la línea {line} es otra vez la {first}. Las copias entre las filas de prueba \
             hacen que un modelo parezca mejor de lo que es."
        ),
        Kind::RareLevels { column, levels, count, examples } => format!(
            "`{column}` tiene {levels} valores con menos de 5 filas ({count} filas en total), como {}: demasiado pocas para \
             aprender.",
            listed(examples)
        ),
        Kind::Identifies { column, distinct } => format!(
            "`{column}` tiene {distinct} valores distintos, casi uno por fila: nombra las filas y no enseña nada. Déjela fuera."
        ),
        Kind::Spellings { column, groups: found } => format!(
            "`{column}` escribe lo mismo de varias maneras: {}. Un modelo las toma por cosas distintas.",
            groups(found)
        ),
        Kind::OutOfDomain { column, problem, count, example, line } => {
            let problem = match problem {
                DomainProblem::Negative => "es menor que 0, lo que no puede ser o es raro,",
                DomainProblem::FutureYear => "es un año que aún no ha llegado",
                DomainProblem::AncientYear => "es un año en el que no había coches",
                DomainProblem::Placeholder => "parece un número puesto en lugar de uno que falta",
                DomainProblem::FarAway => "está muy lejos de todos los demás números",
            };
            format!("`{column}` {problem} en {count} filas, como `{example}` en la línea {line}.")
        }
        Kind::SuspiciousDates { column, problem, count, example, line } => {
            let problem = match problem {
                DateProblem::Placeholder => {
                    "tiene una fecha que los programas escriben cuando no hay ninguna"
                }
                DateProblem::Future => "está en el futuro",
                DateProblem::Impossible => "tiene algo que no es una fecha",
            };
            format!("`{column}` {problem} en {count} filas, como `{example}` en la línea {line}.")
        }
        Kind::AlmostNumbers { column, count, example, line } => format!(
            "`{column}` se lee como texto porque {count} celdas no son números, como `{example}` en la línea {line}. Cambie su \
             tipo a número: entonces contarán como vacías."
        ),
        Kind::Unread { column, count, example, line } => format!(
            "Se dijo que `{column}` tiene números; {count} celdas que no lo son cuentan como vacías, como `{example}` en la línea \
             {line}."
        ),
        Kind::Drift { column, distance } => format!(
            "`{column}` se distribuye de otra manera en las filas de entrenamiento y en las de prueba (en {} de 100). Puede que \
             las métricas de prueba no se cumplan.",
            percent(*distance)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Indicator;

    #[test]
    fn a_verdict_is_a_sentence_in_both_languages() {
        let finding = DataFinding {
            severity: Severity::Serious,
            kind: Kind::TwoValued {
                column: "kilometraje".to_owned(),
                values: vec![("400000".to_owned(), 9_600), ("1000".to_owned(), 400)],
                repeats: Some(Indicator {
                    column: "año".to_owned(),
                    value: "2024".to_owned(),
                    means: "1000".to_owned(),
                }),
            },
        };
        let told = finding.sentence(Language::En);
        assert!(
            told.starts_with(
                "`kilometraje` has only two values: `400000` (9600 rows) and `1000` (400 rows)."
            ),
            "{told}"
        );
        assert!(told.contains("It repeats `año = 2024`"), "{told}");
        let told = finding.sentence(Language::Es);
        assert!(told.contains("solo tiene dos valores") && told.contains("Repite `año = 2024`"), "{told}");
    }

    #[test]
    fn findings_survive_json() {
        let finding = DataFinding {
            severity: Severity::Note,
            kind: Kind::Drift { column: "x".to_owned(), distance: 0.5 },
        };
        let json = serde_json::to_string(&finding).unwrap();
        assert_eq!(json, r#"{"severity":"note","finding":"drift","column":"x","distance":0.5}"#);
        assert_eq!(serde_json::from_str::<DataFinding>(&json).unwrap(), finding);
    }
}
