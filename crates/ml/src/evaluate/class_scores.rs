//! How good a model of classes is.

use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use super::check_match;
use super::classification::{Average, accuracy, brier, f1, log_loss, roc_auc, roc_auc_one_vs_rest};
use crate::model::likeliest;
use crate::training::class;
use crate::{Error, Model, Prepared};

/// How far the classes that a model tells are from the truth; the formulas are those of [`super::classification`], in which all
/// rows count alike.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClassScores {
    /// Share of the rows whose class is the likeliest one.
    pub accuracy: f64,
    /// Harmonic mean of precision and recall, mean over classes.
    pub f1_macro: f64,
    /// The same for the second of two classes; absent with more.
    pub f1: Option<f64>,
    /// Chance that a row of a class has a higher probability of it than one of another, mean over classes; absent if a class
    /// does not occur.
    pub roc_auc: Option<f64>,
    /// Mean negative logarithm of the real class's probability.
    pub log_loss: f64,
    /// Mean squared distance between probabilities and truth: of the second of two classes, or summed over all of more.
    pub brier: f64,
}

/// What a model that did not learn from a row says about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassRow {
    /// Number of the row in the table, from 0.
    pub row: u32,
    /// Place of its class among the model's.
    pub real: usize,
    /// The probability of each class.
    pub probabilities: Vec<f64>,
}

impl ClassRow {
    /// Place of the class with the highest probability.
    #[must_use]
    pub fn likeliest(&self) -> usize {
        likeliest(&self.probabilities)
    }
}

/// What an evaluation of a model of classes found.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassReport {
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Scores on the rows that trained.
    pub train: ClassScores,
    /// Scores on the rows that did not.
    pub test: ClassScores,
    /// What the model says about the test rows, in the order of the split.
    pub test_rows: Vec<ClassRow>,
    /// Shares of the features, the largest first; see [`Model::importance`].
    pub importance: Vec<(String, f64)>,
}

impl ClassScores {
    /// Compares probabilities with real classes.
    ///
    /// # Errors
    ///
    /// [`Error::Scoring`] if there are no rows or a probability is no number.
    pub fn of(rows: &[ClassRow]) -> Result<Self, Error> {
        let real: Vec<usize> = rows.iter().map(|row| row.real).collect();
        let probabilities: Vec<Vec<f64>> = rows.iter().map(|row| row.probabilities.clone()).collect();
        let class_count = probabilities.first().map_or(0, Vec::len);
        let predicted: Vec<usize> = rows.iter().map(ClassRow::likeliest).collect();
        let is_binary = class_count == 2;
        let is_second: Vec<bool> = real.iter().map(|class| *class == 1).collect();
        let roc_auc = if is_binary {
            let scores: Vec<f64> = probabilities.iter().map(|row| row[1]).collect();
            roc_auc(&is_second, &scores).ok()
        } else {
            roc_auc_one_vs_rest(&real, &probabilities).ok()
        };
        let halved = if is_binary { 0.5 } else { 1.0 };
        Ok(Self {
            accuracy: accuracy(&real, &predicted)?,
            f1_macro: f1(&real, &predicted, class_count, Average::Macro)?,
            f1: is_binary.then(|| f1_of_second(&real, &predicted)),
            roc_auc,
            log_loss: log_loss(&real, &probabilities)?,
            brier: halved * brier(&real, &probabilities)?,
        })
    }

    /// The scores with the names that metrics of runs have, behind `test_`, `train_` or `cv_`.
    #[must_use]
    pub fn named(&self) -> Vec<(&'static str, f64)> {
        let mut named = vec![
            ("accuracy", self.accuracy),
            ("f1_macro", self.f1_macro),
            ("log_loss", self.log_loss),
            ("brier", self.brier),
        ];
        named.extend(self.f1.map(|f1| ("f1", f1)));
        named.extend(self.roc_auc.map(|area| ("roc_auc", area)));
        named
    }
}

/// `sklearn.metrics.f1_score(pos_label=1, zero_division=0)`.
fn f1_of_second(real: &[usize], predicted: &[usize]) -> f64 {
    let (mut hits, mut claims) = (0.0, 0.0);
    for (real, predicted) in real.iter().zip(predicted) {
        hits += f64::from(u8::from(*real == 1 && *predicted == 1));
        claims += f64::from(u8::from(*real == 1) + u8::from(*predicted == 1));
    }
    if claims > 0.0 { 2.0 * hits / claims } else { 0.0 }
}

/// Measures a model of classes on the rows of `prepared`, from which it was fitted.
///
/// # Errors
///
/// [`Error::Mismatch`] if it was fitted from other columns or other training rows, [`Error::OtherTask`] if it predicts numbers.
pub fn evaluate_classes(model: &Model, prepared: &Prepared) -> Result<ClassReport, Error> {
    check_match(model, prepared)?;
    let train =
        class_rows(model, prepared.train_rows(), prepared.train().records(), prepared.train().targets())?;
    let (records, targets) = prepared.test();
    let test_rows = class_rows(model, prepared.test_rows(), records, targets)?;
    Ok(ClassReport {
        classes: model.classes().to_vec(),
        train: ClassScores::of(&train)?,
        test: ClassScores::of(&test_rows)?,
        test_rows,
        importance: model.importance(),
    })
}

/// What the model says about rows, beside the truth.
pub(super) fn class_rows(
    model: &Model,
    rows: &[u32],
    records: &Array2<f64>,
    targets: &Array1<f64>,
) -> Result<Vec<ClassRow>, Error> {
    let probabilities = model.probabilities(records).ok_or(Error::OtherTask("numbers, not classes"))?;
    Ok(rows
        .iter()
        .zip(targets.iter().zip(probabilities.rows()))
        .map(|(row, (real, line))| ClassRow { row: *row, real: class(*real), probabilities: line.to_vec() })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCORES: [f64; 6] = [
        0.666_666_666_666_666_6,
        0.666_666_666_666_666_6,
        0.666_666_666_666_666_6,
        0.888_888_888_888_889,
        0.479_072_569_766_301_8,
        0.160_416_666_666_666_68,
    ];

    #[test]
    fn scores_of_two_classes_are_scikit_learns() {
        // scikit-learn 1.9.1, y = [0, 0, 1, 1, 1, 0], p = [.1, .6, .35, .8, .7, .2], c = p > .5: accuracy_score(y, c), f1_score(y, c),
        // f1_score(y, c, average="macro"), roc_auc_score(y, p), log_loss(y, p), brier_score_loss(y, p)
        let rows: Vec<ClassRow> = [0, 0, 1, 1, 1, 0]
            .into_iter()
            .zip([0.1, 0.6, 0.35, 0.8, 0.7, 0.2])
            .map(|(real, p)| ClassRow { row: 0, real, probabilities: vec![1.0 - p, p] })
            .collect();
        let scores = ClassScores::of(&rows).unwrap();
        let expected = [SCORES[0], SCORES[2], SCORES[4], SCORES[5], SCORES[1], SCORES[3]];
        for ((name, found), expected) in scores.named().into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-12, "{name} {found} {expected}");
        }
    }
}
