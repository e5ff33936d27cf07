//! `train`: train models from a CSV file and record the runs.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use camino::Utf8PathBuf;
use domain::{Ctx, datasets, training};
use serde::Deserialize;
use types::{
    Algorithm, CandidateResult, CrossValidation, DataSplit, ExperimentName, NewTrainingJob, ResponseRule,
    RunName, SWEEP_TRIALS_MAX, Sweep, SweepMethod, TargetTransform, Task, TrainingResult, TrainingSpec,
};

use super::progress::Bar;
use super::{Usage, data, input, output};

/// Metrics that rank models of numbers and of classes; lower is better.
const RANKED_BY: [&str; 2] = ["test_rmse", "test_log_loss"];

/// Parameter of models that choose at random.
const SEED_PARAM: &str = "random_state";

/// Parameter of `auto` that `--budget` sets.
const BUDGET_PARAM: &str = "budget_seconds";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// CSV file with a header row
    data: Utf8PathBuf,

    /// Column to predict; all others are features
    #[arg(long)]
    target: String,

    /// Model family, or `auto` to have it found; repeat it or separate by commas to compare
    ///
    /// One of `auto`, `linear`, `ridge`, `elastic_net`, `logistic`, `knn`, `decision_tree`, `random_forest`,
    /// `gradient_boosting`.
    #[arg(long = "model", value_name = "MODEL", required = true, value_delimiter = ',')]
    models: Vec<String>,

    /// Whether to predict numbers or classes: regression or classification [default: what the model does, else classes for a
    /// target of texts]
    #[arg(long, value_name = "TASK", value_parser = task)]
    task: Option<Task>,

    /// Column that says how much each row counts; no feature
    #[arg(long, value_name = "COLUMN")]
    weight: Option<String>,

    /// Which way the prediction may go as a column grows, such as `kilometraje=decreasing`; repeat it or separate by commas
    #[arg(long, value_name = "COLUMN=WAY", value_delimiter = ',')]
    expect: Vec<ResponseRule>,

    /// Scale on which the target is learnt: none, log or sqrt; `auto` chooses its own
    #[arg(long, value_name = "SCALE", default_value = "none", value_parser = transform)]
    transform: TargetTransform,

    /// Time for `auto` to search, such as `60s` or `5m`
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    budget: Option<u32>,

    /// Time that each model may take at most, such as `10m`
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    time_limit: Option<u32>,

    /// Parts of the cross-validation that gives predictions their ranges, 2 to 20; 0 for none
    #[arg(long, default_value_t = 5)]
    folds: u32,

    /// Column that is not learnt from; repeat it or separate by commas
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    exclude: Vec<String>,

    /// Parameter by its name in scikit-learn, such as `n_estimators=100`; goes to every model that has it
    #[arg(long = "param", visible_alias = "params", value_name = "NAME=VALUE", value_parser = pair)]
    params: Vec<(String, String)>,

    /// Try values of parameters by cross-validation: grid for all combinations, random for some, halving for many of which most are
    /// measured on few rows
    #[arg(long, value_name = "METHOD", value_parser = sweep_method, requires = "values")]
    sweep: Option<SweepMethod>,

    /// What to try for a parameter, such as `max_depth=4,8,12`, or `learning_rate=0.01..0.3` where values are drawn; repeat it for
    /// more parameters
    #[arg(long, value_name = "NAME=VALUES", requires = "sweep")]
    values: Vec<String>,

    /// Candidates that a sweep draws
    #[arg(long, value_name = "N", default_value_t = Sweep::TRIALS, requires = "sweep",
        value_parser = clap::value_parser!(u32).range(1..=i64::from(SWEEP_TRIALS_MAX)))]
    trials: u32,

    /// Measure what more rows would bring, on five growing parts of the training rows; takes about as long as three fits
    #[arg(long)]
    learning_curve: bool,

    /// Experiment of the runs; made if it does not exist
    #[arg(long, default_value = "Default")]
    experiment: ExperimentName,

    /// Name of the runs [default: invented]
    #[arg(long)]
    run_name: Option<RunName>,

    /// JSON file with the lists `train` and `test` of row numbers, counted from 0
    #[arg(long, value_name = "FILE", conflicts_with = "test_size")]
    split: Option<Utf8PathBuf>,

    /// Share of the rows that test, above 0 and below 1
    #[arg(long, default_value_t = 0.2, value_parser = share)]
    test_size: f64,

    /// Seed of the split and of the models; `--param random_state=...` wins over it for models
    #[arg(long, default_value_t = 42)]
    seed: u64,

    /// Print the runs as JSON, best first
    #[arg(long)]
    json: bool,
}

/// Row numbers from 0; other keys of the file are ignored.
#[derive(Debug, Deserialize)]
struct SplitFile {
    train: Vec<u32>,
    test: Vec<u32>,
}

/// Trains one model after the other on the same rows.
///
/// # Errors
///
/// Names the parameter, row or column that is wrong, before anything is recorded where that is possible.
pub(super) async fn run(args: Args, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    let mut params = args.params.clone();
    params.extend(args.budget.map(|seconds| (BUDGET_PARAM.to_owned(), seconds.to_string())));
    let algorithms = algorithms(&args.models, &params, args.seed)?;
    let sweep = match args.sweep {
        Some(method) => Some(Sweep {
            method,
            values: Sweep::parse_values(args.values.iter().map(String::as_str))?,
            trials: args.trials,
            random_state: args.seed,
        }),
        None => None,
    };
    let split = match &args.split {
        Some(file) => {
            let SplitFile { train, test } = input::json(file)?;
            DataSplit::Rows { train, test }
        }
        None => DataSplit::Random { test_size: args.test_size, random_state: args.seed },
    };
    let content = input::stream(&args.data).await?;
    let dataset = datasets::import(ctx, data::name_of(&args.data)?, args.data.as_str(), content).await?;

    let mut results = Vec::new();
    for algorithm in algorithms {
        let bar = Bar::start(algorithm.name());
        let spec = TrainingSpec {
            transform: args.transform,
            excluded: args.exclude.clone(),
            task: args.task,
            weight: args.weight.clone(),
            expected: args.expect.clone(),
            sweep: sweep.clone(),
            learning_curve: args.learning_curve,
            cross_validation: CrossValidation { folds: args.folds, ..CrossValidation::default() },
            ..TrainingSpec::new(&args.target, algorithm).with_split(split.clone())
        };
        let job = NewTrainingJob {
            run_name: args.run_name.clone(),
            time_limit_seconds: args.time_limit,
            ..NewTrainingJob::new(args.experiment.clone(), &dataset.digest, spec)
        };
        results.push(training::train(ctx, job, &|progress| bar.show(&progress)).await?);
    }
    results.sort_by(|a, b| rank(a).total_cmp(&rank(b)));

    if args.json {
        output::json(out, &results)?;
    } else {
        for result in &results {
            candidates(out, result)?;
        }
        leaderboard(out, &results, &args.experiment)?;
    }
    Ok(())
}

/// The models to train. A parameter goes to every one that has it; one that none has is an error.
fn algorithms(models: &[String], params: &[(String, String)], seed: u64) -> anyhow::Result<Vec<Algorithm>> {
    let names = |model: &str| -> Result<BTreeSet<&'static str>, types::InvalidValue> {
        let defaults = Algorithm::from_params(model, &BTreeMap::new())?;
        Ok(defaults.params().into_iter().map(|(name, _)| name).collect())
    };
    let known: Vec<_> = models.iter().map(|model| names(model)).collect::<Result<_, _>>()?;
    for (index, (name, _)) in params.iter().enumerate() {
        if !known.iter().any(|names| names.contains(name.as_str())) {
            let all: BTreeSet<_> = known.iter().flatten().map(|name| format!("`{name}`")).collect();
            let all = all.into_iter().collect::<Vec<_>>().join(", ");
            let models = models.iter().map(|model| format!("`{model}`")).collect::<Vec<_>>().join(" or ");
            return Err(
                Usage(format!("parameter `{name}` of {models} does not exist; there are {all}")).into()
            );
        }
        if params[..index].iter().any(|(earlier, _)| earlier == name) {
            return Err(Usage(format!("parameter `{name}` is given twice")).into());
        }
    }
    let made = models.iter().zip(&known).map(|(model, names)| {
        let mut own: BTreeMap<String, String> =
            params.iter().filter(|(name, _)| names.contains(name.as_str())).cloned().collect();
        if names.contains(SEED_PARAM) {
            own.entry(SEED_PARAM.to_owned()).or_insert_with(|| seed.to_string());
        }
        Algorithm::from_params(model, &own)
    });
    Ok(made.collect::<Result<_, _>>()?)
}

/// Smaller is better; a model without the metric comes last.
fn rank(result: &TrainingResult) -> f64 {
    RANKED_BY
        .iter()
        .find_map(|key| result.metrics.get(*key))
        .copied()
        .filter(|value| !value.is_nan())
        .unwrap_or(f64::INFINITY)
}

/// What a search or sweep tried, best first; nothing without one.
fn candidates(out: &mut impl Write, result: &TrainingResult) -> std::io::Result<()> {
    const SHOWN: usize = 10;
    let Some(best) = result.candidates.first() else { return Ok(()) };
    let key = if best.metrics.contains_key("cv_rmse") { "cv_rmse" } else { "cv_log_loss" };
    let rows: Vec<Vec<String>> = result
        .candidates
        .iter()
        .take(SHOWN)
        .enumerate()
        .map(|(index, candidate)| {
            let value = candidate.metrics.get(key).map_or("-".to_owned(), |value| output::number(*value));
            let remark = if candidate.is_complete { "" } else { "fell behind" };
            vec![
                (index + 1).to_string(),
                candidate.run_id.to_string(),
                value,
                changed(result, candidate),
                remark.to_owned(),
            ]
        })
        .collect();
    writeln!(out, "Candidates of `{}`, best first by {key}:", result.model)?;
    output::table(out, &["", "run", key, "candidate", ""], &rows)?;
    if result.candidates.len() > SHOWN {
        writeln!(out, "… and {} more; see --json", result.candidates.len() - SHOWN)?;
    }
    writeln!(out)
}

/// What sets a candidate apart: its family if there are several, and the parameters in which candidates differ.
fn changed(result: &TrainingResult, candidate: &CandidateResult) -> String {
    let is_mixed = result.candidates.iter().any(|other| other.model != candidate.model);
    let differs = |name: &String, value: &String| {
        let mut same = result.candidates.iter().filter(|other| other.model == candidate.model);
        same.any(|other| other.params.get(name) != Some(value))
    };
    let params = candidate.params.iter().filter(|(name, value)| differs(name, value));
    let mut texts: Vec<String> = params.map(|(name, value)| format!("{name}={value}")).collect();
    if is_mixed {
        texts.insert(0, candidate.model.clone());
    }
    if candidate.transform != TargetTransform::None {
        texts.push(format!("on {} scale", candidate.transform.as_str()));
    }
    texts.join(" ")
}

fn leaderboard(
    out: &mut impl Write,
    results: &[TrainingResult],
    experiment: &ExperimentName,
) -> std::io::Result<()> {
    const OF_NUMBERS: [&str; 4] = ["test_rmse", "test_mae", "test_r2", "train_r2"];
    const OF_CLASSES: [&str; 4] = ["test_log_loss", "test_accuracy", "test_f1_macro", "test_roc_auc"];
    let are_classes = results.iter().any(|result| result.metrics.contains_key(OF_CLASSES[0]));
    let shown = if are_classes { OF_CLASSES } else { OF_NUMBERS };
    let mut header = vec!["", "model", "run"];
    header.extend(shown);
    header.push("fit_seconds");
    let rows: Vec<Vec<String>> =
        results
            .iter()
            .enumerate()
            .map(|(index, result)| {
                let mut row = vec![(index + 1).to_string(), result.model.clone(), result.run_id.to_string()];
                row.extend(shown.map(|key| {
                    result.metrics.get(key).map_or("-".to_owned(), |value| output::number(*value))
                }));
                row.push(format!("{:.3}", result.fit_seconds));
                row
            })
            .collect();
    let ranked_by = RANKED_BY[usize::from(are_classes)];
    writeln!(out, "Experiment `{experiment}`, best first by {ranked_by}:")?;
    output::table(out, &header, &rows)?;
    if let Some(best) = results.first() {
        writeln!(
            out,
            "\nPut the best into service: cuaderno models promote {} --name automoviles",
            best.run_id
        )?;
    }
    Ok(())
}

fn pair(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .filter(|(name, _)| !name.trim().is_empty())
        .map(|(name, value)| (name.trim().to_owned(), value.to_owned()))
        .ok_or_else(|| "write it as name=value".to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|share| *share > 0.0 && *share < 1.0)
        .ok_or_else(|| "must be above 0 and below 1".to_owned())
}

fn transform(text: &str) -> Result<TargetTransform, String> {
    TargetTransform::from_name(text)
        .ok_or_else(|| format!("must be one of {}", TargetTransform::NAMES.join(", ")))
}

fn sweep_method(text: &str) -> Result<SweepMethod, String> {
    SweepMethod::from_name(text).ok_or_else(|| format!("must be one of {}", SweepMethod::NAMES.join(", ")))
}

fn task(text: &str) -> Result<Task, String> {
    Task::from_name(text).ok_or_else(|| format!("must be one of {}", Task::NAMES.join(", ")))
}

/// Whole seconds of a time such as `60`, `60s`, `5m` or `1h`.
fn seconds(text: &str) -> Result<u32, String> {
    let (number, factor) = match text.char_indices().last() {
        Some((last, 's')) => (&text[..last], 1),
        Some((last, 'm')) => (&text[..last], 60),
        Some((last, 'h')) => (&text[..last], 3600),
        _ => (text, 1),
    };
    number
        .parse::<u32>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        .ok_or_else(|| "write it as `60s`, `5m` or `1h`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(models: &[&str], params: &[(&str, &str)]) -> anyhow::Result<Vec<Algorithm>> {
        let models: Vec<_> = models.iter().map(|&model| model.to_owned()).collect();
        let params: Vec<_> =
            params.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        algorithms(&models, &params, 7)
    }

    #[test]
    fn a_parameter_goes_to_the_models_that_have_it() {
        let made = given(&["linear", "random_forest"], &[("n_estimators", "5")]).unwrap();
        assert_eq!(made[0], Algorithm::linear());
        let forest = made[1].params();
        assert!(forest.contains(&("n_estimators", "5".to_owned())));
        assert!(forest.contains(&("random_state", "7".to_owned())));
    }

    #[test]
    fn a_parameter_that_no_model_has_is_named() {
        let message = given(&["linear"], &[("n_estimators", "5")]).unwrap_err().to_string();
        assert!(message.contains("`n_estimators`") && message.contains("`fit_intercept`"), "{message}");
        assert!(given(&["forest"], &[]).unwrap_err().to_string().contains("`forest`"));
        assert!(given(&["linear"], &[("fit_intercept", "no")]).is_err());
        assert!(given(&["linear"], &[("fit_intercept", "true"), ("fit_intercept", "false")]).is_err());
    }
}
