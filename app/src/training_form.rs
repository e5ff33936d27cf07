//! The training form: its fields, and what they mean.

use std::collections::BTreeMap;

use types::algorithm::{Parameter, ParameterKind};
use types::{
    Algorithm, CrossValidation, DataSplit, ExperimentName, Fault, InvalidValue, NewTrainingJob, Priority,
    Recipe, ResponseRule, RunName, SWEEP_TRIALS_MAX, Sweep, SweepMethod, TIME_LIMIT_MAX, TargetTransform,
    Task, TrainingSpec,
};

/// Ways to choose the rows that test, as the form spells them.
pub const SPLITS: [&str; 3] = ["random", "grouped", "time"];

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

/// Reads the form. Fields that are absent or empty have their defaults; dataset, target, family and experiment have none.
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
    let split = split(form, &mut faults);
    let experiment = match text("experiment") {
        "" => {
            faults.push(Fault::missing("experiment"));
            None
        }
        name => noted("experiment", ExperimentName::parse(name), &mut faults),
    };
    let run_name = match text("run_name") {
        "" => None,
        name => noted("run_name", RunName::parse(name), &mut faults),
    };
    let transform = word(
        "transform",
        text("transform"),
        &TargetTransform::NAMES,
        TargetTransform::from_name,
        &mut faults,
    );
    let task = word("task", text("task"), &Task::NAMES, Task::from_name, &mut faults);
    let expected: Vec<Option<ResponseRule>> =
        listed(text("expected")).map(|rule| noted("expected", rule.parse(), &mut faults)).collect();
    let folds = whole("folds", text("folds"), 0, 20, &mut faults);
    let time_limit = whole("time_limit", text("time_limit"), 1, TIME_LIMIT_MAX, &mut faults);
    let priority = match text("priority") {
        "" => None,
        number => noted("priority", number.parse::<Priority>(), &mut faults),
    };
    let sweep = algorithm.as_ref().and_then(|algorithm| sweep(form, algorithm, &mut faults));

    let (Some(algorithm), Some(split), Some(experiment), true) =
        (algorithm, split, experiment, faults.is_empty())
    else {
        return Err(faults);
    };
    let spec = TrainingSpec {
        transform: transform.unwrap_or_default(),
        task,
        weight: Some(text("weight").to_owned()).filter(|column| !column.is_empty()),
        excluded: listed(text("excluded")).map(str::to_owned).collect(),
        expected: expected.into_iter().flatten().collect(),
        cross_validation: CrossValidation {
            folds: folds.unwrap_or(CrossValidation::default().folds),
            ..CrossValidation::default()
        },
        sweep,
        learning_curve: !text("learning_curve").is_empty(),
        ..TrainingSpec::new(text("target"), algorithm).with_split(split)
    };
    Ok(NewTrainingJob {
        run_name,
        priority: priority.unwrap_or_default(),
        time_limit_seconds: time_limit,
        ..NewTrainingJob::new(experiment, text("dataset"), spec)
    })
}

/// Fields of a form that asks for what a run was trained from, in `experiment`. Lists of rows have no place in a form, so
/// there the usual split is offered.
#[must_use]
pub fn fields(recipe: &Recipe, experiment: &ExperimentName) -> Vec<(String, String)> {
    let spec = &recipe.spec;
    let family = spec.algorithm.name();
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, value: String| fields.push((name.to_owned(), value));
    add("dataset", recipe.dataset_digest.clone());
    add("target", spec.target.clone());
    add("experiment", experiment.to_string());
    add("model", family.to_owned());
    for (name, value) in spec.algorithm.params() {
        let value = if value == "None" { String::new() } else { value };
        if value != default_of(family, name) {
            add(&control_name(family, name), value);
        }
    }
    add("transform", spec.transform.as_str().to_owned());
    add("task", spec.task.map_or_else(String::new, |task| task.as_str().to_owned()));
    add("weight", spec.weight.clone().unwrap_or_default());
    add("excluded", spec.excluded.join(", "));
    add("expected", spec.expected.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    add("folds", spec.cross_validation.folds.to_string());
    if spec.learning_curve {
        add("learning_curve", "true".to_owned());
    }
    if let Some(sweep) = &spec.sweep {
        add("sweep", sweep.method.as_str().to_owned());
        let lines = sweep.values.iter().map(|(name, values)| format!("{name}={}", values.join(",")));
        add("sweep_values", lines.collect::<Vec<_>>().join("\n"));
        add("sweep_trials", sweep.trials.to_string());
    }
    match &spec.split {
        DataSplit::Random { test_size, random_state } => {
            add("test_size", test_size.to_string());
            add("split_seed", random_state.to_string());
        }
        DataSplit::Grouped { column, test_size, random_state } => {
            add("split", "grouped".to_owned());
            add("split_column", column.clone());
            add("test_size", test_size.to_string());
            add("split_seed", random_state.to_string());
        }
        DataSplit::Time { column, test_size } => {
            add("split", "time".to_owned());
            add("split_column", column.clone());
            add("test_size", test_size.to_string());
        }
        DataSplit::Rows { .. } => {}
    }
    fields
}

/// Parts of a text between commas or lines.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty())
}

/// The value, or a fault of its field.
fn noted<T>(name: &str, value: Result<T, InvalidValue>, faults: &mut Vec<Fault>) -> Option<T> {
    value.map_err(|error| faults.push(Fault::of_field(name, error.problem, "value_error"))).ok()
}

/// One of several words; `None` if the field is empty.
fn word<T>(
    name: &str,
    text: &str,
    names: &[&str],
    from_name: impl Fn(&str) -> Option<T>,
    faults: &mut Vec<Fault>,
) -> Option<T> {
    if text.is_empty() {
        return None;
    }
    let found = from_name(text);
    if found.is_none() {
        faults.push(Fault::of_field(name, format!("must be one of {}", names.join(", ")), "value_error"));
    }
    found
}

/// A whole number between two; `None` if the field is empty.
fn whole(name: &str, text: &str, min: u32, max: u32, faults: &mut Vec<Fault>) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    match text.parse::<u32>() {
        Err(_) => faults.push(Fault::not_integer(name)),
        Ok(number) if number < min => faults.push(Fault::below(name, min.into())),
        Ok(number) if number > max => faults.push(Fault::above(name, max.into())),
        Ok(number) => return Some(number),
    }
    None
}

/// Which rows test.
fn split(form: &BTreeMap<String, String>, faults: &mut Vec<Fault>) -> Option<DataSplit> {
    let text = |name: &str| form.get(name).map_or("", |value| value.trim());
    let test_size = number_between("test_size", text("test_size"), 0.01, 0.99, faults);
    let mut seed =
        || text("split_seed").parse::<u64>().map_err(|_| faults.push(Fault::not_integer("split_seed"))).ok();
    let random_state = if text("split") == "time" { Some(0) } else { seed() };
    let column = text("split_column").to_owned();
    let kind =
        word("split", text("split"), &SPLITS, |name| SPLITS.contains(&name).then(|| name.to_owned()), faults);
    let kind = kind.unwrap_or_default();
    if matches!(kind.as_str(), "grouped" | "time") && column.is_empty() {
        faults.push(Fault::missing("split_column"));
    }
    let (test_size, random_state) = (test_size?, random_state?);
    Some(match kind.as_str() {
        "grouped" => DataSplit::Grouped { column, test_size, random_state },
        "time" => DataSplit::Time { column, test_size },
        _ => DataSplit::Random { test_size, random_state },
    })
}

/// What to try of the family's parameters; `None` if nothing is asked for, or something is wrong with it.
fn sweep(form: &BTreeMap<String, String>, algorithm: &Algorithm, faults: &mut Vec<Fault>) -> Option<Sweep> {
    let text = |name: &str| form.get(name).map_or("", |value| value.trim());
    let method = word("sweep", text("sweep"), &SweepMethod::NAMES, SweepMethod::from_name, faults)?;
    let trials = whole("sweep_trials", text("sweep_trials"), 1, SWEEP_TRIALS_MAX, faults);
    let values = noted("sweep_values", Sweep::parse_values(text("sweep_values").lines()), faults)?;
    let sweep = Sweep { method, values, trials: trials.unwrap_or(Sweep::TRIALS), random_state: 42 };
    noted("sweep_values", sweep.check(algorithm), faults)?;
    Some(sweep)
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
    fn every_part_of_a_task_has_its_field() {
        let job = parse(&form(&[
            ("task", "regression"),
            ("weight", "peso"),
            ("excluded", "color, region_venta"),
            ("expected", "kilometraje=decreasing"),
            ("split", "time"),
            ("split_column", "año"),
            ("split_seed", ""),
            ("folds", "3"),
            ("sweep", "random"),
            ("sweep_values", "max_depth=2..12\nmin_samples_leaf=1,5"),
            ("sweep_trials", "7"),
            ("learning_curve", "true"),
            ("priority", "-3"),
            ("time_limit", "60"),
        ]))
        .unwrap();
        let spec = &job.spec;
        assert_eq!((spec.task, spec.weight.as_deref()), (Some(Task::Regression), Some("peso")));
        assert_eq!((spec.excluded.len(), spec.expected.len()), (2, 1));
        assert_eq!(spec.split, DataSplit::Time { column: "año".to_owned(), test_size: 0.2 });
        assert_eq!((spec.cross_validation.folds, spec.learning_curve), (3, true));
        let sweep = spec.sweep.as_ref().unwrap();
        assert_eq!((sweep.method, sweep.trials, sweep.values.len()), (SweepMethod::Random, 7, 2));
        assert_eq!((job.priority.get(), job.time_limit_seconds), (-3, Some(60)));

        let recipe = Recipe {
            version: String::new(),
            dataset: "sample".to_owned(),
            dataset_digest: "sample".to_owned(),
            spec: job.spec.clone(),
            candidates: Vec::new(),
            chosen: Vec::new(),
        };
        let again: BTreeMap<String, String> = fields(&recipe, &job.experiment).into_iter().collect();
        assert_eq!(parse(&again).unwrap().spec, job.spec, "a form filled from a run asks for the same");
    }

    #[test]
    fn what_is_wrong_with_optional_fields_is_named_too() {
        let faults = parse(&form(&[
            ("task", "guessing"),
            ("expected", "kilometraje"),
            ("split", "grouped"),
            ("folds", "21"),
            ("sweep", "grid"),
            ("sweep_values", "depth=1"),
            ("priority", "high"),
            ("time_limit", "0"),
        ]))
        .unwrap_err();
        let mut names: Vec<_> = faults.iter().map(Fault::field).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            ["expected", "folds", "priority", "split_column", "sweep_values", "task", "time_limit"]
        );
    }

    #[test]
    fn defaults_come_from_the_family() {
        assert_eq!(default_of("random_forest", "n_estimators"), "100");
        assert_eq!(default_of("random_forest", "max_depth"), "");
        assert_eq!(default_of("linear", "fit_intercept"), "True");
    }
}
