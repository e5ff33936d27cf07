//! Separated values to typed columns.
//!
//! The file is read twice: first to check it and to see what every column holds, then to keep it. Nothing is kept
//! in between, so a table needs little more memory than its columns.

use std::collections::HashMap;

use encoding_rs::Encoding;
use types::{ColumnKind, TableFormat};

use super::encoding::{self, Text};
use super::number::{self, Form, Notation, Notations};
use super::records::{Marks, Records};
use super::{
    CELL_MAX, CELLS_MAX, Column, Kinds, NO_TEXT, ROWS_MAX, Table, TableFile, Unread, Values, checked_names,
    dialect, tidy,
};
use crate::Error;

pub(super) fn read(file: &dyn TableFile, kinds: &Kinds) -> Result<Table, Error> {
    let encoding = encoding::sniff(file)?;
    let marks = dialect::sniff(file, encoding)?;
    let (columns, row_count) = look(file, encoding, marks, kinds)?;
    let decimal_mark = decimal_mark(&columns);
    let order = number::preference(decimal_mark, marks.separator);
    let plans = columns.into_iter().map(|seen| seen.plan(&order)).collect::<Result<Vec<_>, _>>()?;
    let is_comma = plans.iter().any(|plan| plan.notation == Notation::COMMA) || decimal_mark == Some(b',');
    let format = TableFormat::Csv {
        encoding: encoding.name().to_owned(),
        separator: char::from(marks.separator).to_string(),
        decimal_mark: if is_comma { "," } else { "." }.to_owned(),
    };
    keep(file, encoding, marks, plans, row_count, format)
}

/// Some rows of a file that is known to be in order.
pub(super) fn rows(
    file: &dyn TableFile,
    encoding: &str,
    offset: u64,
    limit: usize,
) -> Result<super::Rows, Error> {
    let encoding = Encoding::for_label(encoding.as_bytes()).unwrap_or(encoding_rs::UTF_8);
    let mut records = Records::new(Text::open(file, encoding)?, dialect::sniff(file, encoding)?);
    records.next()?;
    for _ in 0..offset {
        if records.next()?.is_none() {
            return Ok(Vec::new());
        }
    }
    let mut rows = Vec::new();
    while rows.len() < limit {
        let Some(record) = records.next()? else { break };
        rows.push(record.cells().map(|cell| (!cell.is_empty()).then(|| cell.to_owned())).collect());
    }
    Ok(rows)
}

/// The first pass: what each column holds, and the number of rows.
fn look(
    file: &dyn TableFile,
    encoding: &'static Encoding,
    marks: Marks,
    kinds: &Kinds,
) -> Result<(Vec<Seen>, usize), Error> {
    let mut records = Records::new(Text::open(file, encoding)?, marks);
    let Some(header) = records.next()? else { return Err(Error::EmptyTable) };
    if header.len() == 1 && header.cells().all(str::is_empty) {
        return Err(Error::EmptyTable);
    }
    let names = checked_names(header.cells())?;
    if let Some(column) = kinds.keys().find(|column| !names.contains(column)) {
        return Err(Error::NoColumnToType { column: column.clone() });
    }
    let mut columns: Vec<Seen> = names
        .into_iter()
        .map(|name| {
            let asked = kinds.get(&name).copied();
            Seen::new(name, asked)
        })
        .collect();
    let mut row_count = 0;
    while let Some(record) = records.next()? {
        let line = record.line;
        if record.len() != columns.len() {
            return Err(Error::RaggedRow { line, found: record.len(), expected: columns.len() });
        }
        row_count += 1;
        if row_count > ROWS_MAX {
            return Err(Error::TableTooLarge { what: "rows", limit: ROWS_MAX });
        }
        if row_count * columns.len() > CELLS_MAX {
            return Err(Error::TableTooLarge { what: "cells", limit: CELLS_MAX });
        }
        for (cell, seen) in record.cells().zip(&mut columns) {
            if cell.len() > CELL_MAX {
                return Err(Error::CellTooLong { line, column: seen.name.clone(), limit: CELL_MAX });
            }
            seen.note(cell, line);
        }
    }
    if row_count == 0 {
        return Err(Error::NoRows);
    }
    Ok((columns, row_count))
}

/// The second pass over a file that the first one found in order.
fn keep(
    file: &dyn TableFile,
    encoding: &'static Encoding,
    marks: Marks,
    plans: Vec<Plan>,
    row_count: usize,
    format: TableFormat,
) -> Result<Table, Error> {
    let mut builders: Vec<Builder> = plans.into_iter().map(|plan| Builder::new(plan, row_count)).collect();
    let mut lines = Vec::with_capacity(row_count);
    let mut records = Records::new(Text::open(file, encoding)?, marks);
    records.next()?;
    while let Some(record) = records.next()? {
        lines.push(u32::try_from(record.line).unwrap_or(u32::MAX));
        for (cell, builder) in record.cells().zip(&mut builders) {
            builder.push(cell);
        }
    }
    let columns = builders.into_iter().map(Builder::finish).collect();
    Ok(Table { columns, lines, format })
}

/// The decimal mark that the columns show without doubt, if they agree.
fn decimal_mark(columns: &[Seen]) -> Option<u8> {
    let mut marks = columns.iter().filter_map(|column| column.forms.fits.decimal_mark());
    let first = marks.next()?;
    marks.all(|mark| mark == first).then_some(first)
}

/// What the cells of a column have been so far.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    name: String,
    /// The kind that a person gave to the column.
    asked: Option<ColumnKind>,
    forms: Form,
    /// The first number that cannot be calculated with, and its line.
    unusable: Option<(u64, String)>,
    /// Cells that are no numbers; after the first one, a column that nobody wants to hold numbers is not looked at any more.
    unread: Option<Unread>,
    has_numbers: bool,
    first_decimal: Option<u64>,
}

impl Seen {
    pub(super) fn new(name: String, asked: Option<ColumnKind>) -> Self {
        let forms = Form { fits: Notations::ALL, decimal: Notations::NONE, is_extreme: false };
        Self { name, asked, forms, unusable: None, unread: None, has_numbers: false, first_decimal: None }
    }

    pub(super) fn note(&mut self, cell: &str, line: u64) {
        if cell.is_empty() || self.forms.fits.is_empty() {
            return;
        }
        let form = number::form(cell);
        let fits = self.forms.fits.and(form.fits);
        if fits.is_empty() && self.asked.is_some_and(|kind| kind != ColumnKind::Text) {
            let unread = self.unread.get_or_insert_with(|| Unread { count: 0, line, example: short(cell) });
            unread.count += 1;
            return;
        }
        self.has_numbers = true;
        self.forms.fits = fits;
        self.forms.decimal = self.forms.decimal.or(form.decimal);
        if !form.decimal.is_empty() {
            self.first_decimal.get_or_insert(line);
        }
        if form.is_extreme && self.unusable.is_none() {
            let is_usable = |notation| number::value(cell, notation).is_some();
            let usable = form.fits.contains(Notation::POINT) && is_usable(Notation::POINT)
                || form.fits.contains(Notation::COMMA) && is_usable(Notation::COMMA);
            if !usable {
                self.unusable = Some((line, short(cell)));
            }
        }
    }

    /// What to do with the cells, now that all are known.
    pub(super) fn plan(self, order: &[Notation; 6]) -> Result<Plan, Error> {
        let Self { name, asked, forms, unusable, unread, has_numbers, first_decimal } = self;
        let natural = forms.fits.first(order);
        let found = match natural {
            None => ColumnKind::Text,
            Some(notation) if forms.decimal.contains(notation) => ColumnKind::Decimal,
            Some(_) => ColumnKind::Integer,
        };
        let kind = asked.unwrap_or(found);
        if kind != ColumnKind::Text {
            if let (false, Some(Unread { line, example, .. })) = (has_numbers, &unread) {
                let (example, line) = (example.clone(), *line);
                return Err(Error::NotNumbers { column: name, kind: kind.as_str(), example, line });
            }
            if let (ColumnKind::Integer, ColumnKind::Decimal, Some(line)) = (kind, found, first_decimal) {
                return Err(Error::NotWhole { column: name, line });
            }
            if let Some((line, value)) = unusable {
                return Err(Error::UnusableNumber { line, column: name, value });
            }
        }
        Ok(Plan { name, kind, notation: natural.unwrap_or(Notation::POINT), unread })
    }
}

fn short(cell: &str) -> String {
    cell.chars().take(40).collect()
}

/// How the cells of a column are kept.
#[derive(Debug)]
pub(super) struct Plan {
    name: String,
    pub(super) kind: ColumnKind,
    pub(super) notation: Notation,
    pub(super) unread: Option<Unread>,
}

/// Collects the cells of a column.
struct Builder {
    plan: Plan,
    numbers: Vec<f64>,
    texts: Texts,
}

impl Builder {
    fn new(plan: Plan, row_count: usize) -> Self {
        let (numbers, codes) = if plan.kind == ColumnKind::Text { (0, row_count) } else { (row_count, 0) };
        Self { plan, numbers: Vec::with_capacity(numbers), texts: Texts::with_capacity(codes) }
    }

    fn push(&mut self, cell: &str) {
        if self.plan.kind == ColumnKind::Text {
            self.texts.push(Some(cell));
        } else {
            let notation = self.plan.notation;
            let is_number = self.plan.unread.is_none() || number::form(cell).fits.contains(notation);
            let number = if is_number { number::value(cell, notation) } else { None };
            self.numbers.push(number.unwrap_or(f64::NAN));
        }
    }

    fn finish(self) -> Column {
        let Plan { name, kind, unread, .. } = self.plan;
        let values =
            if kind == ColumnKind::Text { self.texts.finish() } else { Values::Numbers(self.numbers) };
        Column { name, kind, values, unread }
    }
}

/// Collects the cells of a column of texts.
#[derive(Debug, Default)]
pub(super) struct Texts {
    codes: Vec<u32>,
    levels: Vec<String>,
    places: HashMap<String, u32>,
}

impl Texts {
    pub(super) fn with_capacity(row_count: usize) -> Self {
        Self { codes: Vec::with_capacity(row_count), ..Self::default() }
    }

    /// Adds a cell; an empty one is missing.
    pub(super) fn push(&mut self, cell: Option<&str>) {
        let code = cell.map(tidy).filter(|text| !text.is_empty()).map_or(NO_TEXT, |text| self.code(&text));
        self.codes.push(code);
    }

    pub(super) fn len(&self) -> usize {
        self.codes.len()
    }

    fn code(&mut self, text: &str) -> u32 {
        if let Some(code) = self.places.get(text) {
            return *code;
        }
        let code = u32::try_from(self.levels.len()).unwrap_or(NO_TEXT);
        self.levels.push(text.to_owned());
        self.places.insert(text.to_owned(), code);
        code
    }

    pub(super) fn finish(self) -> Values {
        Values::Texts { codes: self.codes, levels: self.levels }
    }
}
