//! Formulas of the scores of a classification, as in `sklearn.metrics`.
//!
//! Classes are numbered from 0; rows of probabilities hold one for each class. All functions take lists of equal length
//! and answer with an error where the score is not defined.

use crate::Error;

/// Smallest probability that the logarithm sees; scikit-learn clips to the machine's epsilon.
const PROBABILITY_MIN: f64 = f64::EPSILON;

/// How the scores of classes become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Average {
    /// The mean over classes.
    Macro,
    /// The mean weighted by how often each class occurs.
    Weighted,
}

/// For each real class (row) how often each class was predicted (column); `sklearn.metrics.confusion_matrix`.
///
/// # Errors
///
/// [`Error::Scoring`] if the lists differ in length, are empty, or name a class that is not below `class_count`.
pub fn confusion_matrix(
    real: &[usize],
    predicted: &[usize],
    class_count: usize,
) -> Result<Vec<Vec<u64>>, Error> {
    check(real.len(), predicted.len())?;
    let mut matrix = vec![vec![0; class_count]; class_count];
    for (real, predicted) in real.iter().zip(predicted) {
        let cell = matrix.get_mut(*real).and_then(|row: &mut Vec<u64>| row.get_mut(*predicted));
        *cell.ok_or_else(|| Error::Scoring(format!("there are only {class_count} classes")))? += 1;
    }
    Ok(matrix)
}

/// Share of the rows whose class was predicted; `sklearn.metrics.accuracy_score`.
///
/// # Errors
///
/// [`Error::Scoring`] if the lists differ in length or are empty.
pub fn accuracy(real: &[usize], predicted: &[usize]) -> Result<f64, Error> {
    check(real.len(), predicted.len())?;
    let hits = real.iter().zip(predicted).filter(|(real, predicted)| real == predicted).count();
    Ok(share(hits as u64, real.len() as u64))
}

/// Harmonic mean of precision and recall; `sklearn.metrics.f1_score(average="macro" | "weighted", zero_division=0)`.
///
/// Classes that neither occur nor are predicted do not count.
///
/// # Errors
///
/// As [`confusion_matrix`].
#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
pub fn f1(real: &[usize], predicted: &[usize], class_count: usize, average: Average) -> Result<f64, Error> {
    let matrix = confusion_matrix(real, predicted, class_count)?;
    let (mut sum, mut weights) = (0.0, 0.0);
    for (class, row) in matrix.iter().enumerate() {
        let support: u64 = row.iter().sum();
        let claimed: u64 = matrix.iter().map(|row| row[class]).sum();
        if support + claimed == 0 {
            continue;
        }
        let score = share(2 * row[class], support + claimed);
        let weight = if average == Average::Macro { 1.0 } else { support as f64 };
        sum += weight * score;
        weights += weight;
    }
    Ok(sum / weights)
}

/// A point of a curve over all thresholds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThresholdPoint {
    /// Rows with at least this score count as positive; infinite for the first point.
    pub threshold: f64,
    /// Share of the negative rows that count as positive.
    pub false_positive_rate: f64,
    /// Share of the positive rows that count as positive; recall.
    pub true_positive_rate: f64,
    /// Share of positive rows among those that count as positive; 1 where none does.
    pub precision: f64,
}

/// The points of the ROC and of the precision-recall curve, from the highest threshold to the lowest;
/// `sklearn.metrics.roc_curve(drop_intermediate=False)` and `precision_recall_curve`.
///
/// # Errors
///
/// [`Error::Scoring`] if the lists differ in length, a score is not a number, or one of the classes does not occur.
pub fn threshold_curve(is_positive: &[bool], scores: &[f64]) -> Result<Vec<ThresholdPoint>, Error> {
    check(is_positive.len(), scores.len())?;
    if scores.iter().any(|score| score.is_nan()) {
        return Err(Error::Scoring("a score is not a number".to_owned()));
    }
    let positives = is_positive.iter().filter(|is_positive| **is_positive).count() as u64;
    let negatives = is_positive.len() as u64 - positives;
    if positives == 0 || negatives == 0 {
        return Err(Error::Scoring("all rows have the same class".to_owned()));
    }
    let mut rows: Vec<(f64, bool)> = scores.iter().copied().zip(is_positive.iter().copied()).collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut hits, mut alarms) = (0, 0);
    let mut curve = vec![ThresholdPoint {
        threshold: f64::INFINITY,
        false_positive_rate: 0.0,
        true_positive_rate: 0.0,
        precision: 1.0,
    }];
    for (place, (score, is_positive)) in rows.iter().enumerate() {
        if *is_positive {
            hits += 1;
        } else {
            alarms += 1;
        }
        // Rows with equal scores cross the threshold together.
        if rows.get(place + 1).is_none_or(|(next, _)| next < score) {
            curve.push(ThresholdPoint {
                threshold: *score,
                false_positive_rate: share(alarms, negatives),
                true_positive_rate: share(hits, positives),
                precision: share(hits, hits + alarms),
            });
        }
    }
    Ok(curve)
}

/// Area under the ROC curve of two classes; `sklearn.metrics.roc_auc_score`.
///
/// # Errors
///
/// As [`threshold_curve`].
pub fn roc_auc(is_positive: &[bool], scores: &[f64]) -> Result<f64, Error> {
    let curve = threshold_curve(is_positive, scores)?;
    let area = |pair: &[ThresholdPoint]| {
        (pair[1].false_positive_rate - pair[0].false_positive_rate)
            * f64::midpoint(pair[1].true_positive_rate, pair[0].true_positive_rate)
    };
    Ok(curve.windows(2).map(area).sum())
}

/// Mean area under the ROC curves of each class against the rest;
/// `sklearn.metrics.roc_auc_score(multi_class="ovr", average="macro")`.
///
/// # Errors
///
/// [`Error::Scoring`] if a class does not occur or is the only one, or if the lists do not fit together.
pub fn roc_auc_one_vs_rest(real: &[usize], probabilities: &[Vec<f64>]) -> Result<f64, Error> {
    let class_count = check_probabilities(real, probabilities)?;
    let mut sum = 0.0;
    for class in 0..class_count {
        let is_positive: Vec<bool> = real.iter().map(|real| *real == class).collect();
        let scores: Vec<f64> = probabilities.iter().map(|row| row[class]).collect();
        sum += roc_auc(&is_positive, &scores)?;
    }
    Ok(sum / count(class_count))
}

/// Mean negative logarithm of the real class's probability; `sklearn.metrics.log_loss`.
///
/// # Errors
///
/// [`Error::Scoring`] if the lists do not fit together or a probability is no number from 0 to 1.
pub fn log_loss(real: &[usize], probabilities: &[Vec<f64>]) -> Result<f64, Error> {
    check_probabilities(real, probabilities)?;
    let loss =
        |(real, row): (&usize, &Vec<f64>)| -row[*real].clamp(PROBABILITY_MIN, 1.0 - PROBABILITY_MIN).ln();
    let sum: f64 = real.iter().zip(probabilities).map(loss).sum();
    Ok(sum / count(real.len()))
}

/// Mean squared distance between the probabilities and the truth, over all classes;
/// `sklearn.metrics.brier_score_loss(scale_by_half=False)`. For two classes scikit-learn's default is half of it.
///
/// # Errors
///
/// As [`log_loss`].
pub fn brier(real: &[usize], probabilities: &[Vec<f64>]) -> Result<f64, Error> {
    check_probabilities(real, probabilities)?;
    let distance = |(real, row): (&usize, &Vec<f64>)| -> f64 {
        row.iter()
            .enumerate()
            .map(|(class, probability)| (probability - f64::from(u8::from(class == *real))).powi(2))
            .sum()
    };
    let sum: f64 = real.iter().zip(probabilities).map(distance).sum();
    Ok(sum / count(real.len()))
}

fn check(real: usize, predicted: usize) -> Result<(), Error> {
    match (real, predicted) {
        (0, 0) => Err(Error::Scoring("there are no rows".to_owned())),
        (real, predicted) if real != predicted => {
            Err(Error::Scoring(format!("there are {real} real classes, but {predicted} predictions")))
        }
        _ => Ok(()),
    }
}

/// The number of classes, if all rows have a probability for each and all real classes are among them.
fn check_probabilities(real: &[usize], probabilities: &[Vec<f64>]) -> Result<usize, Error> {
    check(real.len(), probabilities.len())?;
    let class_count = probabilities.first().map_or(0, Vec::len);
    let fits = |(real, row): (&usize, &Vec<f64>)| {
        row.len() == class_count
            && *real < class_count
            && row.iter().all(|probability| (0.0..=1.0).contains(probability))
    };
    if real.iter().zip(probabilities).all(fits) {
        return Ok(class_count);
    }
    Err(Error::Scoring(format!(
        "every row needs {class_count} probabilities from 0 to 1, and a class below that"
    )))
}

#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

#[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
fn count(rows: usize) -> f64 {
    rows as f64
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    const REAL: [usize; 8] = [0, 1, 2, 2, 1, 0, 2, 1];

    #[test]
    fn scores_of_classes_are_scikit_learns() {
        // scikit-learn 1.9.1: accuracy_score, f1_score(average="macro"), f1_score(average="weighted")
        let predicted = [0, 2, 2, 2, 1, 0, 1, 1];
        assert_abs_diff_eq!(accuracy(&REAL, &predicted).unwrap(), 0.75);
        assert_abs_diff_eq!(
            f1(&REAL, &predicted, 3, Average::Macro).unwrap(),
            0.777_777_777_777_777_7,
            epsilon = 1e-12
        );
        assert_abs_diff_eq!(f1(&REAL, &predicted, 3, Average::Weighted).unwrap(), 0.75, epsilon = 1e-12);
        assert_eq!(
            confusion_matrix(&REAL, &predicted, 3).unwrap(),
            [vec![2, 0, 0], vec![0, 2, 1], vec![0, 1, 2]]
        );
        // A class that nobody has or predicts changes nothing.
        assert_abs_diff_eq!(
            f1(&REAL, &predicted, 4, Average::Macro).unwrap(),
            0.777_777_777_777_777_7,
            epsilon = 1e-12
        );
    }

    #[test]
    fn scores_of_two_classes_are_scikit_learns() {
        // scikit-learn 1.9.1: roc_auc_score(y, s), log_loss(y, s), brier_score_loss(y, s), roc_curve(y, s,
        // drop_intermediate=False)
        let scores = [0.1, 0.4, 0.35, 0.8, 0.4, 0.2, 0.9];
        let is_positive = [false, false, true, true, true, false, true];
        assert_abs_diff_eq!(roc_auc(&is_positive, &scores).unwrap(), 0.875, epsilon = 1e-12);
        let real: Vec<usize> = is_positive.iter().map(|is_positive| usize::from(*is_positive)).collect();
        let rows: Vec<Vec<f64>> = scores.iter().map(|score| vec![1.0 - score, *score]).collect();
        assert_abs_diff_eq!(log_loss(&real, &rows).unwrap(), 0.447_706_659_154_699_37, epsilon = 1e-12);
        assert_abs_diff_eq!(brier(&real, &rows).unwrap() / 2.0, 0.148_928_571_428_571_44, epsilon = 1e-12);
        let curve = threshold_curve(&is_positive, &scores).unwrap();
        let rates: Vec<f64> = curve.iter().map(|point| point.true_positive_rate).collect();
        assert_eq!(rates, [0.0, 0.25, 0.5, 0.75, 1.0, 1.0, 1.0]);
        let precisions: Vec<f64> = curve.iter().map(|point| point.precision).collect();
        assert_eq!(precisions, [1.0, 1.0, 1.0, 0.75, 0.8, 4.0 / 6.0, 4.0 / 7.0]);
    }

    #[test]
    fn scores_of_three_classes_are_scikit_learns() {
        // scikit-learn 1.9.1: roc_auc_score(y, p, multi_class="ovr", average="macro"), log_loss(y, p),
        // brier_score_loss(y, p, scale_by_half=False)
        let rows = [
            [0.7, 0.2, 0.1],
            [0.2, 0.5, 0.3],
            [0.1, 0.2, 0.7],
            [0.3, 0.3, 0.4],
            [0.25, 0.5, 0.25],
            [0.6, 0.3, 0.1],
            [0.2, 0.6, 0.2],
            [0.1, 0.8, 0.1],
        ]
        .map(Vec::from);
        assert_abs_diff_eq!(
            roc_auc_one_vs_rest(&REAL, &rows).unwrap(),
            0.911_111_111_111_111_1,
            epsilon = 1e-12
        );
        assert_abs_diff_eq!(log_loss(&REAL, &rows).unwrap(), 0.669_917_758_548_226_4, epsilon = 1e-12);
        assert_abs_diff_eq!(brier(&REAL, &rows).unwrap(), 0.366_875, epsilon = 1e-12);
    }

    #[test]
    fn what_cannot_be_scored_is_told() {
        let problem = |outcome: Result<f64, Error>| outcome.unwrap_err().to_string();
        assert!(problem(accuracy(&[], &[])).contains("no rows"));
        assert!(problem(accuracy(&[0], &[0, 1])).contains("2 predictions"));
        assert!(problem(f1(&[0, 5], &[0, 0], 2, Average::Macro)).contains("only 2 classes"));
        assert!(problem(roc_auc(&[true, true], &[0.1, 0.2])).contains("same class"));
        assert!(problem(roc_auc(&[true, false], &[0.1, f64::NAN])).contains("not a number"));
        assert!(problem(log_loss(&[2], &[vec![0.5, 0.5]])).contains("2 probabilities"));
        assert!(problem(brier(&[0], &[vec![f64::NAN, 0.5]])).contains("2 probabilities"));
    }
}
