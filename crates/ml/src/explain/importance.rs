//! How much a model loses without a feature.

use ndarray::Array2;
use rayon::prelude::*;
use types::FeatureImportance;

use crate::evaluate::{check_match, rmse};
use crate::random::{generator, shuffle};
use crate::{Error, Model, Prepared};

/// Most test rows that are looked at; a model that is slow to ask gets a tenth.
const ROWS_MAX: usize = 2_000;

/// Shuffles each feature of the test rows `repeats` times and measures how much worse the model gets, most important
/// first; `sklearn.inspection.permutation_importance(scoring="neg_root_mean_squared_error")`. At most 2,000 rows, evenly chosen (200 for nearest
/// neighbours, which take long to ask).
///
/// # Errors
///
/// [`Error::Mismatch`] if the model was fitted from other columns or other training rows.
pub fn permutation_importance(
    model: &Model,
    prepared: &Prepared,
    repeats: u32,
    seed: u64,
) -> Result<Vec<FeatureImportance>, Error> {
    check_match(model, prepared)?;
    let (records, targets) = prepared.test();
    let step = targets.len().div_ceil(ROWS_MAX / model.slowness()).max(1);
    let chosen: Vec<usize> = (0..targets.len()).step_by(step).collect();
    let records = records.select(ndarray::Axis(0), &chosen);
    let targets = targets.select(ndarray::Axis(0), &chosen);
    let error = |records: &Array2<f64>| rmse(&targets, &model.predict(records).to_vec());
    let before = error(&records);
    let repeats = repeats.max(1);
    let mut found: Vec<FeatureImportance> = model
        .features()
        .par_iter()
        .enumerate()
        .map(|(place, feature)| {
            // Its own generator, so that the order in which threads come to features does not matter.
            let mut generator = generator(seed ^ (place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let mut column = records.column(place).to_vec();
            let mut shuffled = records.clone();
            let growths: Vec<f64> = (0..repeats)
                .map(|_| {
                    shuffle(&mut column, &mut generator);
                    shuffled
                        .column_mut(place)
                        .iter_mut()
                        .zip(&column)
                        .for_each(|(slot, value)| *slot = *value);
                    error(&shuffled) - before
                })
                .collect();
            let count = f64::from(repeats);
            let mean = growths.iter().sum::<f64>() / count;
            let squares: f64 = growths.iter().map(|growth| (growth - mean).powi(2)).sum();
            FeatureImportance { feature: feature.name.clone(), mean, deviation: (squares / count).sqrt() }
        })
        .collect();
    found.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use types::{Algorithm, TrainingSpec};

    use super::*;
    use crate::{Progress, Table, fit, prepare};

    struct Silent;
    impl Progress for Silent {
        fn report(&self, _fraction: f64, _stage: &str) {}
    }

    #[test]
    fn what_the_target_is_made_of_matters() {
        let rows = (0..200_u32)
            .map(|row| format!("{},{},{},{}\n", row % 7, row % 11, row % 13, 10 * (row % 7) + row % 11))
            .collect::<Vec<_>>()
            .concat();
        let table = Table::from_csv(format!("much,some,none,y\n{rows}").as_bytes()).unwrap();
        let prepared = prepare(&TrainingSpec::new("y", Algorithm::linear()), &table).unwrap();
        let model = fit(&prepared, &Silent).unwrap().model;
        let found = permutation_importance(&model, &prepared, 5, 1).unwrap();
        let names: Vec<&str> = found.iter().map(|one| one.feature.as_str()).collect();
        assert_eq!(names, ["much", "some", "none"]);
        // Shuffling a feature of weight w and variance v gives errors of mean square 2 w² v on average: 28 and 4.5.
        assert!((20.0..36.0).contains(&found[0].mean) && found[0].deviation > 0.0, "{found:?}");
        assert!((3.0..6.0).contains(&found[1].mean) && found[2].mean.abs() < 1e-9, "{found:?}");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        assert_eq!(pool.install(|| permutation_importance(&model, &prepared, 5, 1)).unwrap(), found);
    }
}
