//! Tries values of the parameters of one family: all of them, some at random, or many on few rows first.

use types::sweep::{Span, is_whole, with};
use types::{Algorithm, Sweep, SweepMethod, TargetTransform};

use super::{Choice, Member, Trial};
use crate::Error;
use crate::evaluate::{Folds, Measured};
use crate::random::{Generator, below, generator};
use crate::training::{Part, Progress};

/// Of how many candidates one goes on to the next round of halving, and by what the rows grow.
const FACTOR: usize = 3;

/// Fewest rows that a round of halving learns from.
const ROWS_MIN: usize = 50;

/// Draws for each candidate that is wanted, since equal ones are left out.
const DRAWS: usize = 20;

/// A candidate that a sweep is about to try.
type Open = (usize, Algorithm);

/// Measures every candidate of a sweep on all parts and chooses the best; hears of each trial when it ends.
///
/// The same seed gives the same choice. Rounds of halving measure on all rows of the parts, but learn from every ninth or third
/// only before the last.
///
/// # Errors
///
/// [`Error::Split`] without folds, [`Error::Invalid`] if a value does not fit, [`Error::Cancelled`], and whatever the last
/// candidate runs into if none can be fitted.
pub fn sweep(
    folds: &Folds,
    (algorithm, transform): (&Algorithm, TargetTransform),
    sweep: &Sweep,
    progress: &dyn Progress,
    mut on_trial: impl FnMut(&Trial),
) -> Result<Choice, Error> {
    if folds.is_empty() {
        return Err(Error::Split("a sweep needs folds to choose by; set `folds` to 2 or more".to_owned()));
    }
    sweep.check(algorithm)?;
    let mut open: Vec<Open> = candidates(algorithm, sweep)?.into_iter().enumerate().collect();
    let count = open.len();
    let steps = rounds(folds, sweep.method, count);
    let mut trial_count = 0;
    let mut best: Option<Trial> = None;
    let mut failure = None;
    for (round, step) in steps.iter().enumerate() {
        let is_last = round + 1 == steps.len();
        let thinned = folds.thinned(*step);
        let mut measured: Vec<(Open, Measured)> = Vec::new();
        let whole = Part::of(progress, round, steps.len(), round_name(round, &steps));
        let here = open.len();
        for (nth, (number, algorithm)) in std::mem::take(&mut open).into_iter().enumerate() {
            let part = Part::of(&whole, nth, here, format!("candidate {} of {count}", number + 1));
            match thinned.measure_any(&algorithm, transform, &Unheard(&part)) {
                Ok(found) => {
                    let loss = found.loss();
                    let so_far = measured.iter().map(|(_, other)| other.loss()).fold(loss, f64::min);
                    part.report(1.0, algorithm.name());
                    let told = changed(&algorithm, sweep);
                    let key = folds.loss_key();
                    part.note(&format!("{told}: {key} {loss:.6}"), Some((key, so_far)));
                    measured.push(((number, algorithm), found));
                }
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                // Values that this table does not suit are passed over.
                Err(error) if error.is_about_input() => {
                    part.note(&format!("{}: {error}", changed(&algorithm, sweep)), None);
                    failure = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        // Of equals the first goes on: sorting is stable.
        measured.sort_by(|(_, a), (_, b)| a.loss().total_cmp(&b.loss()));
        let kept = if is_last { measured.len() } else { measured.len().div_ceil(FACTOR) };
        for (place, ((number, algorithm), found)) in measured.into_iter().enumerate() {
            if !is_last && place < kept {
                open.push((number, algorithm));
                continue;
            }
            let trial = Trial { algorithm, transform, measured: found, is_complete: is_last };
            trial_count += 1;
            on_trial(&trial);
            if is_last && best.is_none() {
                best = Some(trial);
            }
        }
    }
    let Some(best) = best else {
        return Err(failure.unwrap_or_else(|| Error::Learning("a sweep without candidates".into())));
    };
    let member = Member { weight: 1.0, algorithm: best.algorithm, transform };
    Ok(Choice { members: vec![member], measured: best.measured, trial_count })
}

/// For each round, of how many rows one is learnt from.
fn rounds(folds: &Folds, method: SweepMethod, count: usize) -> Vec<usize> {
    let mut steps = vec![1];
    let (mut left, mut step) = (count, 1);
    while method == SweepMethod::Halving && left > FACTOR && folds.fewest_rows() / (step * FACTOR) >= ROWS_MIN
    {
        left = left.div_ceil(FACTOR);
        step *= FACTOR;
        steps.push(step);
    }
    steps.reverse();
    steps
}

fn round_name(round: usize, steps: &[usize]) -> String {
    match steps {
        [_] => "sweep".to_owned(),
        _ => format!("round {} of {}", round + 1, steps.len()),
    }
}

/// The values that the sweep chose for a candidate.
fn changed(algorithm: &Algorithm, sweep: &Sweep) -> String {
    let params = algorithm.params();
    let texts = params.iter().filter(|(name, _)| sweep.values.contains_key(*name));
    texts.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ")
}

/// All candidates, in the order in which they are tried, without repetitions.
fn candidates(algorithm: &Algorithm, sweep: &Sweep) -> Result<Vec<Algorithm>, Error> {
    if sweep.method == SweepMethod::Grid {
        let mut all = vec![algorithm.clone()];
        for (name, values) in &sweep.values {
            let mut grown = Vec::with_capacity(all.len() * values.len());
            for candidate in &all {
                for value in values {
                    let next = with(candidate, name, value)?;
                    if !grown.contains(&next) {
                        grown.push(next);
                    }
                }
            }
            all = grown;
        }
        return Ok(all);
    }
    let mut random = generator(sweep.random_state);
    let wanted = sweep.trials as usize;
    let mut all: Vec<Algorithm> = Vec::with_capacity(wanted);
    for _ in 0..wanted * DRAWS {
        let drawn = draw(algorithm, sweep, &mut random)?;
        if !all.contains(&drawn) {
            all.push(drawn);
        }
        if all.len() == wanted {
            break;
        }
    }
    Ok(all)
}

fn draw(algorithm: &Algorithm, sweep: &Sweep, random: &mut Generator) -> Result<Algorithm, Error> {
    let mut drawn = algorithm.clone();
    for (name, values) in &sweep.values {
        let value = &values[below(random, values.len())];
        let value = match Span::parse(value) {
            Some(span) => span.at(share(random), is_whole(algorithm, name)),
            None => value.clone(),
        };
        drawn = with(&drawn, name, &value)?;
    }
    Ok(drawn)
}

#[expect(clippy::cast_precision_loss, reason = "a random fraction")]
fn share(random: &mut Generator) -> f64 {
    below(random, (1 << 30) + 1) as f64 / (1_u64 << 30) as f64
}

/// Passes all on but notes: single folds of many candidates would fill the log.
struct Unheard<'a>(&'a dyn Progress);

impl Progress for Unheard<'_> {
    fn report(&self, fraction: f64, stage: &str) {
        self.0.report(fraction, stage);
    }

    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

#[cfg(test)]
mod tests {
    use types::TrainingSpec;
    use types::algorithm::RandomForest;

    use super::*;
    use crate::training::Silent;
    use crate::{Table, fit_choice, prepare};

    fn task() -> (TrainingSpec, Table) {
        let forest = RandomForest { n_estimators: 5, ..RandomForest::default() };
        let table = Table::from_csv(crate::sample::used_cars(900, 3).as_bytes()).unwrap();
        (TrainingSpec::new("precio", forest), table)
    }

    fn with_values(method: SweepMethod, texts: &[&str], trials: u32) -> Sweep {
        let values = Sweep::parse_values(texts.iter().copied()).unwrap();
        Sweep { method, values, trials, random_state: 7 }
    }

    fn run(with: &Sweep) -> (Choice, Vec<Trial>) {
        let (spec, table) = task();
        let folds = Folds::prepare(&spec, &table).unwrap();
        let mut trials = Vec::new();
        let base = (&spec.algorithm, spec.transform);
        let choice = sweep(&folds, base, with, &Silent, |trial| trials.push(trial.clone())).unwrap();
        (choice, trials)
    }

    #[test]
    fn a_grid_tries_every_combination_and_takes_the_best() {
        let grid = with_values(SweepMethod::Grid, &["max_depth=1,4,12,12", "min_samples_leaf=1,20"], 1);
        let (choice, trials) = run(&grid);
        assert_eq!((trials.len(), choice.trial_count), (6, 6));
        let losses: Vec<f64> = trials.iter().map(|trial| trial.measured.loss()).collect();
        assert!(losses.is_sorted(), "{losses:?}");
        assert_eq!(choice.measured, trials[0].measured);
        let [member] = choice.members.as_slice() else { panic!("one member") };
        assert_eq!((&member.algorithm, member.weight), (&trials[0].algorithm, 1.0));
        assert!(!matches!(&member.algorithm, Algorithm::RandomForest(forest) if forest.max_depth == Some(1)));
        let (spec, table) = task();
        let model = fit_choice(&prepare(&spec, &table).unwrap(), &choice, &Silent).unwrap().model;
        assert_eq!(model.estimator(), "RandomForestRegressor");
    }

    #[test]
    fn draws_are_different_and_fixed_by_the_seed() {
        let drawn = with_values(SweepMethod::Random, &["max_depth=2..12", "min_samples_leaf=1..9"], 8);
        let (choice, trials) = run(&drawn);
        assert_eq!(trials.len(), 8);
        for trial in &trials {
            let Algorithm::RandomForest(forest) = &trial.algorithm else { panic!("a forest") };
            assert!((2..=12).contains(&forest.max_depth.unwrap()));
        }
        assert_eq!(run(&drawn), (choice, trials));
        let few = with_values(SweepMethod::Random, &["max_depth=3,5"], 8);
        assert_eq!(run(&few).1.len(), 2, "there are only two");
    }

    #[test]
    fn halving_tries_many_on_few_rows_and_few_on_all() {
        let halving = with_values(SweepMethod::Halving, &["max_depth=1..15"], 12);
        let (choice, trials) = run(&halving);
        assert_eq!(trials.len(), 12);
        assert_eq!(trials.iter().filter(|trial| trial.is_complete).count(), 2, "12, 4, 2");
        let complete = trials.iter().filter(|trial| trial.is_complete).map(|trial| trial.measured.loss());
        assert_eq!(choice.measured.loss(), complete.fold(f64::INFINITY, f64::min));
    }

    #[test]
    fn a_sweep_that_nobody_waits_for_ends() {
        struct GivenUp;
        impl Progress for GivenUp {
            fn report(&self, _fraction: f64, _stage: &str) {}

            fn is_cancelled(&self) -> bool {
                true
            }
        }
        let (spec, table) = task();
        let folds = Folds::prepare(&spec, &table).unwrap();
        let grid = with_values(SweepMethod::Grid, &["max_depth=1,4"], 1);
        let outcome = sweep(&folds, (&spec.algorithm, spec.transform), &grid, &GivenUp, |_| {});
        assert!(matches!(outcome, Err(Error::Cancelled)));
    }
}
