//! Comma-separated values to typed columns.
//!
//! The bytes are read twice: first to check them and to see what every column holds, then to keep it. Nothing is kept
//! in between, so a table needs little more memory than its columns.

use std::collections::HashMap;

use csv::{ByteRecord, ReaderBuilder};
use types::ColumnKind;

use super::number::{self, Form};
use super::{Column, NO_TEXT, Table, Values, tidy};
use crate::Error;

/// Longest cell, in bytes.
const CELL_MAX: usize = 64 * 1024;
/// Longest name of a column, in bytes.
const NAME_MAX: usize = 250;
const COLUMNS_MAX: usize = 2_000;
const ROWS_MAX: usize = 5_000_000;
/// A cell takes up to eight bytes here, so this is 800 MB.
const CELLS_MAX: usize = 100_000_000;

pub(super) fn read(bytes: &[u8]) -> Result<Table, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Error::NotUtf8 { line: line_at(bytes, error.valid_up_to()) })?;
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(Error::NotText { line: line_at(bytes, at) });
    }
    if text.trim().is_empty() {
        return Err(Error::EmptyTable);
    }
    let separator = separator(bytes);
    let (names, seen, row_count) = look(bytes, separator)?;
    keep(bytes, separator, names, &seen, row_count)
}

/// The first pass: names, what each column holds, number of rows.
fn look(bytes: &[u8], separator: u8) -> Result<(Vec<String>, Vec<Seen>, usize), Error> {
    let mut records = Records::new(bytes, separator);
    let Some((_, header)) = records.next()? else { return Err(Error::EmptyTable) };
    let names = names(header)?;
    let mut seen = vec![Seen::default(); names.len()];
    let mut row_count = 0;
    while let Some((line, record)) = records.next()? {
        if record.len() != names.len() {
            return Err(Error::RaggedRow { line, found: record.len(), expected: names.len() });
        }
        row_count += 1;
        if row_count > ROWS_MAX {
            return Err(Error::TableTooLarge { what: "rows", limit: ROWS_MAX });
        }
        if row_count * names.len() > CELLS_MAX {
            return Err(Error::TableTooLarge { what: "cells", limit: CELLS_MAX });
        }
        for ((cell, seen), name) in record.iter().zip(&mut seen).zip(&names) {
            if cell.len() > CELL_MAX {
                return Err(Error::CellTooLong { line, column: name.clone(), limit: CELL_MAX });
            }
            seen.note(trimmed(cell), line);
        }
    }
    if row_count == 0 {
        return Err(Error::NoRows);
    }
    for (seen, name) in seen.iter().zip(&names) {
        if let (true, Some((line, value))) = (seen.kind(separator) != ColumnKind::Text, &seen.unusable) {
            return Err(Error::UnusableNumber { line: *line, column: name.clone(), value: value.clone() });
        }
    }
    Ok((names, seen, row_count))
}

/// The second pass over bytes that the first one found in order.
fn keep(
    bytes: &[u8],
    separator: u8,
    names: Vec<String>,
    seen: &[Seen],
    row_count: usize,
) -> Result<Table, Error> {
    let mut builders: Vec<Builder> =
        seen.iter().map(|seen| Builder::new(seen.kind(separator), row_count)).collect();
    let mut lines = Vec::with_capacity(row_count);
    let mut records = Records::new(bytes, separator);
    records.next()?;
    while let Some((line, record)) = records.next()? {
        lines.push(u32::try_from(line).unwrap_or(u32::MAX));
        for (cell, builder) in record.iter().zip(&mut builders) {
            builder.push(trimmed(cell));
        }
    }
    let columns = names.into_iter().zip(builders).map(|(name, builder)| builder.finish(name)).collect();
    Ok(Table { columns, lines })
}

/// Reads records and knows the line in which each begins.
struct Records<'a> {
    bytes: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    record: ByteRecord,
    /// Place up to which lines are counted, with the line there.
    counted: (usize, u64),
}

impl<'a> Records<'a> {
    fn new(bytes: &'a [u8], separator: u8) -> Self {
        let reader =
            ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(bytes);
        Self { bytes, reader, record: ByteRecord::new(), counted: (0, 1) }
    }

    fn next(&mut self) -> Result<Option<(u64, &ByteRecord)>, Error> {
        let is_there = self.reader.read_byte_record(&mut self.record).map_err(|error| {
            let line = error.position().map_or(self.counted.1, csv::Position::line);
            Error::Unreadable { line, problem: error.to_string() }
        })?;
        if !is_there {
            return Ok(None);
        }
        // The reader's own line is one too low behind `\r\n` and behind blank lines: it is taken before these are read.
        let start = self.record.position().map_or(0, csv::Position::byte);
        let start = usize::try_from(start).unwrap_or(usize::MAX).min(self.bytes.len());
        let blank = self.bytes[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let (from, line) = self.counted;
        let to = (start + blank).max(from);
        self.counted = (to, line + breaks(&self.bytes[from..to]));
        Ok(Some((self.counted.1, &self.record)))
    }
}

/// Number of line ends, each of `\n`, `\r\n` and `\r`.
fn breaks(bytes: &[u8]) -> u64 {
    let is_break = |at: &usize| match bytes[*at] {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    };
    (0..bytes.len()).filter(is_break).count() as u64
}

fn line_at(bytes: &[u8], at: usize) -> u64 {
    1 + breaks(&bytes[..at])
}

/// `;` if the header has more of them than of `,`, outside quotes.
fn separator(bytes: &[u8]) -> u8 {
    let (mut commas, mut semicolons, mut is_quoted, mut has_begun) = (0, 0, false, false);
    for byte in bytes {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\r' | b'\n' if has_begun && !is_quoted => break,
            b',' if !is_quoted => commas += 1,
            b';' if !is_quoted => semicolons += 1,
            _ => {}
        }
        has_begun |= !matches!(byte, b'\r' | b'\n');
    }
    if semicolons > commas { b';' } else { b',' }
}

fn names(header: &ByteRecord) -> Result<Vec<String>, Error> {
    if header.len() > COLUMNS_MAX {
        return Err(Error::TableTooLarge { what: "columns", limit: COLUMNS_MAX });
    }
    let mut names: Vec<String> = Vec::with_capacity(header.len());
    let mut places = HashMap::new();
    for (place, cell) in header.iter().enumerate() {
        let name = tidy(trimmed(cell)).into_owned();
        let column = place + 1;
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
        if places.insert(name.clone(), column).is_some() {
            return Err(Error::DuplicateColumn { column: name });
        }
        names.push(name);
    }
    Ok(names)
}

/// The cell without spaces at its ends. All bytes are known to be UTF-8, and cells end at ASCII bytes.
fn trimmed(cell: &[u8]) -> &str {
    std::str::from_utf8(cell).unwrap_or_default().trim()
}

/// What the cells of a column have been so far.
#[derive(Debug, Clone, Default)]
struct Seen {
    point: bool,
    comma: bool,
    text: bool,
    /// The first number that cannot be calculated with, and its line.
    unusable: Option<(u64, String)>,
}

impl Seen {
    fn note(&mut self, cell: &str, line: u64) {
        if self.text || cell.is_empty() {
            return;
        }
        let form = number::form(cell);
        match form {
            Form::Whole | Form::Special => {}
            Form::Point => self.point = true,
            Form::Comma => self.comma = true,
            Form::Text => self.text = true,
        }
        if self.unusable.is_none() && form != Form::Text && number::value(cell).is_none() {
            self.unusable = Some((line, cell.chars().take(40).collect()));
        }
    }

    /// Decimal commas only beside `;`; points and commas in one column could mean anything, so that is text.
    fn kind(&self, separator: u8) -> ColumnKind {
        let is_comma_wrong = self.comma && (separator != b';' || self.point);
        if self.text || is_comma_wrong {
            ColumnKind::Text
        } else if self.point || self.comma {
            ColumnKind::Decimal
        } else {
            ColumnKind::Integer
        }
    }
}

/// Collects the cells of a column.
struct Builder {
    kind: ColumnKind,
    numbers: Vec<f64>,
    codes: Vec<u32>,
    levels: Vec<String>,
    places: HashMap<String, u32>,
}

impl Builder {
    fn new(kind: ColumnKind, row_count: usize) -> Self {
        let (numbers, codes) = if kind == ColumnKind::Text { (0, row_count) } else { (row_count, 0) };
        Self {
            kind,
            numbers: Vec::with_capacity(numbers),
            codes: Vec::with_capacity(codes),
            levels: Vec::new(),
            places: HashMap::new(),
        }
    }

    fn push(&mut self, cell: &str) {
        if self.kind == ColumnKind::Text {
            let code = if cell.is_empty() { NO_TEXT } else { self.code(cell) };
            self.codes.push(code);
        } else {
            self.numbers.push(number::value(cell).unwrap_or(f64::NAN));
        }
    }

    fn code(&mut self, cell: &str) -> u32 {
        let text = tidy(cell);
        if let Some(code) = self.places.get(text.as_ref()) {
            return *code;
        }
        let code = u32::try_from(self.levels.len()).unwrap_or(NO_TEXT);
        let text = text.into_owned();
        self.levels.push(text.clone());
        self.places.insert(text, code);
        code
    }

    fn finish(self, name: String) -> Column {
        let values = if self.kind == ColumnKind::Text {
            Values::Texts { codes: self.codes, levels: self.levels }
        } else {
            Values::Numbers(self.numbers)
        };
        Column { name, kind: self.kind, values }
    }
}
