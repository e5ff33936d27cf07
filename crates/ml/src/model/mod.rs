//! A fitted model: what it learnt about rows, and how it answers.

mod answer;
mod blend;
mod classifier;
mod file;
mod profile;

use std::borrow::Cow;
use std::collections::BTreeMap;

use ndarray::{Array1, Array2, aview1};
use serde::{Deserialize, Serialize};
use types::{Algorithm, ColumnProfile, TargetTransform, Task};

use crate::Error;
use crate::algorithms::{GradientBoosting, Knn, Linear, Penalised, RandomForest};
use crate::evaluate::CrossValidated;
use crate::preprocess::{Encoder, Scale};
use crate::ranges::Ranges;
use crate::table::Cell;
pub use answer::Answer;
pub(crate) use answer::likeliest;
pub(crate) use blend::{Blend, BlendMember};
pub(crate) use classifier::Classifier;
use linfa::traits::Predict;

/// A column that the model learnt from.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// Name in the table's header.
    pub name: String,
    /// What the training rows hold.
    pub profile: ColumnProfile,
    /// Middle of the training rows' numbers, which stands in for a missing one; absent for text.
    pub median: Option<f64>,
    /// The numbers at [`QUANTILES`] of the training rows that have one, ascending; empty for text and in models of programs
    /// that did not keep them.
    pub quantiles: Vec<f64>,
    /// Unit of the numbers, such as `km`, if the table's owner told it.
    pub unit: Option<String>,
}

/// Shares of the rows at which [`Feature::quantiles`] are taken.
pub const QUANTILES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/// A fitted model with all it needs to answer for a row of cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    algorithm: Algorithm,
    target: String,
    /// Names of the classes, ascending; empty where numbers are predicted.
    classes: Vec<String>,
    transform: TargetTransform,
    encoder: Encoder,
    fitted: Fitted,
    ranges: Option<Ranges>,
}

/// What the algorithm learnt; its predictions are on the transformed scale of the target, or numbers of classes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Fitted {
    Linear(Linear),
    Penalised(Penalised),
    Knn(Knn),
    RandomForest(RandomForest),
    GradientBoosting(GradientBoosting),
    Blend(Blend),
    /// Tells classes; only this one does.
    Classifier(Classifier),
}

impl Fitted {
    /// Whether rows may hold NaN; others have it imputed.
    pub(crate) fn takes_missing(&self) -> bool {
        match self {
            Self::GradientBoosting(_) | Self::Blend(_) => true,
            Self::Classifier(classifier) => classifier.takes_missing(),
            _ => false,
        }
    }

    pub(crate) fn predict_row(&self, row: &[f64]) -> f64 {
        match self {
            Self::Linear(linear) => linear.predict_row(aview1(row)),
            Self::Penalised(penalised) => penalised.predict_row(aview1(row)),
            Self::Knn(knn) => knn.predict_row(aview1(row)),
            Self::RandomForest(forest) => forest.predict_row(row),
            Self::GradientBoosting(boosting) => boosting.predict_row(row),
            Self::Blend(blend) => blend.predict_row(row),
            // Asked for its probabilities instead.
            Self::Classifier(_) => f64::NAN,
        }
    }

    fn predict(&self, records: &Array2<f64>) -> Array1<f64> {
        match self {
            Self::Linear(linear) => linear.predict(records.view()),
            Self::Penalised(penalised) => penalised.predict(records.view()),
            Self::Knn(knn) => knn.predict(records.view()),
            Self::RandomForest(forest) => forest.predict(records),
            Self::GradientBoosting(boosting) => boosting.predict(records),
            Self::Blend(blend) => blend.predict(records),
            Self::Classifier(_) => Array1::from_elem(records.nrows(), f64::NAN),
        }
    }

    fn importance(&self) -> Cow<'_, [f64]> {
        Cow::Borrowed(match self {
            Self::Linear(linear) => linear.importance(),
            Self::Penalised(penalised) => penalised.importance(),
            Self::Knn(knn) => knn.importance(),
            Self::RandomForest(forest) => forest.importance(),
            Self::GradientBoosting(boosting) => boosting.importance(),
            Self::Blend(blend) => blend.importance(),
            Self::Classifier(classifier) => return Cow::Owned(classifier.importance()),
        })
    }

    /// Whether what was decoded can predict rows of `feature_count` features, and `class_count` classes or 0 for numbers,
    /// without looping or reaching outside.
    fn is_sound(&self, feature_count: usize, class_count: usize) -> bool {
        if matches!(self, Self::Classifier(_)) != (class_count > 0) {
            return false;
        }
        match self {
            Self::Linear(linear) => linear.is_sound() && linear.feature_count() == feature_count,
            Self::Penalised(penalised) => penalised.is_sound(feature_count),
            Self::Knn(knn) => knn.is_sound(feature_count),
            Self::RandomForest(forest) => forest.is_sound(feature_count),
            Self::GradientBoosting(boosting) => boosting.is_sound(feature_count),
            Self::Blend(blend) => blend.is_sound(feature_count),
            Self::Classifier(classifier) => classifier.is_sound(feature_count, class_count),
        }
    }
}

impl Model {
    pub(crate) fn new(
        algorithm: Algorithm,
        target: String,
        classes: Vec<String>,
        transform: TargetTransform,
        encoder: Encoder,
        fitted: Fitted,
    ) -> Self {
        Self { algorithm, target, classes, transform, encoder, fitted, ranges: None }
    }

    /// The same model with ranges that a cross-validation of its kind on its training rows has shown to hold.
    #[must_use]
    pub fn with_ranges(mut self, measured: &CrossValidated) -> Self {
        let ranges = Ranges::fit(&measured.rows);
        self.ranges = ranges.map(|ranges| ranges.narrowed(measured.size_correction));
        self
    }

    /// The same model with units of its columns, by name.
    #[must_use]
    pub fn with_units(mut self, units: &BTreeMap<String, String>) -> Self {
        self.encoder.set_units(units);
        self
    }

    pub(crate) fn into_fitted(self) -> Fitted {
        self.fitted
    }

    /// Scale on which the target was learnt.
    #[must_use]
    pub fn transform(&self) -> TargetTransform {
        self.transform
    }

    /// Name of the class in scikit-learn, such as `RandomForestRegressor`.
    #[must_use]
    pub fn estimator(&self) -> &str {
        self.algorithm.estimator(self.task())
    }

    /// Whether it predicts numbers or classes.
    #[must_use]
    pub fn task(&self) -> Task {
        if self.classes.is_empty() { Task::Regression } else { Task::Classification }
    }

    /// Names of the classes, in the order of their probabilities: texts by alphabet, numbers by size. None for a model of
    /// numbers. Of two, the second counts as the positive one.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Family and parameters with which it was fitted.
    #[must_use]
    pub fn algorithm(&self) -> &Algorithm {
        &self.algorithm
    }

    /// The columns it learnt from, in the order in which [`predict_row`](Self::predict_row) takes them.
    #[must_use]
    pub fn features(&self) -> &[Feature] {
        self.encoder.features()
    }

    /// Name of the column that it predicts.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The prediction, in units of the target, for one cell for each of [`features`](Self::features). A model of classes gives
    /// a number for its explanations: the probability of the second of two classes, or of the last of more; ask
    /// [`answer`](Self::answer) for the class.
    ///
    /// Never fails: cells that are absent count as missing, and numbers beyond ±1e150 as those. What missing and unknown
    /// cells mean is told on the front page of this crate.
    #[must_use]
    pub fn predict_row(&self, cells: &[Cell<'_>]) -> f64 {
        let row = self.encoded(cells);
        self.predict_encoded(&row)
    }

    /// The prediction for one row as the family takes it.
    pub(crate) fn predict_encoded(&self, row: &[f64]) -> f64 {
        match &self.fitted {
            Fitted::Classifier(classifier) => {
                classifier.probabilities(row, self.classes.len()).pop().unwrap_or_default()
            }
            fitted => self.transform.undo(fitted.predict_row(row)),
        }
    }

    /// By what studies that ask for very many predictions divide the number of their rows.
    pub(crate) fn slowness(&self) -> usize {
        let asks_neighbours = match &self.fitted {
            Fitted::Knn(_) => true,
            Fitted::Blend(blend) => {
                blend.members().iter().any(|member| matches!(member.fitted, Fitted::Knn(_)))
            }
            _ => false,
        };
        if asks_neighbours { 10 } else { 1 }
    }

    /// One row as the family takes it.
    pub(crate) fn encoded(&self, cells: &[Cell<'_>]) -> Vec<f64> {
        let mut row = self.encoder.row(cells);
        if !self.fitted.takes_missing() {
            self.encoder.impute(&mut row);
        }
        row
    }

    pub(crate) fn fitted(&self) -> &Fitted {
        &self.fitted
    }

    /// The range `(low, high)` around a prediction in which the real value lies with probability `coverage`, 0.5 to 0.99;
    /// `None` if the model was not calibrated.
    #[must_use]
    pub fn range(&self, prediction: f64, coverage: f64) -> Option<(f64, f64)> {
        self.ranges.as_ref().map(|ranges| ranges.range(prediction, coverage))
    }

    /// What [`range`](Self::range) answers from.
    #[must_use]
    pub fn ranges(&self) -> Option<&Ranges> {
        self.ranges.as_ref()
    }

    /// Predictions for encoded rows; as [`predict_row`](Self::predict_row) for classes.
    pub(crate) fn predict(&self, records: &Array2<f64>) -> Array1<f64> {
        if let Some(probabilities) = self.probabilities(records) {
            return probabilities.column(self.classes.len() - 1).to_owned();
        }
        let mut predictions = if self.fitted.takes_missing() {
            self.fitted.predict(records)
        } else {
            self.fitted.predict(&self.encoder.imputed(records))
        };
        predictions.mapv_inplace(|prediction| self.transform.undo(prediction));
        predictions
    }

    /// Probabilities for encoded rows, of shape `(rows, classes)`; `None` for a model of numbers.
    pub(crate) fn probabilities(&self, records: &Array2<f64>) -> Option<Array2<f64>> {
        let Fitted::Classifier(classifier) = &self.fitted else { return None };
        Some(if classifier.takes_missing() {
            classifier.all_probabilities(records, self.classes.len())
        } else {
            classifier.all_probabilities(&self.encoder.imputed(records), self.classes.len())
        })
    }

    /// How much each feature matters: shares that add up to 1, the largest first.
    ///
    /// For a forest, the decrease in squared error that the feature's splits brought; for a line, the size of the standardised
    /// coefficient (for a text, the standard deviation of its effects); for classes, that of impurity or of log-odds.
    #[must_use]
    pub fn importance(&self) -> Vec<(String, f64)> {
        let weights = self.fitted.importance();
        let total: f64 = weights.iter().sum();
        let share = |weight: f64| if total > 0.0 { weight / total } else { 0.0 };
        let names = self.features().iter().map(|feature| feature.name.clone());
        let mut importance: Vec<_> = names.zip(weights.iter().map(|weight| share(*weight))).collect();
        importance.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        importance
    }

    pub(crate) fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// The model as the bytes of a file.
    ///
    /// # Errors
    ///
    /// [`Error::Writing`], which would be a mistake of ours.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        file::write(self)
    }

    /// The model in the bytes of a file; whatever the bytes are, this neither panics nor takes more memory than a
    /// small multiple of their length.
    ///
    /// # Errors
    ///
    /// [`Error::NotAModel`], [`Error::ModelVersion`] or [`Error::ModelDamaged`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        file::read(bytes)
    }
}
