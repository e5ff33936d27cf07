//! The training form: its fields, and what they mean.

use std::collections::BTreeMap;

use types::algorithm::{Parameter, ParameterKind};
use types::{
    Algorithm, DataSplit, ExperimentName, Fault, NewTrainingJob, RunName, TargetTransform, TrainingSpec,
};

/// Name of the control of a family's parameter: families share names of parameters, and a page has the controls of all.
#[must_use]
pub fn control_name(family: &str, parameter: &str) -> String {
    format!("{family}-{parameter}")
}

/// Parameters of the family called `name`; none for an unknown one.
#[must_use]
pub fn parameters(name: &str) -> &'static [Parameter] {
    Algorithm::from_params(name, &BTreeMap::new()).map_or(&[], |algorithm| algorithm.parameters())
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

    let transform = match text("transform") {
        "" => Some(TargetTransform::default()),
        name => TargetTransform::from_name(name),
    };
    if transform.is_none() {
        let names = TargetTransform::NAMES.join(", ");
        faults.push(Fault::of_field("transform", format!("must be one of {names}"), "value_error"));
    }

    match (algorithm, test_size, random_state, experiment, run_name, transform) {
        (
            Some(algorithm),
            Some(test_size),
            Ok(random_state),
            Ok(experiment),
            Ok(run_name),
            Some(transform),
        ) if faults.is_empty() => {
            let spec = TrainingSpec {
                transform,
                ..TrainingSpec::new(text("target"), algorithm)
                    .with_split(DataSplit::Random { test_size, random_state })
            };
            Ok(NewTrainingJob { run_name, ..NewTrainingJob::new(experiment, text("dataset"), spec) })
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
        let control = control_name(family, parameter.name);
        let Some(value) = form.get(&control).map(|value| value.trim().to_owned()) else {
            continue;
        };
        check(parameter.kind, &control, &value, faults);
        given.insert(parameter.name.to_owned(), value);
    }
    if faults.len() > before {
        return None;
    }
    Algorithm::from_params(family, &given)
        .map_err(|error| faults.push(Fault::of_field("model", error.problem, "value_error")))
        .ok()
}

/// Notes what is wrong with the value of one control.
#[expect(clippy::cast_precision_loss, reason = "limits of messages")]
fn check(kind: ParameterKind, control: &str, value: &str, faults: &mut Vec<Fault>) {
    match kind {
        ParameterKind::WholeOrNone(..) if value.is_empty() => {}
        ParameterKind::Whole(min, max) | ParameterKind::WholeOrNone(min, max) => match value.parse::<u64>() {
            Err(_) => faults.push(Fault::not_integer(control)),
            Ok(number) if number < min => faults.push(Fault::below(control, min as f64)),
            Ok(number) if number > max => faults.push(Fault::above(control, max as f64)),
            Ok(_) => {}
        },
        ParameterKind::Real(min, max) => {
            number_between(control, value, min, max, faults);
        }
        ParameterKind::RealAbove(min, max) => match number_between(control, value, min, max, faults) {
            Some(number) if number <= min => {
                faults.push(Fault::of_field(control, kind.rule(), "value_error"));
            }
            _ => {}
        },
        ParameterKind::Flag | ParameterKind::Choice(_) | ParameterKind::Features if value.is_empty() => {
            faults.push(Fault::missing(control));
        }
        // The family knows more words than the form offers, and says what is wrong.
        ParameterKind::Flag
        | ParameterKind::Choice(_)
        | ParameterKind::Features
        | ParameterKind::Directions => {}
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
            ("random_forest-n_estimators", "50"),
            ("random_forest-max_depth", ""),
            ("gradient_boosting-n_estimators", "wrong, and not chosen"),
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
        let Algorithm::RandomForest(forest) = job.spec.algorithm else { panic!("a forest") };
        assert_eq!((forest.n_estimators, forest.max_depth), (50, None));
    }

    #[test]
    fn all_wrong_fields_are_named_at_once() {
        let faults =
            parse(&form(&[("random_forest-n_estimators", "0"), ("test_size", "x"), ("experiment", " ")]))
                .unwrap_err();
        let names: Vec<_> = faults.iter().map(Fault::field).collect();
        assert_eq!(names, ["random_forest-n_estimators", "test_size", "experiment"]);
    }

    #[test]
    fn defaults_come_from_the_family() {
        assert_eq!(default_of("random_forest", "n_estimators"), "100");
        assert_eq!(default_of("random_forest", "max_depth"), "");
        assert_eq!(default_of("linear", "fit_intercept"), "True");
    }
}
