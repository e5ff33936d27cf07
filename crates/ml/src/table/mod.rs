//! A table with typed columns, as it was read.

mod dialect;
mod encoding;
mod number;
mod parquet_file;
mod profile;
mod reader;
mod records;

use std::borrow::Cow;
use std::io::{self, Read};

use types::{ColumnKind, ColumnProfile, TableFormat};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::Error;

pub(crate) use number::{MAGNITUDE_MAX, is_number};

/// Most columns of a table.
const COLUMNS_MAX: usize = 2_000;
/// Most rows of a table.
const ROWS_MAX: usize = 5_000_000;
/// Most cells of a table; each takes up to eight bytes, so this is 800 MB.
const CELLS_MAX: usize = 100_000_000;
/// Longest cell, in bytes.
const CELL_MAX: usize = 64 * 1024;
/// Longest name of a column, in bytes.
const NAME_MAX: usize = 250;

/// Code of a missing text.
pub(crate) const NO_TEXT: u32 = u32::MAX;

/// Rows of typed cells under named columns.
///
/// Whole and decimal numbers are kept as doubles, texts as codes into the list of different texts of their column.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
    /// Line of the file where each row begins, from 1; for files without lines the number of the row.
    lines: Vec<u32>,
    format: TableFormat,
}

/// The bytes of a table, which are read several times from their start.
pub trait TableFile: Sync {
    /// A reader at the first byte.
    ///
    /// # Errors
    ///
    /// If the bytes cannot be had.
    fn open(&self) -> io::Result<Box<dyn Read + '_>>;
}

impl TableFile for [u8] {
    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(self))
    }
}

impl<F: TableFile + ?Sized> TableFile for &F {
    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        (**self).open()
    }
}

/// The kinds that a person gave to columns, by name; the others have what their cells show.
pub type Kinds = std::collections::BTreeMap<String, ColumnKind>;

/// One column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: ColumnKind,
    pub(crate) values: Values,
    /// Cells that are no numbers in a column that is to hold numbers.
    pub(crate) unread: Option<Unread>,
}

/// Cells that count as missing because they are not of the kind that a person gave to their column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unread {
    pub(crate) count: u64,
    /// Line of the first.
    pub(crate) line: u64,
    /// The first, cut short.
    pub(crate) example: String,
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
    /// Reads a table of separated values or a Parquet file.
    ///
    /// Separated values have a header line, then one line for each row. The text is UTF-8, UTF-16 or Windows-1252, found out
    /// from the bytes; so are the separator (`,` `;` tab `|`), the quotes, the decimal mark and the mark between thousands. An
    /// empty cell is missing. A column whose cells are all numbers holds numbers, in the notation that all of them follow; what
    /// `1.234` means where that leaves a choice, the other columns decide. Names and texts lose spaces at their ends and are
    /// brought into Unicode's composed form.
    ///
    /// Of Parquet files, flat columns are read: dates and times become texts, truths `true` and `false`.
    ///
    /// A column in `kinds` holds what is said there. In one of numbers, cells that are no numbers then count as missing.
    ///
    /// # Errors
    ///
    /// Says what is wrong, with the line and the column where there are such.
    pub fn read(file: &dyn TableFile, kinds: &Kinds) -> Result<Self, Error> {
        let mut start = Vec::new();
        file.open().and_then(|reader| reader.take(8).read_to_end(&mut start)).map_err(Error::Reading)?;
        if let Some(what) = packed(&start) {
            return Err(Error::Packed { what });
        }
        if start.starts_with(parquet_file::MAGIC) {
            parquet_file::read(file, kinds)
        } else {
            reader::read(file, kinds)
        }
    }

    /// Reads a table from memory, whose columns hold what their cells show.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn from_csv(bytes: &[u8]) -> Result<Self, Error> {
        Self::read(&bytes, &Kinds::new())
    }

    /// How the file was written.
    #[must_use]
    pub fn format(&self) -> &TableFormat {
        &self.format
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

/// Cells of some rows as they are written, `None` where nothing is.
pub type Rows = Vec<Vec<Option<String>>>;

/// Reads `limit` rows from the row `offset`, counted from 0, of a file that is known to be a table of this format.
///
/// Of separated values no more is read than lies before the end of these rows.
///
/// # Errors
///
/// As [`Table::read`].
pub fn rows(file: &dyn TableFile, format: &TableFormat, offset: u64, limit: usize) -> Result<Rows, Error> {
    if let TableFormat::Csv { encoding, .. } = format {
        return reader::rows(file, encoding, offset, limit);
    }
    let table = Table::read(file, &Kinds::new())?;
    let from = usize::try_from(offset).unwrap_or(usize::MAX).min(table.row_count());
    let to = from.saturating_add(limit).min(table.row_count());
    let text = |cell| match cell {
        Some(Cell::Number(number)) => Some(number.to_string()),
        Some(Cell::Text(text)) => Some(text.to_owned()),
        Some(Cell::Missing) | None => None,
    };
    let row = |row| (0..table.columns.len()).map(|column| text(table.cell(row, column))).collect();
    Ok((from..to).map(row).collect())
}

/// What a file is whose content has to be taken out before it is a table.
fn packed(start: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 7] = [
        (b"\x1f\x8b", "a gzip file"),
        (b"PK\x03\x04", "a zip file or an Excel workbook"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
        (b"BZh", "a bzip2 file"),
        (b"\xfd7zXZ", "an xz file"),
        (b"\x28\xb5\x2f\xfd", "a zstd file"),
        (b"7z\xbc\xaf", "a 7z file"),
    ];
    KINDS.iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, what)| *what)
}

/// Checks the names of a header.
fn checked_names<'a>(cells: impl Iterator<Item = &'a str>) -> Result<Vec<String>, Error> {
    let mut names: Vec<String> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (cell, column) in cells.zip(1..) {
        let name = tidy(cell).into_owned();
        if names.len() == COLUMNS_MAX {
            return Err(Error::TableTooLarge { what: "columns", limit: COLUMNS_MAX });
        }
        if name.is_empty() {
            return Err(Error::UnnamedColumn { column });
        }
        if name.len() > NAME_MAX {
            let problem = format!("has a name longer than {NAME_MAX} bytes");
            return Err(Error::ColumnName { column, problem });
        }
        if name.chars().any(char::is_control) {
            let problem = "has a name with a line break or another control character".to_owned();
            return Err(Error::ColumnName { column, problem });
        }
        if !seen.insert(name.clone()) {
            return Err(Error::DuplicateColumn { column: name });
        }
        names.push(name);
    }
    Ok(names)
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
