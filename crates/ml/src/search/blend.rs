//! Weights for the best candidates.

use types::{Algorithm, TargetTransform};

use super::Trial;
use crate::evaluate::{CrossValidated, Measured, Scores};

/// Most candidates that a blend is made of, before weights leave some out.
const CANDIDATES: usize = 8;
/// Steps in which weights are given out.
const STEPS: usize = 20;
/// What a blend must take off the error of the best candidate, or that one is taken alone: it is simpler and faster.
const WORTH_IT: f64 = 0.995;

/// A model of a choice.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Share of its prediction, above 0 up to 1.
    pub weight: f64,
    /// Family with its parameters.
    pub algorithm: Algorithm,
    /// Scale of the target.
    pub transform: TargetTransform,
}

/// What a trial measured of numbers: real values and predictions.
type Rows<'a> = Vec<&'a [(f64, f64)]>;

/// The members and what they give together; `trials` are complete and sorted, the best first. `None` without trials.
pub(super) fn of(trials: &[Trial]) -> Option<(Vec<Member>, Measured)> {
    let best = trials.first()?;
    let member = |trial: &Trial, weight| Member {
        weight,
        algorithm: trial.algorithm.clone(),
        transform: trial.transform,
    };
    let alone = || Some((vec![member(best, 1.0)], best.measured.clone()));
    let trials = &trials[..trials.len().min(CANDIDATES)];
    let rows: Rows<'_> = trials
        .iter()
        .filter_map(|trial| match &trial.measured {
            Measured::Numbers(measured) => Some(measured.rows.as_slice()),
            Measured::Classes(_) => None,
        })
        .collect();
    if rows.len() < trials.len() {
        return alone();
    }
    let counts = greedy(&rows);
    let mixed = mix(&rows, &counts);
    if mixed.scores.rmse >= WORTH_IT * best.measured.loss() {
        return alone();
    }
    #[expect(clippy::cast_precision_loss, reason = "a handful of steps")]
    let members = trials
        .iter()
        .zip(&counts)
        .filter(|(_, count)| **count > 0)
        .map(|(trial, count)| member(trial, *count as f64 / STEPS as f64));
    Some((members.collect(), Measured::Numbers(mixed)))
}

/// How often each trial is taken if, step by step, that one is taken which makes the blend best.
#[expect(clippy::cast_precision_loss, reason = "a handful of steps")]
fn greedy(trials: &Rows<'_>) -> Vec<usize> {
    let mut counts = vec![0; trials.len()];
    let mut sums = vec![0.0; trials[0].len()];
    for step in 1..=STEPS {
        let error = |rows: &&[(f64, f64)]| -> f64 {
            let predictions = sums.iter().zip(*rows);
            predictions.map(|(sum, (real, own))| ((sum + own) / step as f64 - real).powi(2)).sum()
        };
        let errors: Vec<f64> = trials.iter().map(error).collect();
        let Some(chosen) = (0..trials.len()).min_by(|a, b| errors[*a].total_cmp(&errors[*b])) else { break };
        counts[chosen] += 1;
        sums.iter_mut().zip(trials[chosen]).for_each(|(sum, (_, own))| *sum += own);
    }
    counts
}

#[expect(clippy::cast_precision_loss, reason = "a handful of steps")]
fn mix(trials: &Rows<'_>, counts: &[usize]) -> CrossValidated {
    let total: usize = counts.iter().sum();
    let rows: Vec<(f64, f64)> = (0..trials[0].len())
        .map(|row| {
            let sum: f64 = trials.iter().zip(counts).map(|(rows, count)| *count as f64 * rows[row].1).sum();
            (trials[0][row].0, sum / total as f64)
        })
        .collect();
    let (real, predicted): (Vec<f64>, Vec<f64>) = rows.iter().copied().unzip();
    let scores = Scores::of(&real.into(), &predicted.into());
    CrossValidated { folds: vec![scores], scores, rows, size_correction: 1.0 }
}
