//! Boosting for classes: each adds up trees to the logarithm of its odds.
//!
//! Two classes need one sum, more one for each, and probabilities are their softmax (LightGBM's `binary` and `multiclass`).

use linfa::DatasetBase;
use linfa::dataset::AsSingleTargets;
use ndarray::Array2;

use super::bins::Bins;
use super::grow::{Ground, Grower, Slopes};
use super::loss::Loss;
use super::{
    GradientBoosting, GradientBoostingValidParams, Machine, Stop, checked_targets, chosen, drawn, mean,
    weights_of,
};
use crate::Error;
use crate::algorithms::{Observer, softmax};
use crate::random::generator;
use crate::training::class;
use types::algorithm::Objective;

/// Share of a class below which its first guess does not fall; LightGBM's.
const SHARE_MIN: f64 = 1e-15;

impl GradientBoostingValidParams {
    /// Fits sums for classes; targets are numbers of classes below `class_count`, which is at least 2. The answer is one
    /// sum for two classes, the log-odds of the second, and else one for each class.
    ///
    /// # Errors
    ///
    /// As [`fit_observed`](Self::fit_observed); another objective than the usual one, which classes replace by theirs.
    pub(crate) fn fit_classes<T: AsSingleTargets<Elem = f64>>(
        &self,
        dataset: &DatasetBase<Array2<f64>, T>,
        class_count: usize,
        observer: &dyn Observer,
    ) -> Result<Vec<GradientBoosting>, Error> {
        let values = &self.values;
        if values.objective != Objective::Squared {
            let problem = "is for numbers; classes have the logarithmic loss, so leave it out".to_owned();
            return Err(Error::Parameter { parameter: "objective", problem });
        }
        let targets = checked_targets(dataset)?;
        let classes: Vec<usize> = targets.iter().map(|target| class(*target)).collect();
        let bins = Bins::new(dataset.records(), &self.categories, values.max_bin)?;
        let weights = weights_of(dataset);
        let settings = self.settings();
        let ground = Ground {
            bins: &bins,
            settings: &settings,
            loss: Loss { objective: values.objective, alpha: values.alpha },
            targets: &targets,
            weights: weights.as_deref(),
        };
        let (width, row_count) = (bins.features.len(), bins.row_count);
        let mut random = generator(values.random_state);
        let (learning, held_back) = self.hold_back(row_count, &mut random);
        let first = first_guesses(&classes, weights.as_deref(), &learning, class_count);
        let mut machines: Vec<Machine> = first.iter().map(|guess| Machine::new(*guess, width)).collect();
        let mut guesses: Vec<Vec<f64>> = first.iter().map(|guess| vec![*guess; row_count]).collect();
        let mut slopes = vec![(vec![0.0; row_count], vec![0.0; row_count]); machines.len()];
        let mut stop = Stop::new(values.early_stopping_rounds, !held_back.is_empty());
        for ready in 1..=values.n_estimators {
            derive(&classes, weights.as_deref(), &guesses, &mut slopes);
            let allowed = chosen(width, values.colsample_bytree, &mut random);
            let rows = drawn(&learning, values.subsample, &mut random);
            for ((machine, guesses), (gradients, seconds)) in
                machines.iter_mut().zip(&mut guesses).zip(&slopes)
            {
                let slopes = Slopes { gradients, weights: Some(seconds) };
                let tree = Grower::new(&ground, slopes, &allowed, rows.clone()).grow(guesses, observer);
                if observer.is_cancelled() {
                    return Err(Error::Cancelled);
                }
                machine.add(tree, dataset.records(), guesses);
            }
            let loss = |rows: &[u32]| -> f64 {
                let loss = |row: &u32| {
                    let row = *row as usize;
                    let own = probabilities_of(guesses.iter().map(|guesses| guesses[row]))[classes[row]];
                    -own.max(SHARE_MIN).ln() * weights.as_ref().map_or(1.0, |weights| weights[row])
                };
                rows.iter().map(loss).sum()
            };
            observer.grown(ready, Some(&|| mean(loss(&learning), learning.len())));
            if stop.is_now(ready, || loss(&held_back)) {
                break;
            }
        }
        let kept = stop.kept();
        Ok(machines.into_iter().map(|machine| machine.finish(kept)).collect())
    }
}

/// The probabilities of classes by their sums: by one sum of two classes, else by one for each.
pub(crate) fn probabilities_of(sums: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut scores: Vec<f64> = sums.collect();
    if scores.len() == 1 {
        scores.insert(0, 0.0);
    }
    softmax(scores)
}

/// The log-odds of the second of two classes, or the logarithms of the shares of all.
fn first_guesses(classes: &[usize], weights: Option<&[f64]>, rows: &[u32], class_count: usize) -> Vec<f64> {
    let mut sums = vec![0.0; class_count];
    for row in rows {
        let row = *row as usize;
        sums[classes[row]] += weights.map_or(1.0, |weights| weights[row]);
    }
    let total: f64 = sums.iter().sum();
    let share = |class: usize| (sums[class] / total).clamp(SHARE_MIN, 1.0 - SHARE_MIN);
    if class_count == 2 {
        return vec![(share(1) / (1.0 - share(1))).ln()];
    }
    (0..class_count).map(|class| share(class).ln()).collect()
}

/// First and second derivatives of the logarithmic loss, for each sum by row, times what rows count.
fn derive(
    classes: &[usize],
    weights: Option<&[f64]>,
    guesses: &[Vec<f64>],
    slopes: &mut [(Vec<f64>, Vec<f64>)],
) {
    let is_binary = guesses.len() == 1;
    // LightGBM's factor: probabilities that add up to 1 have one degree of freedom less.
    #[expect(clippy::cast_precision_loss, reason = "there are few classes")]
    let factor = if is_binary { 1.0 } else { guesses.len() as f64 / (guesses.len() - 1) as f64 };
    for (row, own) in classes.iter().enumerate() {
        let weight = weights.map_or(1.0, |weights| weights[row]);
        let probabilities = probabilities_of(guesses.iter().map(|guesses| guesses[row]));
        for (place, (gradients, seconds)) in slopes.iter_mut().enumerate() {
            let class = if is_binary { 1 } else { place };
            let probability = probabilities[class];
            gradients[row] = weight * (probability - f64::from(u8::from(*own == class)));
            seconds[row] = weight * factor * probability * (1.0 - probability);
        }
    }
}

#[cfg(test)]
mod tests {
    use linfa::ParamGuard;
    use ndarray::{Array1, Array2};
    use types::algorithm;

    use super::*;

    fn data(class_count: usize) -> (Array2<f64>, Array1<f64>) {
        let records = Array2::from_shape_fn((120, 2), |(row, column)| ((row * (7 + 6 * column)) % 31) as f64);
        let targets = (0..120).map(|row| ((row * 7) % 31 / 8 % class_count) as f64).collect();
        (records, targets)
    }

    fn fit(class_count: usize, n_estimators: u32) -> (Array2<f64>, Array1<f64>, Vec<GradientBoosting>) {
        let (records, targets) = data(class_count);
        let values = algorithm::GradientBoosting { n_estimators, min_child_samples: 5, ..Default::default() };
        let params = GradientBoosting::params(values).check().unwrap();
        let dataset = DatasetBase::new(records.clone(), targets.clone());
        let fitted = params.fit_classes(&dataset, class_count, &()).unwrap();
        (records, targets, fitted)
    }

    #[test]
    fn classes_by_a_number_are_learnt() {
        for class_count in [2, 3] {
            let (records, targets, machines) = fit(class_count, 60);
            assert_eq!(machines.len(), if class_count == 2 { 1 } else { class_count });
            for (row, target) in records.rows().into_iter().zip(&targets) {
                let sums = machines.iter().map(|machine| machine.predict_row(row.as_slice().unwrap()));
                let probabilities = probabilities_of(sums);
                assert_eq!(probabilities.len(), class_count);
                assert!(probabilities[class(*target)] > 0.9, "{probabilities:?} {target}");
            }
        }
    }

    #[test]
    fn the_first_step_is_newtons() {
        // Half of the rows are of each class, so the first guess is even, gradients are ±0.5 and weights 0.25: a pure leaf steps
        // by a tenth of 0.5 / 0.25.
        let records = Array2::from_shape_fn((40, 1), |(row, _)| f64::from(row >= 20));
        let targets = records.column(0).to_owned();
        let values = algorithm::GradientBoosting { n_estimators: 1, ..Default::default() };
        let params = GradientBoosting::params(values).check().unwrap();
        let dataset = DatasetBase::new(records, targets);
        let machines = params.fit_classes(&dataset, 2, &()).unwrap();
        assert!((machines[0].predict_row(&[1.0]) - 0.2).abs() < 1e-12);
        assert!((machines[0].predict_row(&[0.0]) + 0.2).abs() < 1e-12);
    }

    #[test]
    fn other_objectives_are_refused() {
        let (records, targets) = data(2);
        let values = algorithm::GradientBoosting { objective: Objective::Huber, ..Default::default() };
        let params = GradientBoosting::params(values).check().unwrap();
        let error = params.fit_classes(&DatasetBase::new(records, targets), 2, &()).unwrap_err();
        assert!(error.is_about_input() && error.to_string().starts_with("objective"));
    }
}
