//! Splits and encodes a table.

use std::borrow::Cow;
use std::sync::Arc;

use linfa::DatasetBase;
use ndarray::Array1;
use types::TrainingSpec;

use super::{EncodedRows, Prepared};
use crate::Error;
use crate::preprocess::{Encoder, Scale};
use crate::split::split;
use crate::table::{Table, Values, tidy};

/// Splits and encodes the table; learns the encoding from the training rows only.
///
/// # Errors
///
/// Says what is wrong with the target, the split, the parameters or a column; all of it is about input.
pub fn prepare(spec: &TrainingSpec, table: &Table) -> Result<Prepared, Error> {
    // Wrong parameters are told before any work is done.
    spec.algorithm.check()?;
    let name = tidy(&spec.target);
    let place = table.typed_columns().iter().position(|column| column.name == name).ok_or_else(|| {
        let columns = table.columns().into_iter().map(str::to_owned).collect();
        Error::NoTarget { target: spec.target.clone(), columns }
    })?;
    let targets = targets(table, place)?;
    if let Some(row) = targets.iter().position(|target| !spec.transform.takes(*target)) {
        return Err(Error::TargetOffScale {
            target: name.into_owned(),
            value: targets[row],
            line: table.line(row),
            transform: spec.transform.as_str(),
        });
    }
    let rows = split(&spec.split, table)?;
    let pick = |rows: &[u32]| -> Array1<f64> { rows.iter().map(|row| targets[*row as usize]).collect() };
    let (train_targets, test_targets) = (pick(&rows.train), pick(&rows.test));
    if train_targets.iter().all(|target| target.total_cmp(&train_targets[0]).is_eq()) {
        return Err(Error::ConstantTarget { target: name.into_owned(), value: train_targets[0] });
    }
    let features = features(spec, table, place)?;
    let encoder = Encoder::fit(table, &features, &rows.train)?;
    let encoded = EncodedRows {
        target: name.into_owned(),
        train: DatasetBase::new(encoder.records(table, &features, &rows.train), train_targets),
        test_records: encoder.records(table, &features, &rows.test),
        test_targets,
        encoder,
        numbers: rows,
    };
    Ok(Prepared { algorithm: spec.algorithm.clone(), transform: spec.transform, rows: Arc::new(encoded) })
}

/// The column at `place` as numbers, none of them missing.
fn targets(table: &Table, place: usize) -> Result<&[f64], Error> {
    let column = &table.typed_columns()[place];
    let target = column.name.clone();
    match &column.values {
        Values::Texts { codes, levels } => {
            // The first cell that is no number explains the kind best; text columns have one unless commas were at fault.
            let is_text = |text: &String| text.parse::<f64>().is_err();
            let code = levels.iter().position(is_text).unwrap_or_default();
            let row = codes.iter().position(|other| *other as usize == code).unwrap_or_default();
            let example = levels.get(code).map(|text| text.chars().take(40).collect()).unwrap_or_default();
            Err(Error::TextTarget { target, example, line: table.line(row) })
        }
        Values::Numbers(numbers) => match numbers.iter().position(|number| number.is_nan()) {
            None => Ok(numbers),
            Some(first) => {
                let count = numbers.iter().filter(|number| number.is_nan()).count();
                Err(Error::MissingTarget { target, count, line: table.line(first) })
            }
        },
    }
}

/// Places of the columns that are learnt from: all but the target and the excluded ones.
fn features(spec: &TrainingSpec, table: &Table, target: usize) -> Result<Vec<usize>, Error> {
    let excluded: Vec<Cow<'_, str>> = spec.excluded.iter().map(|name| tidy(name)).collect();
    let columns = table.typed_columns();
    if let Some(unknown) = excluded.iter().find(|name| !columns.iter().any(|column| column.name == **name)) {
        return Err(Error::NoColumn { column: unknown.clone().into_owned() });
    }
    let is_learnt =
        |place: &usize| *place != target && !excluded.iter().any(|name| *name == columns[*place].name);
    let features: Vec<usize> = (0..columns.len()).filter(is_learnt).collect();
    if features.is_empty() {
        return Err(Error::NoFeatures { target: columns[target].name.clone() });
    }
    Ok(features)
}
