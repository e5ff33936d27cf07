//! The column that is predicted, as numbers.

use std::borrow::Cow;

use types::{Task, TrainingSpec};

use crate::Error;
use crate::table::{NO_TEXT, Table, Values, tidy};

/// Most classes; more are hardly classes.
const CLASSES_MAX: usize = 100;

/// Targets of all rows of a table.
pub(super) struct Target<'a> {
    /// Numbers, or places in `classes`; none is missing.
    pub(super) values: Cow<'a, [f64]>,
    /// Different values of the column as texts, numbers by size and texts by alphabet; empty where numbers are predicted.
    pub(super) classes: Vec<String>,
}

/// The class that a target stands for.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "classes are small whole numbers"
)]
pub(crate) fn class(target: f64) -> usize {
    target as usize
}

#[expect(clippy::cast_precision_loss, reason = "there are few classes")]
fn target(class: usize) -> f64 {
    class as f64
}

impl<'a> Target<'a> {
    /// Reads the column at `place`; texts are classes unless told otherwise, numbers only if told so.
    pub(super) fn read(table: &'a Table, place: usize, task: Option<Task>) -> Result<Self, Error> {
        match (&table.typed_columns()[place].values, task) {
            (Values::Numbers(numbers), None | Some(Task::Regression)) => {
                check_missing(table, place, |row| numbers[row].is_nan())?;
                Ok(Self { values: Cow::Borrowed(numbers), classes: Vec::new() })
            }
            (Values::Numbers(numbers), Some(Task::Classification)) => {
                check_missing(table, place, |row| numbers[row].is_nan())?;
                let mut different = numbers.clone();
                different.sort_unstable_by(f64::total_cmp);
                different.dedup();
                check_count(table, place, different.len())?;
                let code = |number: &f64| different.partition_point(|other| other < number);
                let values = numbers.iter().map(|number| target(code(number))).collect();
                Ok(Self { values, classes: different.iter().map(f64::to_string).collect() })
            }
            (Values::Texts { codes, levels }, None | Some(Task::Classification)) => {
                check_missing(table, place, |row| codes[row] == NO_TEXT)?;
                check_count(table, place, levels.len())?;
                let mut classes = levels.clone();
                classes.sort_unstable();
                let known: Vec<f64> = levels
                    .iter()
                    .map(|level| target(classes.partition_point(|class| class < level)))
                    .collect();
                Ok(Self { values: codes.iter().map(|code| known[*code as usize]).collect(), classes })
            }
            (Values::Texts { codes, levels }, Some(Task::Regression)) => {
                // The first cell that is no number explains best; text columns have one unless commas were at fault.
                let is_text = |text: &String| text.parse::<f64>().is_err();
                let code = levels.iter().position(is_text).unwrap_or_default();
                let row = codes.iter().position(|other| *other as usize == code).unwrap_or_default();
                let example =
                    levels.get(code).map(|text| text.chars().take(40).collect()).unwrap_or_default();
                Err(Error::TextTarget { target: name(table, place), example, line: table.line(row) })
            }
        }
    }
}

/// The class of each row of the table, if the task is about classes.
pub(crate) fn class_column(spec: &TrainingSpec, table: &Table) -> Result<Option<Vec<usize>>, Error> {
    let name = tidy(&spec.target);
    let Some(place) = table.typed_columns().iter().position(|column| column.name == name) else {
        // What is wrong is told where rows are prepared.
        return Ok(None);
    };
    let target = Target::read(table, place, spec.task.or(spec.algorithm.only_task()))?;
    Ok((!target.classes.is_empty()).then(|| target.values.iter().map(|value| class(*value)).collect()))
}

fn name(table: &Table, place: usize) -> String {
    table.typed_columns()[place].name.clone()
}

fn check_missing(table: &Table, place: usize, is_missing: impl Fn(usize) -> bool) -> Result<(), Error> {
    let mut missing = (0..table.row_count()).filter(|row| is_missing(*row));
    let Some(first) = missing.next() else { return Ok(()) };
    let count = 1 + missing.count();
    Err(Error::MissingTarget { target: name(table, place), count, line: table.line(first) })
}

fn check_count(table: &Table, place: usize, count: usize) -> Result<(), Error> {
    if count <= CLASSES_MAX {
        return Ok(());
    }
    Err(Error::ManyClasses { target: name(table, place), count, limit: CLASSES_MAX })
}
