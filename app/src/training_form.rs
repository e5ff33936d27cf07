//! The training form: its fields, and what they mean.

use std::collections::BTreeMap;

use types::{Algorithm, DataSplit, ExperimentName, Fault, Language, NewTrainingJob, RunName, TrainingSpec};

/// What the control of a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// A whole number between two limits.
    Whole(u64, u64),
    /// The same, or nothing.
    WholeOrNone(u64, u64),
    /// One of these words.
    Choice(&'static [&'static str]),
}

/// A parameter of a model family.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// scikit-learn's name, and the name of the control.
    pub name: &'static str,
    /// What it takes.
    pub control: Control,
    /// What it does, in English.
    pub en: &'static str,
    /// What it does, in Spanish.
    pub es: &'static str,
}

impl Parameter {
    /// What it does, in a language.
    #[must_use]
    pub fn help(&self, language: Language) -> &'static str {
        match language {
            Language::En => self.en,
            Language::Es => self.es,
        }
    }
}

const FLAG: Control = Control::Choice(&["True", "False"]);

/// Parameters of `linear`.
pub const LINEAR: &[Parameter] = &[Parameter {
    name: "fit_intercept",
    control: FLAG,
    en: "Whether the line may miss the origin",
    es: "Si la recta puede no pasar por el origen",
}];

/// Parameters of `random_forest`.
pub const RANDOM_FOREST: &[Parameter] = &[
    Parameter {
        name: "n_estimators",
        control: Control::Whole(1, 10_000),
        en: "Number of trees",
        es: "Número de árboles",
    },
    Parameter {
        name: "max_depth",
        control: Control::WholeOrNone(1, 1000),
        en: "Deepest leaf; empty for no limit",
        es: "Profundidad máxima; vacío si no hay límite",
    },
    Parameter {
        name: "min_samples_split",
        control: Control::Whole(2, 1_000_000_000),
        en: "Rows that a node needs to be split",
        es: "Filas que necesita un nodo para dividirse",
    },
    Parameter {
        name: "min_samples_leaf",
        control: Control::Whole(1, 1_000_000_000),
        en: "Rows that every leaf keeps",
        es: "Filas que conserva cada hoja",
    },
    Parameter {
        name: "max_features",
        control: Control::Choice(&["1.0", "0.5", "0.3", "sqrt", "log2"]),
        en: "Share of the columns that each split looks at",
        es: "Parte de las columnas que mira cada división",
    },
    Parameter {
        name: "bootstrap",
        control: FLAG,
        en: "Whether each tree sees its own random sample of rows",
        es: "Si cada árbol ve su propia muestra aleatoria de filas",
    },
    Parameter {
        name: "random_state",
        control: Control::Whole(0, 9_007_199_254_740_991),
        en: "Seed of the forest: same seed, same forest",
        es: "Semilla del bosque: misma semilla, mismo bosque",
    },
];

/// Parameters of the family called `name`.
#[must_use]
pub fn parameters(name: &str) -> &'static [Parameter] {
    match name {
        "linear" => LINEAR,
        "random_forest" => RANDOM_FOREST,
        _ => &[],
    }
}

/// Value of every parameter of a family unless given, by name.
#[must_use]
pub fn default_of(family: &str, parameter: &str) -> String {
    Algorithm::from_params(family, &BTreeMap::new())
        .ok()
        .and_then(|algorithm| algorithm.params().into_iter().find(|(name, _)| *name == parameter))
        .map(|(_, value)| if value == "None" { String::new() } else { value })
        .unwrap_or_default()
}

/// Reads the form.
///
/// # Errors
///
/// One fault for each wrong field.
pub fn parse(form: &BTreeMap<String, String>) -> Result<NewTrainingJob, Vec<Fault>> {
    let mut faults = Vec::new();
    let text = |name: &str| form.get(name).map_or("", |value| value.trim());

    for name in ["dataset", "target"] {
        if text(name).is_empty() {
            faults.push(Fault::missing(name));
        }
    }
    let algorithm = algorithm(form, &mut faults);
    let test_size = number_between("test_size", text("test_size"), 0.01, 0.99, &mut faults);
    let random_state = text("split_seed").parse().map_err(|_| faults.push(Fault::not_integer("split_seed")));
    let experiment = match text("experiment") {
        "" => {
            faults.push(Fault::missing("experiment"));
            Err(())
        }
        name => ExperimentName::parse(name)
            .map_err(|error| faults.push(Fault::of_field("experiment", error.problem, "value_error"))),
    };
    let run_name = match text("run_name") {
        "" => Ok(None),
        name => RunName::parse(name)
            .map(Some)
            .map_err(|error| faults.push(Fault::of_field("run_name", error.problem, "value_error"))),
    };

    match (algorithm, test_size, random_state, experiment, run_name) {
        (Some(algorithm), Some(test_size), Ok(random_state), Ok(experiment), Ok(run_name))
            if faults.is_empty() =>
        {
            Ok(NewTrainingJob {
                experiment,
                run_name,
                dataset: text("dataset").to_owned(),
                spec: TrainingSpec {
                    target: text("target").to_owned(),
                    algorithm,
                    split: DataSplit::Random { test_size, random_state },
                },
            })
        }
        _ => Err(faults),
    }
}

/// The family with its parameters; each wrong one becomes a fault of its own field.
fn algorithm(form: &BTreeMap<String, String>, faults: &mut Vec<Fault>) -> Option<Algorithm> {
    let family = form.get("model").map_or("", String::as_str);
    let known = parameters(family);
    if known.is_empty() {
        faults.push(Fault::missing("model"));
        return None;
    }
    let before = faults.len();
    let mut given = BTreeMap::new();
    for parameter in known {
        let Some(value) = form.get(parameter.name).map(|value| value.trim().to_owned()) else {
            continue;
        };
        check(parameter, &value, faults);
        given.insert(parameter.name.to_owned(), value);
    }
    if faults.len() > before {
        return None;
    }
    Algorithm::from_params(family, &given)
        .map_err(|error| faults.push(Fault::of_field("model", error.problem, "value_error")))
        .ok()
}

/// Notes what is wrong with one parameter.
#[expect(clippy::cast_precision_loss, reason = "limits of messages")]
fn check(parameter: &Parameter, value: &str, faults: &mut Vec<Fault>) {
    let name = parameter.name;
    match parameter.control {
        Control::WholeOrNone(..) if value.is_empty() => {}
        Control::Whole(min, max) | Control::WholeOrNone(min, max) => match value.parse::<u64>() {
            Err(_) => faults.push(Fault::not_integer(name)),
            Ok(number) if number < min => faults.push(Fault::below(name, min as f64)),
            Ok(number) if number > max => faults.push(Fault::above(name, max as f64)),
            Ok(_) => {}
        },
        Control::Choice(_) if value.is_empty() => faults.push(Fault::missing(name)),
        // The family knows more words than the form offers.
        Control::Choice(_) => {}
    }
}

fn number_between(name: &str, text: &str, min: f64, max: f64, faults: &mut Vec<Fault>) -> Option<f64> {
    match text.parse::<f64>() {
        Err(_) => faults.push(Fault::not_float(name)),
        Ok(number) if number.is_nan() => faults.push(Fault::not_float(name)),
        Ok(number) if number < min => faults.push(Fault::below(name, min)),
        Ok(number) if number > max => faults.push(Fault::above(name, max)),
        Ok(number) => return Some(number),
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(changes: &[(&str, &str)]) -> BTreeMap<String, String> {
        let mut form: BTreeMap<String, String> = [
            ("dataset", "sample"),
            ("target", "precio"),
            ("model", "random_forest"),
            ("n_estimators", "50"),
            ("max_depth", ""),
            ("test_size", "0.2"),
            ("split_seed", "42"),
            ("experiment", "cars"),
            ("run_name", ""),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        form.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        form
    }

    #[test]
    fn a_filled_form_is_a_job() {
        let job = parse(&form(&[])).unwrap();
        assert_eq!(job.run_name, None);
        assert!(matches!(
            job.spec.algorithm,
            Algorithm::RandomForest { n_estimators: 50, max_depth: None, .. }
        ));
    }

    #[test]
    fn all_wrong_fields_are_named_at_once() {
        let faults =
            parse(&form(&[("n_estimators", "0"), ("test_size", "x"), ("experiment", " ")])).unwrap_err();
        let names: Vec<_> = faults.iter().map(Fault::field).collect();
        assert_eq!(names, ["n_estimators", "test_size", "experiment"]);
    }

    #[test]
    fn defaults_come_from_the_family() {
        assert_eq!(default_of("random_forest", "n_estimators"), "100");
        assert_eq!(default_of("random_forest", "max_depth"), "");
        assert_eq!(default_of("linear", "fit_intercept"), "True");
    }

    #[test]
    fn every_parameter_of_a_family_is_on_the_form() {
        for family in Algorithm::NAMES {
            let algorithm = Algorithm::from_params(family, &BTreeMap::new()).unwrap();
            let names: Vec<_> = algorithm.params().into_iter().map(|(name, _)| name).collect();
            assert_eq!(names, parameters(family).iter().map(|p| p.name).collect::<Vec<_>>());
        }
    }
}
