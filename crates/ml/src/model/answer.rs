//! What a model says about rows, whatever it predicts.

use ndarray::Array2;

use super::{Fitted, Model};
use crate::table::Cell;

/// What a model says about a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A number in units of the target.
    Number(f64),
    /// A class.
    Class {
        /// Place of the likeliest class in [`Model::classes`]; the first of equally likely ones.
        class: usize,
        /// The probability of each class, in that order; they add up to 1.
        probabilities: Vec<f64>,
    },
}

impl Answer {
    fn of_probabilities(probabilities: Vec<f64>) -> Self {
        Self::Class { class: likeliest(&probabilities), probabilities }
    }
}

/// The place of the highest probability; the first of equal ones.
pub(crate) fn likeliest(probabilities: &[f64]) -> usize {
    let mut best = 0;
    for (place, probability) in probabilities.iter().enumerate() {
        if *probability > probabilities[best] {
            best = place;
        }
    }
    best
}

impl Model {
    /// The answer for one cell for each of [`features`](Self::features); never fails, see
    /// [`predict_row`](Self::predict_row).
    #[must_use]
    pub fn answer(&self, cells: &[Cell<'_>]) -> Answer {
        let row = self.encoded(cells);
        match &self.fitted {
            Fitted::Classifier(classifier) => {
                Answer::of_probabilities(classifier.probabilities(&row, self.classes.len()))
            }
            _ => Answer::Number(self.predict_encoded(&row)),
        }
    }

    /// The answers for many rows at once, which is quicker than one after the other; the same bits as
    /// [`answer`](Self::answer) gives.
    #[must_use]
    pub fn answers<'a>(&self, rows: impl IntoIterator<Item = &'a [Cell<'a>]>) -> Vec<Answer> {
        let width = self.features().len();
        let mut cells = Vec::new();
        for row in rows {
            cells.extend(self.encoder.row(row));
        }
        let count = cells.len() / width.max(1);
        // The shape fits: every encoded row has one number for each feature.
        let records = Array2::from_shape_vec((count, width), cells).unwrap_or_default();
        match self.probabilities(&records) {
            Some(probabilities) => {
                probabilities.rows().into_iter().map(|row| Answer::of_probabilities(row.to_vec())).collect()
            }
            None => self.predict(&records).into_iter().map(Answer::Number).collect(),
        }
    }
}
