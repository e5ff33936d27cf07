//! The computing half of a training: what a blocking thread does between reading a table and writing a run.

use std::time::Instant;

use ml::search::Trial;
use ml::{Folds, Measured, Prepared, Progress, Table};
use tokio::sync::mpsc::UnboundedSender;
use types::{Algorithm, Candidate, ResponseRule, Task, TrainingSpec};

use super::record::{Found, Outcome};

/// Share of the work that comes before the learning curve, if there is one.
const BEFORE_CURVE: f64 = 0.7;

/// Points of the learning curve.
const CURVE_STEPS: usize = 5;

/// Share of the work that is searching, before the winner is fitted to all rows.
const SEARCHING: f64 = 0.9;

/// Fits the task's model, measures it on parts of the training rows for its ranges, and then on the test rows. `recorded`
/// candidates are those of an earlier search, which is repeated.
pub(super) fn learn(
    spec: &TrainingSpec,
    recorded: Option<&[Candidate]>,
    table: &Table,
    prepared: &Prepared,
    progress: &dyn Progress,
    on_trial: &UnboundedSender<Trial>,
) -> Result<Outcome, ml::Error> {
    let whole = progress;
    let progress: &dyn Progress = &Part(whole, 0.0, if spec.learning_curve { BEFORE_CURVE } else { 1.0 });
    let folds = Folds::prepare(spec, table)?;
    // A receiver that is gone belongs to a training that nobody waits for.
    let tell = |trial: &Trial| drop(on_trial.send(trial.clone()));
    let part = Part(progress, 0.0, SEARCHING);
    let choice = match (&spec.algorithm, &spec.sweep) {
        (Algorithm::Auto(auto), _) => Some(ml::search::search(&folds, auto, recorded, &part, tell)?),
        (algorithm, Some(sweep)) => {
            Some(ml::search::sweep(&folds, (algorithm, spec.transform), sweep, &part, tell)?)
        }
        _ => None,
    };
    let (fitted, measured, choice, fit_seconds) = if let Some(choice) = choice {
        let began = Instant::now();
        let fitted = ml::fit_choice(prepared, &choice, &Part(progress, SEARCHING, 0.99))?;
        (fitted, Some(choice.measured.clone()), Some(choice), began.elapsed().as_secs_f64())
    } else {
        let share = if folds.is_empty() { 0.99 } else { 0.3 };
        let began = Instant::now();
        let fitted = ml::fit(prepared, &Part(progress, 0.0, share))?;
        let fit_seconds = began.elapsed().as_secs_f64();
        if folds.is_empty() {
            (fitted, None, None, fit_seconds)
        } else {
            let part = Part(progress, share, 0.9);
            match folds.measure_any(&spec.algorithm, spec.transform, &part)? {
                Measured::Numbers(measured) => {
                    let part = Part(progress, 0.9, 0.99);
                    let measured = folds.corrected(&spec.algorithm, spec.transform, measured, &part)?;
                    let model = fitted.model.with_ranges(&measured);
                    let fitted = ml::Fitted { model, ..fitted };
                    (fitted, Some(Measured::Numbers(measured)), None, fit_seconds)
                }
                measured @ Measured::Classes(_) => (fitted, Some(measured), None, fit_seconds),
            }
        }
    };
    progress.report(0.99, "measuring");
    let began = Instant::now();
    let found = match prepared.task() {
        Task::Regression => {
            let report = ml::evaluate(&fitted.model, prepared)?;
            let rules = rules(spec, &fitted.model);
            let evaluation = ml::study(&fitted.model, prepared, table, &report, &rules, progress)?;
            Found::Numbers { report, evaluation: Box::new(evaluation) }
        }
        Task::Classification => Found::Classes(ml::evaluate_classes(&fitted.model, prepared)?),
    };
    let predict_seconds = began.elapsed().as_secs_f64();
    let onnx = match fitted.model.to_onnx() {
        Ok(onnx) => Ok(onnx),
        Err(obstacle @ ml::Error::NotOnnx(_)) => Err(obstacle.to_string()),
        Err(error) => return Err(error),
    };
    let mut outcome =
        Outcome { fitted, onnx, found, measured, choice, fit_seconds, predict_seconds, curve: Vec::new() };
    if spec.learning_curve
        && let [one] = outcome.chosen(spec).as_slice()
        && matches!(outcome.found, Found::Numbers { .. })
    {
        let (algorithm, transform) = (one.algorithm.clone(), one.transform);
        let spec = TrainingSpec { algorithm, transform, sweep: None, ..spec.clone() };
        outcome.curve = ml::learning_curve(&spec, table, CURVE_STEPS, &Part(whole, BEFORE_CURVE, 0.99))?;
    }
    whole.report(1.0, "done");
    Ok(outcome)
}

/// What the curves of the model are held against: what the task expects, or else what is usual for the columns of a car
/// that it has.
fn rules(spec: &TrainingSpec, model: &ml::Model) -> Vec<ResponseRule> {
    if !spec.expected.is_empty() {
        return spec.expected.clone();
    }
    let has = |rule: &ResponseRule| model.features().iter().any(|feature| feature.name == rule.column);
    ResponseRule::of_cars().into_iter().filter(has).collect()
}

/// A part of the work, from one fraction of the whole to another.
struct Part<'a>(&'a dyn Progress, f64, f64);

impl Progress for Part<'_> {
    fn report(&self, fraction: f64, stage: &str) {
        let Self(whole, from, to) = self;
        // Only the whole is ever done.
        if stage != "done" {
            whole.report(from + (to - from) * fraction.clamp(0.0, 1.0), stage);
        }
    }

    fn note(&self, line: &str, measured: Option<(&str, f64)>) {
        self.0.note(line, measured);
    }

    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }

    fn is_out_of_time(&self) -> bool {
        self.0.is_out_of_time()
    }

    fn time_used(&self) -> f64 {
        self.0.time_used()
    }
}
