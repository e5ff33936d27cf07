//! The training of a run as Python code, for people who want to go on there.

use std::fmt::Write as _;

use types::algorithm::{GradientBoosting, MaxFeatures, Monotone, Objective};
use types::{
    Algorithm, Chosen, DataSplit, ExperimentName, Recipe, Reproduction, RunId, TargetTransform, Task,
};

use super::{recipe, reproduction};
use crate::{Ctx, Result, experiments, runs};

/// Tag of a run whose model tells classes.
const TASK_PARAM: &str = "task";

/// Returns a script that does with scikit-learn, LightGBM and mlflow what the training of a run did: the same rows, the same
/// encoding, the same parameters. Its figures come close; they cannot be the same, since the algorithms are not the same code.
///
/// # Errors
///
/// As [`recipe`](super::recipe).
pub async fn python(ctx: &Ctx, run_id: &RunId) -> Result<String> {
    let run = runs::get(ctx, run_id).await?;
    let recipe = recipe(ctx, run_id).await?;
    let experiment = experiments::get(ctx, run.experiment_id).await?;
    let is_classes = |param: &types::Param| {
        param.key.as_str() == TASK_PARAM && param.value == Task::Classification.as_str()
    };
    let task = if run.params.iter().any(is_classes) { Task::Classification } else { Task::Regression };
    let names = Names { run_id, experiment: experiment.name.as_str(), run: run.name.as_str() };
    Ok(script(&names, &recipe, task))
}

/// All that a page needs to offer the training of a run again.
#[derive(Debug, Clone)]
pub struct Repeat {
    /// What it was trained from.
    pub recipe: Recipe,
    /// Experiment of the run.
    pub experiment: ExperimentName,
    /// The training as a script.
    pub python: String,
    /// How it compares with the run that it trained again, if it did.
    pub reproduction: Option<Reproduction>,
}

/// Returns what is needed to offer the training of a run again.
///
/// # Errors
///
/// As [`recipe`](super::recipe).
pub async fn repeat(ctx: &Ctx, run_id: &RunId) -> Result<Repeat> {
    let run = runs::get(ctx, run_id).await?;
    let experiment = experiments::get(ctx, run.experiment_id).await?.name;
    Ok(Repeat {
        recipe: recipe(ctx, run_id).await?,
        experiment,
        python: python(ctx, run_id).await?,
        reproduction: reproduction(ctx, run_id).await?,
    })
}

/// What the script calls its run.
struct Names<'a> {
    run_id: &'a RunId,
    experiment: &'a str,
    run: &'a str,
}

/// A text as Python writes it. JSON's escapes are Python's too.
fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| literal(text)).collect::<Vec<_>>().join(", "))
}

fn script(names: &Names<'_>, recipe: &Recipe, task: Task) -> String {
    let is_regression = task == Task::Regression;
    let boosts = recipe.chosen.iter().filter_map(|chosen| match &chosen.algorithm {
        Algorithm::GradientBoosting(params) => Some(params),
        _ => None,
    });
    let (has_boosting, stops_early) =
        boosts.fold((false, false), |(_, stops), params| (true, stops || params.early_stopping_rounds > 0));
    let mut code = format!(
        "# What run {} of Cuaderno {} did, in Python. Figures come close, not to the last digit.\n\
         # pip install mlflow scikit-learn pandas{}\n\
         # Data: the table with the digest {}\n",
        names.run_id,
        recipe.version,
        if has_boosting { " lightgbm" } else { "" },
        recipe.dataset_digest,
    );
    code.push_str(&imports(recipe, has_boosting, is_regression));
    let spec = &recipe.spec;
    let _ = write!(
        code,
        "\nDATA = {}\nTARGET = {}\nEXCLUDED = {}\nWEIGHT = {}\n\n\
         data = pd.read_csv(DATA, keep_default_na=False, na_values=[\"\"])\n\
         X = data.drop(columns=[TARGET, *EXCLUDED, *([WEIGHT] if WEIGHT else [])])\n\
         y = data[TARGET]{}\n\
         numbers = list(X.select_dtypes(\"number\").columns)\n\
         categories = [column for column in X.columns if column not in numbers]\n\
         X[categories] = X[categories].astype(\"category\")\n\n",
        literal(&format!("{}.csv", recipe.dataset)),
        literal(&spec.target),
        list(&spec.excluded),
        spec.weight.as_deref().map_or_else(|| "None".to_owned(), literal),
        if is_regression { "" } else { ".astype(str)" },
    );
    code.push_str(&split(&spec.split));
    code.push_str(
        "X_train, X_test, y_train, y_test = X.iloc[train], X.iloc[test], y.iloc[train], y.iloc[test]\n\n",
    );
    if recipe.chosen.iter().any(|chosen| !matches!(chosen.algorithm, Algorithm::GradientBoosting(_))) {
        code.push_str(ENCODED);
    }
    if stops_early {
        code.push_str(&EARLY_STOPPED.replace("{BASE}", boosting_class(is_regression)));
    }
    code.push_str("# Weight and model; predictions are added up.\nmembers = [\n");
    for chosen in &recipe.chosen {
        let _ = writeln!(code, "    ({:?}, {}),", chosen.weight, member(chosen, is_regression));
    }
    code.push_str("]\n\n");
    code.push_str(&run(names, spec.weight.is_some(), recipe, is_regression));
    code
}

fn imports(recipe: &Recipe, has_boosting: bool, is_regression: bool) -> String {
    let mut lines = vec![
        "import json".to_owned(),
        "from pathlib import Path".to_owned(),
        String::new(),
        "import mlflow".to_owned(),
        "import numpy as np".to_owned(),
        "import pandas as pd".to_owned(),
    ];
    if has_boosting {
        lines.push("import lightgbm".to_owned());
    }
    lines.push(
        if is_regression {
            "from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error"
        } else {
            "from sklearn.metrics import accuracy_score, f1_score, log_loss"
        }
        .to_owned(),
    );
    lines.push("from sklearn.compose import ColumnTransformer, TransformedTargetRegressor".to_owned());
    lines.push("from sklearn.impute import SimpleImputer".to_owned());
    lines.push("from sklearn.model_selection import GroupShuffleSplit, train_test_split".to_owned());
    lines.push("from sklearn.pipeline import Pipeline, make_pipeline".to_owned());
    lines.push(
        "from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler".to_owned(),
    );
    let mut families: Vec<String> =
        recipe.chosen.iter().filter_map(|chosen| module(&chosen.algorithm, is_regression)).collect();
    families.sort();
    families.dedup();
    lines.extend(families);
    lines.push(String::new());
    lines.join("\n")
}

/// The line that imports the class of a family; boosting is LightGBM's.
fn module(algorithm: &Algorithm, is_regression: bool) -> Option<String> {
    let module = match algorithm {
        Algorithm::Linear(_) | Algorithm::Ridge(_) | Algorithm::ElasticNet(_) | Algorithm::Logistic(_) => {
            "linear_model"
        }
        Algorithm::Knn(_) => "neighbors",
        Algorithm::DecisionTree(_) => "tree",
        Algorithm::RandomForest(_) => "ensemble",
        Algorithm::GradientBoosting(_) | Algorithm::Auto(_) => return None,
    };
    Some(format!("from sklearn.{module} import {}", algorithm.estimator(task(is_regression))))
}

fn task(is_regression: bool) -> Task {
    if is_regression { Task::Regression } else { Task::Classification }
}

/// Code that gives the rows that train and those that test.
fn split(split: &DataSplit) -> String {
    const SAME_ROWS: &str = "# With the run's file `test_predictions.csv` beside the data: exactly the rows that tested it; else a split like it.\n\
         if Path(\"test_predictions.csv\").exists():\n    \
             test = pd.read_csv(\"test_predictions.csv\")[\"row\"].to_numpy()\n    \
             train = np.setdiff1d(np.arange(len(data)), test)\nelse:\n";
    match split {
        DataSplit::Random { test_size, random_state } => format!(
            "{SAME_ROWS}    train, test = train_test_split(\n        np.arange(len(data)), test_size={test_size:?}, \
             random_state={}\n    )\n",
            seed(*random_state)
        ),
        DataSplit::Rows { .. } => "# The run's file `training.json` holds the lists of rows.\n\
             split = json.loads(Path(\"training.json\").read_text())[\"spec\"][\"split\"]\n\
             train, test = split[\"train\"], split[\"test\"]\n"
            .to_owned(),
        DataSplit::Grouped { column, test_size, random_state } => format!(
            "{SAME_ROWS}    splitter = GroupShuffleSplit(n_splits=1, test_size={test_size:?}, random_state={})\n    \
             train, test = next(splitter.split(X, groups=data[{}]))\n",
            seed(*random_state),
            literal(column)
        ),
        DataSplit::Time { column, test_size } => format!(
            "{SAME_ROWS}    order = data[{}].sort_values(kind=\"stable\").index.to_numpy()\n    \
             count = int(np.ceil({test_size:?} * len(data)))\n    train, test = order[:-count], order[-count:]\n",
            literal(column)
        ),
    }
}

/// numpy takes seeds of 32 bits.
fn seed(random_state: u64) -> u64 {
    random_state % (1 << 32)
}

/// Code that encodes rows as every family but boosting learns from them.
const ENCODED: &str = "\
def encoded(model, degree=1):
    numeric = make_pipeline(SimpleImputer(strategy=\"median\"), StandardScaler())
    columns = ColumnTransformer(
        [
            (\"numbers\", numeric, numbers),
            (\"categories\", OneHotEncoder(handle_unknown=\"ignore\", sparse_output=False), categories),
        ]
    )
    squares = [(\"squares\", PolynomialFeatures(degree, include_bias=False))] if degree > 1 else []
    return Pipeline([(\"columns\", columns), *squares, (\"model\", model)])


";

/// Code of boosting that holds rows back to learn when to stop.
const EARLY_STOPPED: &str = "\
class EarlyStopped(lightgbm.{BASE}):
    \"\"\"Holds back some of the rows, and stops when more trees do not help on them.\"\"\"

    def fit(self, X, y, sample_weight=None):
        rounds, share = self.get_params()[\"early_stopping_round\"], self.get_params()[\"validation_fraction\"]
        learning, held = train_test_split(np.arange(len(X)), test_size=share, random_state=self.random_state)
        y = np.asarray(y)
        return super().fit(
            X.iloc[learning],
            y[learning],
            sample_weight=None if sample_weight is None else np.asarray(sample_weight)[learning],
            eval_set=[(X.iloc[held], y[held])],
            callbacks=[lightgbm.early_stopping(rounds, verbose=False)],
        )


";

/// The expression that makes a model.
fn member(chosen: &Chosen, is_regression: bool) -> String {
    let class = chosen.algorithm.estimator(task(is_regression));
    let model = match &chosen.algorithm {
        Algorithm::GradientBoosting(params) => boosting(params, is_regression),
        Algorithm::Ridge(params) => {
            let degree =
                if params.degree > 1 { format!(", degree={}", params.degree) } else { String::new() };
            format!("encoded({class}({}){degree})", arguments(&chosen.algorithm))
        }
        Algorithm::ElasticNet(params) => {
            let degree =
                if params.degree > 1 { format!(", degree={}", params.degree) } else { String::new() };
            format!("encoded({class}({}){degree})", arguments(&chosen.algorithm))
        }
        algorithm => format!("encoded({class}({}))", arguments(algorithm)),
    };
    let functions = match chosen.transform {
        TargetTransform::None => return model,
        TargetTransform::Log => ("np.log", "np.exp"),
        TargetTransform::Sqrt => ("np.sqrt", "np.square"),
    };
    let (func, inverse) = functions;
    format!("TransformedTargetRegressor({model}, func={func}, inverse_func={inverse})")
}

/// The parameters of a family in scikit-learn's words.
fn arguments(algorithm: &Algorithm) -> String {
    let has_directions = match algorithm {
        Algorithm::DecisionTree(params) => !params.monotone_constraints.0.is_empty(),
        Algorithm::RandomForest(params) => !params.monotone_constraints.0.is_empty(),
        _ => false,
    };
    let features = match algorithm {
        Algorithm::DecisionTree(params) => Some(params.max_features),
        Algorithm::RandomForest(params) => Some(params.max_features),
        _ => None,
    };
    let argument = |(name, value): (&str, String)| -> Option<String> {
        Some(match name {
            // Directions are given by column here, and after encoding there are others.
            "degree" | "monotone_constraints" => return None,
            "random_state" => format!("random_state={}", value.parse().map_or(0, seed)),
            "weights" => format!("weights={}", literal(&value)),
            "max_features" => match features {
                Some(MaxFeatures::Sqrt | MaxFeatures::Log2) => format!("max_features={}", literal(&value)),
                _ => format!("max_features={value}"),
            },
            _ => format!("{name}={value}"),
        })
    };
    let mut arguments: Vec<String> = algorithm.params().into_iter().filter_map(argument).collect();
    if let Algorithm::RandomForest(_) = algorithm {
        arguments.push("n_jobs=-1".to_owned());
    }
    let remark = if has_directions { "  # without the directions of columns" } else { "" };
    if remark.is_empty() { arguments.join(", ") } else { format!("{},{remark}\n    ", arguments.join(", ")) }
}

fn boosting_class(is_regression: bool) -> &'static str {
    if is_regression { "LGBMRegressor" } else { "LGBMClassifier" }
}

/// The expression that makes LightGBM's model.
fn boosting(params: &GradientBoosting, is_regression: bool) -> String {
    let class = if params.early_stopping_rounds > 0 {
        "EarlyStopped".to_owned()
    } else {
        format!("lightgbm.{}", boosting_class(is_regression))
    };
    let argument = |(name, value): (&str, String)| -> Option<String> {
        Some(match name {
            "max_depth" => format!("max_depth={}", params.max_depth.map_or(-1, i64::from)),
            "subsample" if params.subsample < 1.0 => format!("subsample={value}, subsample_freq=1"),
            "objective" if is_regression => format!("objective={}", literal(&value)),
            "alpha" if matches!(params.objective, Objective::Huber | Objective::Quantile) => {
                format!("alpha={value}")
            }
            "early_stopping_rounds" if params.early_stopping_rounds > 0 => {
                format!("early_stopping_round={value}")
            }
            "validation_fraction" if params.early_stopping_rounds > 0 => {
                format!("validation_fraction={value}")
            }
            "objective" | "alpha" | "early_stopping_rounds" | "validation_fraction" => return None,
            "monotone_constraints" if params.monotone_constraints.0.is_empty() => return None,
            "monotone_constraints" => directions(&params.monotone_constraints),
            "random_state" => format!("random_state={}", value.parse().map_or(0, |value| seed(value) >> 1)),
            _ => format!("{name}={value}"),
        })
    };
    let all = Algorithm::from(params.clone()).params();
    let arguments: Vec<String> = all.into_iter().filter_map(argument).collect();
    format!("{class}({}, verbosity=-1)", arguments.join(", "))
}

fn directions(monotone: &Monotone) -> String {
    let pairs: Vec<String> =
        monotone.0.iter().map(|(column, direction)| format!("{}: {direction}", literal(column))).collect();
    format!("monotone_constraints=[{{{}}}.get(column, 0) for column in X.columns]", pairs.join(", "))
}

/// Code that fits, measures and records.
fn run(names: &Names<'_>, has_weight: bool, recipe: &Recipe, is_regression: bool) -> String {
    let mut code = String::new();
    if has_weight {
        code.push_str(
            "def fit(model):\n    weights = data[WEIGHT].iloc[train]\n    inner = getattr(model, \"regressor\", model)\n    \
             name = \"model__sample_weight\" if isinstance(inner, Pipeline) else \"sample_weight\"\n    \
             return model.fit(X_train, y_train, **{name: weights})\n\n\n",
        );
    }
    let fit = if has_weight { "fit(model)" } else { "model.fit(X_train, y_train)" };
    let mut params = vec![("target".to_owned(), recipe.spec.target.clone())];
    for (place, chosen) in recipe.chosen.iter().enumerate() {
        let prefix = if recipe.chosen.len() > 1 { format!("member_{}.", place + 1) } else { String::new() };
        params.push((format!("{prefix}model"), chosen.algorithm.name().to_owned()));
        params.push((format!("{prefix}target_transform"), chosen.transform.as_str().to_owned()));
        let own = chosen.algorithm.params().into_iter();
        params.extend(own.map(|(name, value)| (format!("{prefix}{name}"), value)));
    }
    let _ = write!(
        code,
        "# Where to record: `export MLFLOW_TRACKING_URI=http://127.0.0.1:5000` for Cuaderno.\n\
         mlflow.set_experiment({})\nwith mlflow.start_run(run_name={}):\n    mlflow.log_params(\n        {{\n",
        literal(names.experiment),
        literal(&format!("{}_python", names.run)),
    );
    for (name, value) in params {
        let _ = writeln!(code, "            {}: {},", literal(&name), literal(&value));
    }
    let _ = write!(
        code,
        "        }}\n    )\n    for number, (_, model) in enumerate(members, 1):\n        {fit}\n        \
         name = \"model\" if len(members) == 1 else f\"member_{{number}}\"\n        \
         mlflow.sklearn.log_model(model, name=name, serialization_format=\"cloudpickle\")\n",
    );
    code.push_str(if is_regression {
        "    predicted = sum(weight * model.predict(X_test) for weight, model in members)\n    \
         metrics = {\n        \
             \"test_rmse\": root_mean_squared_error(y_test, predicted),\n        \
             \"test_mae\": mean_absolute_error(y_test, predicted),\n        \
             \"test_r2\": r2_score(y_test, predicted),\n    }\n"
    } else {
        "    [(_, model)] = members\n    probabilities = model.predict_proba(X_test)\n    \
         predicted = model.predict(X_test)\n    metrics = {\n        \
             \"test_accuracy\": accuracy_score(y_test, predicted),\n        \
             \"test_f1_macro\": f1_score(y_test, predicted, average=\"macro\"),\n        \
             \"test_log_loss\": log_loss(y_test, probabilities, labels=model.classes_),\n    }\n"
    });
    code.push_str("    mlflow.log_metrics(metrics)\nprint(json.dumps(metrics))\n");
    code
}
