//! Finds family, parameters and scale by itself, by cross-validation on the training rows.
//!
//! A fixed list of good guesses comes first, then random ones around what did well. Every candidate is measured on one
//! part first; only those that do not fall behind are measured on all (successive halving, Jamieson and Talwalkar,
//! 2016, in one step). At the end the best candidates are blended, if that is better than each (Caruana et al., 2004); of
//! models of classes the best one is taken.
//! Test rows are never looked at.

mod blend;
mod candidates;
mod sweep;

use types::algorithm::Auto;
use types::{Algorithm, Candidate, TargetTransform, Task};

use crate::Error;
use crate::evaluate::{Folds, Measured};
use crate::training::Progress;
pub use blend::Member;
use candidates::Candidates;
pub use sweep::sweep;

/// How much worse than the best a candidate may be on the first part and still be measured on all.
const PATIENCE: f64 = 1.1;

/// A candidate that was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Family with its parameters.
    pub algorithm: Algorithm,
    /// Scale of the target.
    pub transform: TargetTransform,
    /// What was measured; on fewer parts than there are, or after learning from fewer rows, if it fell behind.
    pub measured: Measured,
    /// Whether it was measured on all parts and learnt from all rows.
    pub is_complete: bool,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// What to fit: one model, or several whose weighted predictions are added up.
    pub members: Vec<Member>,
    /// What the members together give on the parts.
    pub measured: Measured,
    /// Number of candidates that were measured.
    pub trial_count: u32,
}

/// Searches until time or candidates run out; hears of each trial when it ends.
///
/// The same seed and number of trials give the same choice. At least one candidate is measured, whatever the time. With
/// `recorded` candidates, which are those that an earlier search measured, these are measured again, whatever the time, and the
/// choice is the same as then.
///
/// # Errors
///
/// [`Error::Split`] without folds, [`Error::Cancelled`], and whatever the first candidate runs into.
pub fn search(
    folds: &Folds,
    params: &Auto,
    recorded: Option<&[Candidate]>,
    progress: &dyn Progress,
    mut on_trial: impl FnMut(&Trial),
) -> Result<Choice, Error> {
    if folds.is_empty() {
        return Err(Error::Split("`auto` needs folds to choose by; set `folds` to 2 or more".to_owned()));
    }
    let mut candidates = Candidates::new(folds, params.random_state);
    let most =
        recorded.map_or(params.max_trials, |recorded| u32::try_from(recorded.len()).unwrap_or(u32::MAX));
    let mut recorded = recorded.map(<[Candidate]>::iter);
    let is_replay = recorded.is_some();
    let mut complete: Vec<Trial> = Vec::new();
    let mut trial_count = 0;
    let mut best_first = f64::INFINITY;
    let loss = match folds.task() {
        Task::Regression => "RMSE",
        Task::Classification => "log loss",
    };
    while trial_count < most {
        let best = complete.iter().min_by(|a, b| a.measured.loss().total_cmp(&b.measured.loss()));
        let (algorithm, transform) = match &mut recorded {
            Some(recorded) => match recorded.next() {
                Some(candidate) => (candidate.algorithm.clone(), candidate.transform),
                None => break,
            },
            None => candidates.next(best),
        };
        let told = best.map_or_else(String::new, |best| format!(", best {loss} {:.4}", best.measured.loss()));
        progress.report(
            progress.time_used().max(f64::from(trial_count) / f64::from(most)),
            &format!("candidate {} is {}{told}", trial_count + 1, algorithm.name()),
        );
        let watch = Watch { progress, may_stop: !is_replay && !complete.is_empty() };
        let first = match folds.first(1).measure_any(&algorithm, transform, &watch) {
            Ok(first) => first,
            Err(Error::Cancelled) if !progress.is_cancelled() => break,
            // A candidate that this table does not suit, such as too many columns, is passed over.
            Err(error) if error.is_about_input() => continue,
            Err(error) => return Err(error),
        };
        let is_behind = first.loss().is_nan() || first.loss() > PATIENCE * best_first;
        best_first = best_first.min(first.loss());
        let measured = if is_behind || folds.count() == 1 {
            first
        } else {
            match folds.rest(1).measure_any(&algorithm, transform, &watch) {
                Ok(rest) => first.and(rest)?,
                Err(Error::Cancelled) if !progress.is_cancelled() => break,
                Err(error) => return Err(error),
            }
        };
        trial_count += 1;
        let loss_so_far = best.map_or(f64::INFINITY, |best| best.measured.loss());
        let own = measured.loss();
        let (key, better) = (folds.loss_key(), if is_behind { loss_so_far } else { own.min(loss_so_far) });
        let behind = if is_behind { ", fell behind on the first fold" } else { "" };
        progress.note(
            &format!(
                "candidate {trial_count}: {} ({}): {key} {own:.6}{behind}",
                algorithm.name(),
                transform.as_str()
            ),
            Some((key, better)),
        );
        let trial = Trial { algorithm, transform, is_complete: !is_behind, measured };
        on_trial(&trial);
        if trial.is_complete {
            complete.push(trial);
        }
        if !is_replay && progress.is_out_of_time() {
            break;
        }
    }
    if progress.is_cancelled() {
        return Err(Error::Cancelled);
    }
    complete.sort_by(|a, b| a.measured.loss().total_cmp(&b.measured.loss()));
    let (members, measured) = blend::of(&complete)
        .ok_or_else(|| Error::Learning("no candidate could be fitted to this table".into()))?;
    Ok(Choice { members, measured, trial_count })
}

/// Passes on that the time is up, once there is something to fall back on.
struct Watch<'a> {
    progress: &'a dyn Progress,
    may_stop: bool,
}

impl Progress for Watch<'_> {
    fn report(&self, _fraction: f64, _stage: &str) {}

    fn is_cancelled(&self) -> bool {
        self.progress.is_cancelled() || (self.may_stop && self.progress.is_out_of_time())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use types::TrainingSpec;

    use super::*;
    use crate::training::Silent;
    use crate::{Table, evaluate, fit_choice, prepare};

    fn task(max_trials: u32) -> (TrainingSpec, Auto, Table) {
        let table = Table::from_csv(crate::sample::used_cars(600, 4).as_bytes()).unwrap();
        let auto = Auto { max_trials, ..Auto::default() };
        (TrainingSpec::new("precio", auto.clone()), auto, table)
    }

    /// Time is up when so many candidates have been begun.
    struct Clock(AtomicU32, u32);

    impl Progress for Clock {
        fn report(&self, _fraction: f64, _stage: &str) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }

        fn is_out_of_time(&self) -> bool {
            self.0.load(Ordering::Relaxed) >= self.1
        }
    }

    #[test]
    fn the_choice_is_never_worse_than_its_best_trial_and_the_seed_fixes_it() {
        let (spec, auto, table) = task(9);
        let folds = Folds::prepare(&spec, &table).unwrap();
        let mut trials = Vec::new();
        let choice = search(&folds, &auto, None, &Silent, |trial| trials.push(trial.clone())).unwrap();
        assert_eq!((trials.len(), choice.trial_count), (9, 9));
        let best = trials.iter().filter(|trial| trial.is_complete).map(|trial| trial.measured.loss());
        assert!(choice.measured.loss() <= best.fold(f64::INFINITY, f64::min));
        let weights: f64 = choice.members.iter().map(|member| member.weight).sum();
        assert!((weights - 1.0).abs() < 1e-12);
        assert_eq!(choice, search(&folds, &auto, None, &Silent, |_| {}).unwrap());

        let prepared = prepare(&spec, &table).unwrap();
        let model = fit_choice(&prepared, &choice, &Silent).unwrap().model;
        let report = evaluate(&model, &prepared).unwrap();
        assert!(report.test.r2 > 0.8 && report.calibration.is_some(), "{:?}", report.test);
        let read = crate::Model::from_bytes(&model.to_bytes().unwrap()).unwrap();
        assert_eq!(read, model);
    }

    #[test]
    fn a_search_that_time_ended_can_be_replayed() {
        let (spec, auto, table) = task(1_000);
        let folds = Folds::prepare(&spec, &table).unwrap();
        let mut tried = Vec::new();
        let clock = Clock(AtomicU32::new(0), 7);
        let choice = search(&folds, &auto, None, &clock, |trial| {
            tried.push(Candidate { algorithm: trial.algorithm.clone(), transform: trial.transform });
        })
        .unwrap();
        assert_eq!(tried.len(), 6);
        let clock = Clock(AtomicU32::new(0), 0);
        let again = search(&folds, &auto, Some(&tried), &clock, |_| {}).unwrap();
        assert_eq!(again, choice);
    }

    #[test]
    fn time_ends_the_search_but_not_before_something_is_found() {
        let (spec, auto, table) = task(1_000);
        let folds = Folds::prepare(&spec, &table).unwrap();
        let short = search(&folds, &auto, None, &Clock(AtomicU32::new(0), 0), |_| {}).unwrap();
        assert_eq!(short.trial_count, 1);
        let longer = search(&folds, &auto, None, &Clock(AtomicU32::new(0), 5), |_| {}).unwrap();
        assert_eq!(longer.trial_count, 4, "the fifth candidate is stopped in its middle");
    }

    #[test]
    fn classes_are_searched_by_their_log_loss() {
        let (spec, auto, table) = task(7);
        let spec = TrainingSpec { target: "tipo_combustible".to_owned(), ..spec };
        let folds = Folds::prepare(&spec, &table).unwrap();
        let mut trials = Vec::new();
        let choice = search(&folds, &auto, None, &Silent, |trial| trials.push(trial.clone())).unwrap();
        let best = trials.iter().filter(|trial| trial.is_complete).map(|trial| trial.measured.loss());
        assert_eq!(choice.measured.loss(), best.fold(f64::INFINITY, f64::min));
        assert!(trials.iter().any(|trial| trial.algorithm.name() == "logistic"));
        let prepared = prepare(&spec, &table).unwrap();
        let model = fit_choice(&prepared, &choice, &Silent).unwrap().model;
        assert_eq!(crate::Model::from_bytes(&model.to_bytes().unwrap()).unwrap(), model);
        let report = crate::evaluate_classes(&model, &prepared).unwrap();
        assert!(report.test.accuracy > 0.6, "{:?}", report.test);
    }

    #[test]
    fn without_folds_there_is_nothing_to_choose_by() {
        let (mut spec, auto, table) = task(3);
        spec.cross_validation.folds = 0;
        let folds = Folds::prepare(&spec, &table).unwrap();
        let error = search(&folds, &auto, None, &Silent, |_| {}).unwrap_err();
        assert!(error.is_about_input() && error.to_string().contains("`folds`"));
    }
}
