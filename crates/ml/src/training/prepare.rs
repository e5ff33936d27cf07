//! Splits and encodes a table.

use std::borrow::Cow;
use std::sync::Arc;

use linfa::DatasetBase;
use ndarray::{Array1, Array2};
use types::{Algorithm, TargetTransform, Task, TrainingSpec};

use super::target::Target;
use super::{EncodedRows, Prepared};
use crate::Error;
use crate::preprocess::{Encoder, Scale};
use crate::split::split;
use crate::table::{Column, Table, Values, tidy};

/// Splits and encodes the table; learns the encoding from the training rows only.
///
/// # Errors
///
/// Says what is wrong with the target, the split, the parameters or a column; all of it is about input.
pub fn prepare(spec: &TrainingSpec, table: &Table) -> Result<Prepared, Error> {
    // Wrong parameters are told before any work is done.
    spec.algorithm.check()?;
    let place = target_place(spec, table)?;
    let column = &table.typed_columns()[place];
    let Target { values: targets, classes } =
        Target::read(table, place, spec.task.or(spec.algorithm.only_task()))?;
    check_task(&spec.algorithm, spec.transform, &classes)?;
    if classes.is_empty()
        && let Some(row) = targets.iter().position(|target| !spec.transform.takes(*target))
    {
        return Err(Error::TargetOffScale {
            target: column.name.clone(),
            value: targets[row],
            line: table.line(row),
            transform: spec.transform.as_str(),
        });
    }
    let rows = split(&spec.split, table)?;
    let pick = |rows: &[u32]| -> Array1<f64> { rows.iter().map(|row| targets[*row as usize]).collect() };
    let (train_targets, test_targets) = (pick(&rows.train), pick(&rows.test));
    if train_targets.iter().all(|target| target.total_cmp(&train_targets[0]).is_eq()) {
        return Err(constant(&column.name, train_targets[0], &classes));
    }
    let weights = spec.weight.as_deref().map(|name| weights(name, table)).transpose()?;
    let weigh = |rows: &[u32], kind| {
        weights.as_ref().map(|(column, weights)| picked(weights, rows, column, kind)).transpose()
    };
    let (train_weights, test_weights) = (weigh(&rows.train, "training")?, weigh(&rows.test, "test")?);
    if train_weights.is_some() {
        check_weighing(&spec.algorithm)?;
    }
    let features = features(spec, table, place)?;
    let encoder = Encoder::fit(table, &features, &rows.train)?;
    let train: DatasetBase<Array2<f64>, Array1<f64>> =
        DatasetBase::new(encoder.records(table, &features, &rows.train), train_targets);
    let encoded = EncodedRows {
        target: column.name.clone(),
        classes,
        train: match train_weights {
            Some(weights) => train.with_weights(weights),
            None => train,
        },
        test_records: encoder.records(table, &features, &rows.test),
        test_targets,
        test_weights,
        encoder,
        numbers: rows,
    };
    Ok(Prepared { algorithm: spec.algorithm.clone(), transform: spec.transform, rows: Arc::new(encoded) })
}

/// Refuses a family that does not do the task, and a scale for classes; there are classes, or none for numbers.
pub(super) fn check_task(
    algorithm: &Algorithm,
    transform: TargetTransform,
    classes: &[String],
) -> Result<(), Error> {
    let task = if classes.is_empty() { Task::Regression } else { Task::Classification };
    if !algorithm.does(task) {
        let does = |name: &&&str| {
            Algorithm::from_params(name, &std::collections::BTreeMap::new())
                .is_ok_and(|other| other.does(task))
        };
        let others = Algorithm::NAMES.iter().filter(does).map(|name| (*name).to_owned()).collect();
        return Err(Error::WrongTask { family: algorithm.name(), task: task.as_str(), others });
    }
    if task == Task::Classification && transform != TargetTransform::None {
        return Err(Error::ClassTransform { transform: transform.as_str() });
    }
    Ok(())
}

/// Refuses a family that cannot weigh rows.
pub(super) fn check_weighing(algorithm: &Algorithm) -> Result<(), Error> {
    match algorithm {
        Algorithm::Linear(_) | Algorithm::Logistic(_) | Algorithm::Knn(_) => {
            Err(Error::UnweighedFamily { family: algorithm.name() })
        }
        _ => Ok(()),
    }
}

fn constant(target: &str, value: f64, classes: &[String]) -> Error {
    let target = target.to_owned();
    match classes.get(super::target::class(value)) {
        Some(class) => Error::OneClass { target, class: class.clone() },
        None => Error::ConstantTarget { target, value },
    }
}

fn target_place(spec: &TrainingSpec, table: &Table) -> Result<usize, Error> {
    let name = tidy(&spec.target);
    table.typed_columns().iter().position(|column| column.name == name).ok_or_else(|| {
        let columns = table.columns().into_iter().map(str::to_owned).collect();
        Error::NoTarget { target: spec.target.clone(), columns }
    })
}

fn column<'a>(name: &str, table: &'a Table) -> Result<&'a Column, Error> {
    let name = tidy(name);
    let column = table.typed_columns().iter().find(|column| column.name == name);
    column.ok_or_else(|| Error::NoColumn { column: name.into_owned() })
}

/// The name of a column with how much each row counts.
fn weights<'a>(name: &str, table: &'a Table) -> Result<(&'a str, &'a [f64]), Error> {
    let column = column(name, table)?;
    let unusable = |problem: String, row: usize| Error::UnusableWeight {
        column: column.name.clone(),
        problem,
        line: table.line(row),
    };
    let Values::Numbers(numbers) = &column.values else {
        return Err(unusable("holds text".to_owned(), 0));
    };
    match numbers.iter().position(|weight| weight.is_nan() || *weight < 0.0 || *weight > f32::MAX.into()) {
        Some(row) if numbers[row].is_nan() => Err(unusable("is empty".to_owned(), row)),
        Some(row) => Err(unusable(format!("is {}", numbers[row]), row)),
        None => Ok((&column.name, numbers)),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "seven digits are enough for what a row counts")]
fn picked(weights: &[f64], rows: &[u32], column: &str, kind: &'static str) -> Result<Array1<f32>, Error> {
    let picked: Array1<f32> = rows.iter().map(|row| weights[*row as usize] as f32).collect();
    if picked.iter().all(|weight| *weight <= 0.0) {
        return Err(Error::NoWeight { column: column.to_owned(), rows: kind });
    }
    Ok(picked)
}

/// Places of the columns that are learnt from: all but the target, the weight and the excluded ones.
fn features(spec: &TrainingSpec, table: &Table, target: usize) -> Result<Vec<usize>, Error> {
    let excluded: Vec<Cow<'_, str>> =
        spec.excluded.iter().chain(&spec.weight).map(|name| tidy(name)).collect();
    for name in &excluded {
        column(name, table)?;
    }
    let columns = table.typed_columns();
    let is_learnt =
        |place: &usize| *place != target && !excluded.iter().any(|name| *name == columns[*place].name);
    let features: Vec<usize> = (0..columns.len()).filter(is_learnt).collect();
    if features.is_empty() {
        return Err(Error::NoFeatures { target: columns[target].name.clone() });
    }
    Ok(features)
}
