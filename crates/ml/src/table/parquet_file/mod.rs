//! Parquet files to typed columns.

mod frames;
#[cfg(test)]
mod tests;

use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ::parquet::basic::{Compression, ConvertedType, LogicalType, TimeUnit, Type as PhysicalType};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{ByteArray, DataType};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::RowGroupMetaData;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::schema::types::ColumnDescriptor;
use bytes::Bytes;
use types::{ColumnKind, Millis, TableFormat};

use super::number::{self, Notation};
use super::reader::{Seen, Texts};
use super::{
    CELL_MAX, CELLS_MAX, Column, Kinds, MAGNITUDE_MAX, NO_TEXT, ROWS_MAX, Table, TableFile, Values,
    checked_names,
};
use crate::Error;

/// First bytes of a Parquet file.
pub(super) const MAGIC: &[u8] = b"PAR1";

/// Largest file, in bytes; it is held in memory.
const FILE_MAX: u64 = 512 * 1024 * 1024;

/// Values read at once.
const BATCH: usize = 8192;

pub(super) fn read(file: &dyn TableFile, kinds: &Kinds) -> Result<Table, Error> {
    let mut bytes = Vec::new();
    let reader = file.open().map_err(Error::Reading)?;
    reader.take(FILE_MAX + 1).read_to_end(&mut bytes).map_err(Error::Reading)?;
    if bytes.len() as u64 > FILE_MAX {
        return Err(Error::Parquet(format!("the file is larger than {} MiB", FILE_MAX >> 20)));
    }
    frames::check_footer(frames::footer(&bytes)?)?;
    // The decoder may still fall over what a forged file says; nothing of ours is in its hands then.
    catch_unwind(AssertUnwindSafe(|| decode(bytes.into(), kinds)))
        .unwrap_or_else(|_| Err(Error::Parquet("the file is damaged".to_owned())))
}

fn decode(bytes: Bytes, kinds: &Kinds) -> Result<Table, Error> {
    let file = SerializedFileReader::new(bytes.clone()).map_err(unreadable)?;
    let metadata = file.metadata();
    let schema = metadata.file_metadata().schema_descr();
    let names = checked_names(schema.columns().iter().map(|column| column.name()))?;
    if names.is_empty() {
        return Err(Error::EmptyTable);
    }
    if let Some(column) = kinds.keys().find(|column| !names.contains(column)) {
        return Err(Error::NoColumnToType { column: column.clone() });
    }
    let row_count = checked_row_count(metadata.row_groups(), names.len())?;
    check_chunks(metadata.row_groups(), &names, &bytes)?;

    let mut columns = Vec::with_capacity(names.len());
    for (place, name) in names.into_iter().enumerate() {
        let descriptor = schema.column(place);
        let mut cells = Cells::new(&name, &descriptor)?;
        for group in 0..metadata.num_row_groups() {
            let reader = file.get_row_group(group).and_then(|group| group.get_column_reader(place));
            let rows = usize::try_from(metadata.row_group(group).num_rows()).unwrap_or(0);
            cells.read(reader.map_err(unreadable)?, rows, descriptor.max_def_level())?;
        }
        let column = cells.finish();
        columns.push(match kinds.get(&column.name) {
            Some(kind) => retyped(column, *kind)?,
            None => column,
        });
    }
    let lines = (1..=u32::try_from(row_count).unwrap_or(u32::MAX)).collect();
    Ok(Table { columns, lines, format: TableFormat::Parquet })
}

fn unreadable(error: ParquetError) -> Error {
    Error::Parquet(format!("the file is damaged: {error}"))
}

fn checked_row_count(groups: &[RowGroupMetaData], column_count: usize) -> Result<usize, Error> {
    let mut row_count = 0_usize;
    for group in groups {
        let rows = usize::try_from(group.num_rows()).unwrap_or(usize::MAX);
        row_count = row_count.saturating_add(rows);
    }
    if row_count == 0 {
        return Err(Error::NoRows);
    }
    if row_count > ROWS_MAX {
        return Err(Error::TableTooLarge { what: "rows", limit: ROWS_MAX });
    }
    if row_count * column_count > CELLS_MAX {
        return Err(Error::TableTooLarge { what: "cells", limit: CELLS_MAX });
    }
    Ok(row_count)
}

/// Refuses what is packed in a way whose unpacked size has no bound, and what unpacks to too much.
fn check_chunks(groups: &[RowGroupMetaData], names: &[String], bytes: &[u8]) -> Result<(), Error> {
    let mut total = 0;
    for group in groups {
        if group.num_columns() != names.len() {
            return Err(Error::Parquet("the file is damaged: a column is missing".to_owned()));
        }
        for (chunk, name) in group.columns().iter().zip(names) {
            match chunk.compression() {
                Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::ZSTD(_) => {}
                other => {
                    return Err(Error::Parquet(format!(
                        "column `{name}` is packed with {other}; write the file with snappy or zstd"
                    )));
                }
            }
            let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
            let part = usize::try_from(start).ok().zip(usize::try_from(chunk.compressed_size()).ok());
            let part = part.and_then(|(start, length)| bytes.get(start..start.checked_add(length)?));
            let part = part.ok_or_else(|| {
                Error::Parquet(format!("the file is damaged: column `{name}` lies outside of it"))
            })?;
            frames::check_pages(part, &mut total)?;
        }
    }
    Ok(())
}

/// What the stored values of a column stand for.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    /// A number as it is.
    Number,
    /// A whole number of which no bit is a sign.
    Unsigned,
    /// A whole number that counts this part of one.
    Scaled(f64),
    /// Days since 1970-01-01.
    Date,
    /// Of these, so many make a second; since midnight.
    Time(i64),
    /// Of these, so many make a second; since 1970-01-01.
    Moment(i64),
    /// Half a float's bits.
    Half,
    Uuid,
    Text,
}

/// Collects the cells of a column.
struct Cells {
    name: String,
    meaning: Meaning,
    kind: ColumnKind,
    numbers: Vec<f64>,
    texts: Texts,
}

impl Cells {
    fn new(name: &str, descriptor: &ColumnDescriptor) -> Result<Self, Error> {
        let meaning = meaning(descriptor).ok_or_else(|| {
            Error::Parquet(format!(
                "column `{name}` holds {}, which is neither a number nor a text",
                descriptor.physical_type()
            ))
        })?;
        let kind = match (meaning, descriptor.physical_type()) {
            (Meaning::Number | Meaning::Unsigned, PhysicalType::INT32 | PhysicalType::INT64) => {
                ColumnKind::Integer
            }
            (Meaning::Number | Meaning::Half | Meaning::Scaled(_), _) => ColumnKind::Decimal,
            _ => ColumnKind::Text,
        };
        Ok(Self { name: name.to_owned(), meaning, kind, numbers: Vec::new(), texts: Texts::default() })
    }

    fn read(&mut self, reader: ColumnReader, rows: usize, full: i16) -> Result<(), Error> {
        match reader {
            ColumnReader::BoolColumnReader(reader) => each(reader, rows, full, |value| {
                self.text(value.map(|value| if *value { "true" } else { "false" }))
            }),
            ColumnReader::Int32ColumnReader(reader) => each(reader, rows, full, |value| {
                let value = value.map(|value| match self.meaning {
                    Meaning::Unsigned => value.cast_unsigned().into(),
                    _ => i64::from(*value),
                });
                self.whole(value)
            }),
            ColumnReader::Int64ColumnReader(reader) => {
                each(reader, rows, full, |value| self.whole(value.copied()))
            }
            ColumnReader::Int96ColumnReader(reader) => each(reader, rows, full, |value| {
                let text = value.map(|value| Millis(value.to_millis()).to_string());
                self.text(text.as_deref())
            }),
            ColumnReader::FloatColumnReader(reader) => {
                // Through its shortest text, so that 0.1 stays 0.1.
                each(reader, rows, full, |value| {
                    self.number(value.and_then(|value| value.to_string().parse().ok()))
                })
            }
            ColumnReader::DoubleColumnReader(reader) => {
                each(reader, rows, full, |value| self.number(value.copied()))
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                each(reader, rows, full, |value| self.bytes(value.map(ByteArray::data)))
            }
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                each(reader, rows, full, |value| self.bytes(value.map(|value| value.data())))
            }
        }
    }

    /// Number of the row that comes next, from 1.
    fn row(&self) -> u64 {
        (self.numbers.len() + self.texts.len()) as u64 + 1
    }

    fn number(&mut self, value: Option<f64>) -> Result<(), Error> {
        let value = value.unwrap_or(f64::NAN);
        if value.abs() > MAGNITUDE_MAX {
            let (line, column) = (self.row(), self.name.clone());
            return Err(Error::UnusableNumber { line, column, value: value.to_string() });
        }
        self.numbers.push(value);
        Ok(())
    }

    fn text(&mut self, value: Option<&str>) -> Result<(), Error> {
        if value.is_some_and(|value| value.len() > CELL_MAX) {
            let (line, column) = (self.row(), self.name.clone());
            return Err(Error::CellTooLong { line, column, limit: CELL_MAX });
        }
        self.texts.push(value.map(str::trim));
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers of tables are doubles")]
    fn whole(&mut self, value: Option<i64>) -> Result<(), Error> {
        const DAY: i64 = 86_400_000;
        let millis = |value: i64, per_second: i64| {
            let per_milli = per_second / 1000;
            Millis(if per_milli == 0 { value.saturating_mul(1000) } else { value.div_euclid(per_milli) })
                .to_string()
        };
        match (self.meaning, value) {
            (Meaning::Date, value) => {
                let text = value.map(|days| Millis(days.saturating_mul(DAY)).to_string());
                self.text(text.as_deref().and_then(|text| text.split(' ').next()))
            }
            (Meaning::Time(per_second), value) => {
                let text = value.map(|value| millis(value, per_second));
                self.text(text.as_deref().and_then(|text| text.split(' ').nth(1)))
            }
            (Meaning::Moment(per_second), value) => {
                let text = value.map(|value| millis(value, per_second));
                self.text(text.as_deref())
            }
            (Meaning::Scaled(part), value) => self.number(value.map(|value| value as f64 / part)),
            (Meaning::Unsigned, value) => self.number(value.map(|value| value.cast_unsigned() as f64)),
            (_, value) => self.number(value.map(|value| value as f64)),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers of tables are doubles")]
    fn bytes(&mut self, value: Option<&[u8]>) -> Result<(), Error> {
        match (self.meaning, value) {
            (Meaning::Scaled(part), value) => {
                // Big-endian two's complement of any length.
                let whole = value.map(|bytes| {
                    let sign = if bytes.first().is_some_and(|byte| byte & 0x80 != 0) { -1_i128 } else { 0 };
                    bytes.iter().fold(sign, |whole, byte| whole.wrapping_shl(8) | i128::from(*byte))
                });
                self.number(whole.map(|whole| whole as f64 / part))
            }
            (Meaning::Half, value) => {
                let bits = value.and_then(|bytes| <[u8; 2]>::try_from(bytes).ok()).map(u16::from_le_bytes);
                self.number(bits.map(half))
            }
            (Meaning::Uuid, value) => {
                let text = value.map(|bytes| {
                    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                    let parts = [0..4, 4..6, 6..8, 8..10, 10..16];
                    parts.map(|part| digits.get(part).unwrap_or_default().concat()).join("-")
                });
                self.text(text.as_deref())
            }
            (_, None) => self.text(None),
            (_, Some(bytes)) => {
                let text = std::str::from_utf8(bytes).map_err(|_| {
                    let (row, column) = (self.row(), &self.name);
                    Error::Parquet(format!("row {row}, column `{column}`: the bytes are not UTF-8 text"))
                })?;
                self.text(Some(text))
            }
        }
    }

    fn finish(self) -> Column {
        let Self { name, kind, numbers, texts, .. } = self;
        let values = if kind == ColumnKind::Text { texts.finish() } else { Values::Numbers(numbers) };
        Column { name, kind, values, unread: None }
    }
}

/// What the values of a column stand for; `None` if they are nothing that a table holds.
fn meaning(descriptor: &ColumnDescriptor) -> Option<Meaning> {
    use PhysicalType as P;
    let scaled = || Meaning::Scaled(10_f64.powi(descriptor.type_scale()));
    let per_second = |unit: &TimeUnit| match unit {
        TimeUnit::MILLIS => 1_000,
        TimeUnit::MICROS => 1_000_000,
        TimeUnit::NANOS => 1_000_000_000,
    };
    let declared = match descriptor.logical_type_ref() {
        Some(LogicalType::Decimal(_)) => Some(scaled()),
        Some(LogicalType::Date) => Some(Meaning::Date),
        Some(LogicalType::Time(time)) => Some(Meaning::Time(per_second(&time.unit))),
        Some(LogicalType::Timestamp(moment)) => Some(Meaning::Moment(per_second(&moment.unit))),
        Some(LogicalType::Integer(whole)) if !whole.is_signed => Some(Meaning::Unsigned),
        Some(LogicalType::Uuid) => Some(Meaning::Uuid),
        Some(LogicalType::Float16) => Some(Meaning::Half),
        _ => match descriptor.converted_type() {
            ConvertedType::DECIMAL => Some(scaled()),
            ConvertedType::DATE => Some(Meaning::Date),
            ConvertedType::TIME_MILLIS => Some(Meaning::Time(1_000)),
            ConvertedType::TIME_MICROS => Some(Meaning::Time(1_000_000)),
            ConvertedType::TIMESTAMP_MILLIS => Some(Meaning::Moment(1_000)),
            ConvertedType::TIMESTAMP_MICROS => Some(Meaning::Moment(1_000_000)),
            ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64 => Some(Meaning::Unsigned),
            _ => None,
        },
    };
    match (descriptor.physical_type(), declared) {
        (P::BOOLEAN | P::BYTE_ARRAY, None) | (P::INT96, _) => Some(Meaning::Text),
        (P::INT32 | P::INT64 | P::FLOAT | P::DOUBLE, None) => Some(Meaning::Number),
        (P::FIXED_LEN_BYTE_ARRAY | P::BYTE_ARRAY, Some(meaning @ Meaning::Scaled(_)))
        | (P::FIXED_LEN_BYTE_ARRAY, Some(meaning @ (Meaning::Uuid | Meaning::Half)))
        | (
            P::INT32 | P::INT64,
            Some(
                meaning @ (Meaning::Scaled(_)
                | Meaning::Unsigned
                | Meaning::Date
                | Meaning::Time(_)
                | Meaning::Moment(_)),
            ),
        ) => Some(meaning),
        _ => None,
    }
}

/// Hands on each of `rows` values, or `None` where there is none; `full` is the level of those that are there.
fn each<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    rows: usize,
    full: i16,
    mut push: impl FnMut(Option<&T::T>) -> Result<(), Error>,
) -> Result<(), Error> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    let mut left = rows;
    while left > 0 {
        values.clear();
        levels.clear();
        let wanted = (full > 0).then_some(&mut levels);
        let (read, _, _) =
            reader.read_records(left.min(BATCH), wanted, None, &mut values).map_err(unreadable)?;
        if read == 0 || read > left {
            return Err(Error::Parquet(
                "the file is damaged: a column has fewer values than rows".to_owned(),
            ));
        }
        left -= read;
        let mut there = values.iter();
        if full > 0 {
            for level in &levels {
                push(if *level == full { there.next() } else { None })?;
            }
        } else {
            for value in there {
                push(Some(value))?;
            }
        }
    }
    Ok(())
}

/// IEEE 754's 16 bits.
fn half(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff) / 1024.0);
    sign * match exponent {
        0 => fraction * 2_f64.powi(-14),
        31 if fraction > 0.0 => f64::NAN,
        31 => f64::INFINITY,
        _ => (1.0 + fraction) * 2_f64.powi(exponent - 15),
    }
}

/// The column with its cells as another kind.
fn retyped(column: Column, kind: ColumnKind) -> Result<Column, Error> {
    let Column { name, values, .. } = column;
    let mut unread = None;
    let values = match (values, kind) {
        (Values::Numbers(numbers), ColumnKind::Text) => {
            let mut texts = Texts::with_capacity(numbers.len());
            for number in numbers {
                let text = (!number.is_nan()).then(|| number.to_string());
                texts.push(text.as_deref());
            }
            texts.finish()
        }
        (Values::Numbers(numbers), _) => {
            let broken = numbers.iter().position(|number| number.is_finite() && number.fract() != 0.0);
            if let (ColumnKind::Integer, Some(row)) = (kind, broken) {
                return Err(Error::NotWhole { column: name, line: row as u64 + 1 });
            }
            Values::Numbers(numbers)
        }
        (texts @ Values::Texts { .. }, ColumnKind::Text) => texts,
        (Values::Texts { codes, levels }, _) => {
            let cell =
                |code: u32| levels.get(code as usize).filter(|_| code != NO_TEXT).map_or("", String::as_str);
            let mut seen = Seen::new(name.clone(), Some(kind));
            for (code, row) in codes.iter().zip(1..) {
                seen.note(cell(*code), row);
            }
            let plan = seen.plan(&number::preference(None, b','))?;
            unread = plan.unread;
            let values: Vec<f64> = levels.iter().map(|text| read_number(text, plan.notation)).collect();
            Values::Numbers(
                codes.iter().map(|code| values.get(*code as usize).copied().unwrap_or(f64::NAN)).collect(),
            )
        }
    };
    Ok(Column { name, kind, values, unread })
}

fn read_number(text: &str, notation: Notation) -> f64 {
    let is_number = number::form(text).fits.contains(notation);
    is_number.then(|| number::value(text, notation)).flatten().unwrap_or(f64::NAN)
}
