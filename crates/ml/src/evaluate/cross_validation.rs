//! Predictions of rows by models that did not learn from them.

use types::{DataSplit, TrainingSpec};

use super::{RowPrediction, Scores, check_match, row_predictions};
use crate::random::{generator, shuffle};
use crate::ranges::mean_residual;
use crate::split::split;
use crate::training::Part;
use crate::{Error, Progress, Table, fit, prepare};

/// Training rows beyond which one part is left out once, instead of each in turn.
const FOLDED_ROWS_MAX: usize = 50_000;
/// Share that is left out then.
const HELD_OUT: usize = 10;
/// Lowest correction for the size of folds: estimates from few rows should not make ranges far too narrow.
const CORRECTION_MIN: f64 = 0.85;

/// A division of the training rows: numbers of table rows, from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// Rows that the model of this fold learns from, at least 2.
    pub train: Vec<u32>,
    /// Rows that it predicts, at least 1.
    pub test: Vec<u32>,
}

/// What a cross-validation found.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfFold {
    /// Predictions of the rows that were left out, in the order of the folds.
    pub rows: Vec<RowPrediction>,
    /// Scores of each fold on the rows that it left out.
    pub folds: Vec<Scores>,
    /// Scores over all rows that were left out.
    pub scores: Scores,
    /// By what the errors of a model of all rows are expected to be smaller, at most 1: the models of the folds knew fewer.
    /// From one more model that knew half of the rows of the first fold; 1 with a single fold.
    pub size_correction: f64,
}

/// Divides the training rows of `spec` as it asks for: into `cross_validation.folds` parts of alike size by a seeded
/// shuffle, each left out once. Beyond 50,000 rows a tenth is left out once. Empty if it asks for none.
///
/// # Errors
///
/// Says what is wrong with the split.
pub fn folds(spec: &TrainingSpec, table: &Table) -> Result<Vec<Fold>, Error> {
    let mut rows = split(&spec.split, table.row_count())?.train;
    let wanted = spec.cross_validation.folds as usize;
    if wanted == 0 {
        return Ok(Vec::new());
    }
    if !(2..=20).contains(&wanted) || wanted > rows.len() / 2 {
        return Err(Error::Split(format!(
            "cross_validation.folds is {wanted}, but must be 0 or from 2 to {}",
            (rows.len() / 2).min(20)
        )));
    }
    shuffle(&mut rows, &mut generator(spec.cross_validation.random_state));
    let (parts, used) = if rows.len() > FOLDED_ROWS_MAX { (HELD_OUT, 1) } else { (wanted, wanted) };
    Ok((0..used)
        .map(|part| {
            let (begin, end) = (part * rows.len() / parts, (part + 1) * rows.len() / parts);
            Fold { train: [&rows[..begin], &rows[end..]].concat(), test: rows[begin..end].to_vec() }
        })
        .collect())
}

/// Fits the algorithm of `spec` anew for each fold, encoding included, and predicts the rows that the fold leaves out.
///
/// A column that is empty in all rows of a fold is not learnt from there. `spec.split` does not matter.
///
/// # Errors
///
/// Whatever [`prepare`] and [`fit`] report; [`Error::Cancelled`] between folds too; [`Error::Split`] without folds.
pub fn cross_validate(
    spec: &TrainingSpec,
    table: &Table,
    folds: &[Fold],
    progress: &dyn Progress,
) -> Result<OutOfFold, Error> {
    let (mut rows, mut scores) = (Vec::new(), Vec::new());
    for (nth, fold) in folds.iter().enumerate() {
        if progress.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let name = format!("fold {} of {}", nth + 1, folds.len());
        let part = Part::of(progress, nth, folds.len() + usize::from(folds.len() > 1), name);
        let predictions = predict_fold(spec, table, fold, &part)?;
        scores.push(Scores::of_pairs(predictions.iter().map(|row| (row.real, row.predicted))));
        rows.extend(predictions);
    }
    if rows.is_empty() {
        return Err(Error::Split("there are no folds to validate on".to_owned()));
    }
    let overall = Scores::of_pairs(rows.iter().map(|row| (row.real, row.predicted)));
    let size_correction = match folds {
        [first, _, ..] => {
            let part = Part::of(progress, folds.len(), folds.len() + 1, "half of the rows".to_owned());
            let half =
                Fold { train: first.train.iter().copied().step_by(2).collect(), test: first.test.clone() };
            let half = predict_fold(spec, table, &half, &part)?;
            size_correction(folds, &half, &rows[..first.test.len()])
        }
        _ => 1.0,
    };
    Ok(OutOfFold { rows, folds: scores, scores: overall, size_correction })
}

/// Errors fall with a power of the number of rows (Cortes et al., *Learning Curves*, 1993); its exponent comes from the same rows
/// predicted by a model of a fold and by one of half its rows.
fn size_correction(folds: &[Fold], half: &[RowPrediction], whole: &[RowPrediction]) -> f64 {
    let ratio = mean_residual(half) / mean_residual(whole);
    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
    let mean_size = folds.iter().map(|fold| fold.train.len() as f64).sum::<f64>() / folds.len() as f64;
    #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
    let all = folds.iter().map(|fold| fold.train.len() + fold.test.len()).max().unwrap_or_default() as f64;
    let correction = ratio.powf(-(all / mean_size).log2());
    if correction.is_finite() { correction.clamp(CORRECTION_MIN, 1.0) } else { 1.0 }
}

fn predict_fold(
    spec: &TrainingSpec,
    table: &Table,
    fold: &Fold,
    progress: &dyn Progress,
) -> Result<Vec<RowPrediction>, Error> {
    let split = DataSplit::Rows { train: fold.train.clone(), test: fold.test.clone() };
    let mut spec = spec.clone().with_split(split);
    let prepared = loop {
        match prepare(&spec, table) {
            // Rare values may all lie in the part that is left out.
            Err(Error::EmptyFeature { column }) => spec.excluded.push(column),
            outcome => break outcome?,
        }
    };
    let model = fit(&prepared, progress)?.model;
    check_match(&model, &prepared)?;
    let (records, targets) = prepared.test();
    Ok(row_predictions(prepared.test_rows(), targets, &model.predict(records)))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use types::{Algorithm, CrossValidation};

    use super::*;

    struct Heard(Mutex<Vec<f64>>, usize);
    impl Progress for Heard {
        fn report(&self, fraction: f64, _stage: &str) {
            self.0.lock().unwrap().push(fraction);
        }
        fn is_cancelled(&self) -> bool {
            self.0.lock().unwrap().len() >= self.1
        }
    }

    fn cars() -> (TrainingSpec, Table) {
        let table = Table::from_csv(crate::sample::used_cars(300, 1).as_bytes()).unwrap();
        (TrainingSpec::new("precio", Algorithm::linear()), table)
    }

    #[test]
    fn every_training_row_is_left_out_once() {
        let (spec, table) = cars();
        let folds = folds(&spec, &table).unwrap();
        assert_eq!(folds.len(), 5);
        let mut left_out: Vec<u32> = folds.iter().flat_map(|fold| fold.test.clone()).collect();
        left_out.sort_unstable();
        let mut train = prepare(&spec, &table).unwrap().train_rows().to_vec();
        train.sort_unstable();
        assert_eq!(left_out, train);
        for fold in &folds {
            assert_eq!(fold.train.len() + fold.test.len(), train.len());
            assert!(fold.test.iter().all(|row| !fold.train.contains(row)));
        }
    }

    #[test]
    fn out_of_fold_predictions_are_those_of_refitted_models() {
        let (spec, table) = cars();
        let folds = folds(&spec, &table).unwrap();
        let heard = Heard(Mutex::default(), usize::MAX);
        let found = cross_validate(&spec, &table, &folds, &heard).unwrap();
        assert_eq!((found.rows.len(), found.folds.len()), (240, 5));
        let by_hand = DataSplit::Rows { train: folds[1].train.clone(), test: folds[1].test.clone() };
        let prepared = prepare(&spec.clone().with_split(by_hand), &table).unwrap();
        let report = crate::evaluate(&fit(&prepared, &heard).unwrap().model, &prepared).unwrap();
        assert_eq!(report.test, found.folds[1]);
        assert!(found.rows[48..96] == report.test_rows, "the second fold");
        let heard = heard.0.into_inner().unwrap();
        assert!(heard.iter().all(|fraction| (0.0..=1.0).contains(fraction)));
    }

    #[test]
    fn what_gains_from_rows_is_expected_to_err_less() {
        let (spec, table) = cars();
        let silent = Heard(Mutex::default(), usize::MAX);
        let tree = TrainingSpec::new("precio", types::algorithm::DecisionTree::default());
        let found = cross_validate(&tree, &table, &folds(&spec, &table).unwrap(), &silent).unwrap();
        assert!((CORRECTION_MIN..0.99).contains(&found.size_correction), "{}", found.size_correction);
        let one = &folds(&spec, &table).unwrap()[..1];
        assert_eq!(cross_validate(&tree, &table, one, &silent).unwrap().size_correction, 1.0);
    }

    #[test]
    fn a_cancelled_validation_stops() {
        let (spec, table) = cars();
        let folds = folds(&spec, &table).unwrap();
        let heard = Heard(Mutex::default(), 3);
        assert!(matches!(cross_validate(&spec, &table, &folds, &heard), Err(Error::Cancelled)));
        assert!(heard.0.into_inner().unwrap().len() < 8, "later folds are not begun");
    }

    #[test]
    fn columns_that_a_fold_does_not_know_are_left_out() {
        let rows = (0..40)
            .map(|row| format!("{row},{},{}\n", if row == 7 { "x" } else { "" }, row * 2))
            .collect::<Vec<_>>()
            .concat();
        let table = Table::from_csv(format!("a,rare,y\n{rows}").as_bytes()).unwrap();
        let mut spec = TrainingSpec::new("y", Algorithm::linear());
        spec.split = DataSplit::Rows { train: (0..30).collect(), test: (30..40).collect() };
        let folds = folds(&spec, &table).unwrap();
        let found = cross_validate(&spec, &table, &folds, &Heard(Mutex::default(), usize::MAX)).unwrap();
        assert!(found.scores.rmse < 1e-9, "{:?}", found.scores);
    }

    #[test]
    fn unfit_numbers_of_folds_are_named() {
        let (mut spec, table) = cars();
        spec.cross_validation = CrossValidation { folds: 1, random_state: 1 };
        assert!(folds(&spec, &table).unwrap_err().to_string().contains("cross_validation.folds is 1"));
        spec.cross_validation.folds = 0;
        assert!(folds(&spec, &table).unwrap().is_empty());
        let none = cross_validate(&spec, &table, &[], &Heard(Mutex::default(), usize::MAX));
        assert!(none.unwrap_err().to_string().contains("no folds"));
    }
}
