//! All that is worth knowing about a model beyond its scores.

use types::{ColumnErrors, Evaluation, ResponseRule};

use super::{permutation_importance, responses};
use crate::evaluate::{Report, segment_errors};
use crate::{Error, Model, Prepared, Progress, Table};

/// How often each feature is shuffled.
const REPEATS: u32 = 3;
/// Seed of the shuffles.
const SEED: u64 = 42;

/// Looks into a model that `report` has measured: what it needs, where it errs, how it answers to each feature and whether
/// that keeps `rules`. Takes some hundred thousand predictions, whatever the number of rows.
///
/// # Errors
///
/// [`Error::Mismatch`] if the model was fitted from other rows or another table, [`Error::Cancelled`].
pub fn study(
    model: &Model,
    prepared: &Prepared,
    table: &Table,
    report: &Report,
    rules: &[ResponseRule],
    progress: &dyn Progress,
) -> Result<Evaluation, Error> {
    let segments = model.features().iter().map(|feature| {
        let segments = segment_errors(table, &feature.name, &report.test_rows)?;
        Ok::<_, Error>(ColumnErrors { column: feature.name.clone(), segments })
    });
    let segments = segments.collect::<Result<Vec<_>, _>>()?;
    let (curves, findings) = responses(model, prepared, rules, progress)?;
    let importance = permutation_importance(model, prepared, REPEATS, SEED)?;
    Ok(Evaluation {
        target: model.target().to_owned(),
        test_rows: report.test_rows.len() as u64,
        importance,
        segments,
        curves,
        findings,
        calibration: report.calibration.clone(),
    })
}
