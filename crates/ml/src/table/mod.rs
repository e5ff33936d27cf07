//! A table with typed columns, as it was read.

mod number;
mod profile;
mod reader;

use std::borrow::Cow;

use types::{ColumnKind, ColumnProfile};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::Error;

pub(crate) use number::MAGNITUDE_MAX;

/// Code of a missing text.
pub(crate) const NO_TEXT: u32 = u32::MAX;

/// Rows of typed cells under named columns.
///
/// Whole and decimal numbers are kept as doubles, texts as codes into the list of different texts of their column.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
    /// Line of the file where each row begins, from 1.
    lines: Vec<u32>,
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: ColumnKind,
    pub(crate) values: Values,
}

/// The cells of a column, one for each row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Values {
    /// Numbers; NaN where the cell is empty, never otherwise.
    Numbers(Vec<f64>),
    /// Texts.
    Texts {
        /// For each row the place of its text in `levels`, or [`NO_TEXT`].
        codes: Vec<u32>,
        /// Different texts in the order of their first occurrence.
        levels: Vec<String>,
    },
}

/// One value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// A number.
    Number(f64),
    /// A text.
    Text(&'a str),
    /// Nothing.
    Missing,
}

impl Table {
    /// Reads comma-separated values: a header line, then one line for each row.
    ///
    /// The text is UTF-8, with or without a byte-order mark. Cells are separated by `,` or `;`, whichever the header has
    /// more of, and quoted as in RFC 4180. An empty cell is missing. A column whose cells are all numbers holds numbers;
    /// in tables with `;` they may be written with a decimal comma. Names and texts lose spaces at their ends and
    /// are brought into Unicode's composed form.
    ///
    /// # Errors
    ///
    /// Says what is wrong, with the line and the column where there are such.
    pub fn from_csv(bytes: &[u8]) -> Result<Self, Error> {
        reader::read(bytes)
    }

    /// Number of data rows, at least 1.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.lines.len()
    }

    /// Names of the columns in the file's order, at least one.
    #[must_use]
    pub fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(|column| column.name.as_str()).collect()
    }

    /// What each column holds, over all rows.
    #[must_use]
    pub fn profile(&self) -> Vec<ColumnProfile> {
        self.columns.iter().map(|column| column.profile(0..self.row_count())).collect()
    }

    /// The cell in `row` of `column`, both counted from 0; `None` outside the table.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> Option<Cell<'_>> {
        Some(match &self.columns.get(column)?.values {
            Values::Numbers(numbers) => match *numbers.get(row)? {
                number if number.is_nan() => Cell::Missing,
                number => Cell::Number(number),
            },
            Values::Texts { codes, levels } => {
                let code = *codes.get(row)?;
                levels.get(code as usize).map_or(Cell::Missing, |text| Cell::Text(text))
            }
        })
    }

    pub(crate) fn typed_columns(&self) -> &[Column] {
        &self.columns
    }

    /// Line of the file where `row` begins.
    pub(crate) fn line(&self, row: usize) -> u64 {
        self.lines.get(row).copied().unwrap_or_default().into()
    }
}

/// A text as tables and models keep it: without spaces at the ends, in Unicode's composed form.
pub(crate) fn tidy(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        _ => Cow::Owned(text.nfc().collect()),
    }
}

#[cfg(test)]
mod tests;
