//! Looks at the frames of a Parquet file before it is decoded.
//!
//! The decoder believes what the file says about itself: how deep its schema is, how large a page will be. A file of 300 bytes
//! can so ask for gigabytes, or for a deeper call stack than there is. Here only the numbers that matter are read, with
//! Thrift's compact protocol, in constant memory.

use super::super::COLUMNS_MAX;
use crate::Error;

/// Longest description at the end of a file, in bytes.
const FOOTER_MAX: usize = 8 * 1024 * 1024;

/// Most bytes of a file once it is unpacked.
const UNPACKED_MAX: u64 = 1024 * 1024 * 1024;

/// Largest single page once it is unpacked, in bytes; writers make them of about 1 MiB.
const PAGE_MAX: u64 = 256 * 1024 * 1024;

/// Deepest nesting of Thrift values; the format itself needs less than ten.
const DEPTH_MAX: u32 = 32;

/// The description at the end of the file.
///
/// # Errors
///
/// `Parquet` if there is none, or a too long one.
pub(super) fn footer(file: &[u8]) -> Result<&[u8], Error> {
    let damaged = || Error::Parquet("the file is cut off: its description at the end is missing".to_owned());
    let end = file.len().checked_sub(8).filter(|end| *end >= 4).ok_or_else(damaged)?;
    match &file[end + 4..] {
        b"PAR1" => {}
        b"PARE" => return Err(Error::Parquet("the file is encrypted; write it without".to_owned())),
        _ => return Err(damaged()),
    }
    let length = u32::from_le_bytes(file[end..end + 4].try_into().unwrap_or_default()) as usize;
    if length > FOOTER_MAX {
        return Err(Error::Parquet(format!("its description is said to be {length} bytes long")));
    }
    let start = end.checked_sub(length).filter(|start| *start >= 4).ok_or_else(damaged)?;
    Ok(&file[start..end])
}

/// Refuses a description whose lists are longer than it is, and a schema with more than one level below its root: its columns
/// hold lists or groups.
pub(super) fn check_footer(footer: &[u8]) -> Result<(), Error> {
    let mut reader = Compact { bytes: footer, depth: 0 };
    let (mut last, mut has_schema) = (0, false);
    while let Some((field, kind)) = reader.field(&mut last)? {
        // FileMetaData.schema
        if (field, kind) != (2, LIST) {
            reader.skip(kind)?;
            continue;
        }
        let (count, element) = reader.list()?;
        if element != STRUCT {
            return Err(damaged());
        }
        if count > 100 * COLUMNS_MAX as u64 {
            return Err(Error::TableTooLarge { what: "columns", limit: COLUMNS_MAX });
        }
        for place in 0..count {
            let (name, children) = reader.schema_element()?;
            if place > 0 && children > 0 {
                return Err(Error::Parquet(format!(
                    "column `{name}` holds lists or groups; write it as flat columns"
                )));
            }
        }
        has_schema = true;
    }
    if has_schema { Ok(()) } else { Err(damaged()) }
}

/// Adds up how large the pages of a column say that they are, and refuses too large ones.
pub(super) fn check_pages(mut chunk: &[u8], total: &mut u64) -> Result<(), Error> {
    while !chunk.is_empty() {
        let mut reader = Compact { bytes: chunk, depth: 0 };
        let (mut unpacked, mut packed, mut last) = (None, None, 0);
        while let Some((field, kind)) = reader.field(&mut last)? {
            match (field, kind) {
                (2, I32) => unpacked = Some(reader.signed()?),
                (3, I32) => packed = Some(reader.signed()?),
                _ => reader.skip(kind)?,
            }
        }
        let size = |size: Option<i64>| size.and_then(|size| u64::try_from(size).ok()).ok_or_else(damaged);
        let (unpacked, packed) = (size(unpacked)?, size(packed)?);
        *total += unpacked;
        if unpacked > PAGE_MAX || *total > UNPACKED_MAX {
            return Err(Error::Parquet(format!(
                "unpacked, it says to be larger than {} MiB",
                if unpacked > PAGE_MAX { PAGE_MAX } else { UNPACKED_MAX } >> 20
            )));
        }
        let packed = usize::try_from(packed).map_err(|_| damaged())?;
        chunk = reader.bytes.get(packed..).ok_or_else(damaged)?;
    }
    Ok(())
}

fn damaged() -> Error {
    Error::Parquet("the file is damaged".to_owned())
}

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;

/// Thrift's compact protocol.
struct Compact<'a> {
    bytes: &'a [u8],
    depth: u32,
}

impl<'a> Compact<'a> {
    fn take(&mut self, count: u64) -> Result<&'a [u8], Error> {
        let count = usize::try_from(count).map_err(|_| damaged())?;
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or_else(damaged)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Error> {
        self.take(1)?.first().copied().ok_or_else(damaged)
    }

    fn unsigned(&mut self) -> Result<u64, Error> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(damaged())
    }

    fn signed(&mut self) -> Result<i64, Error> {
        let value = self.unsigned()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    /// The next field of a struct and its kind; `None` at its end.
    fn field(&mut self, last: &mut i64) -> Result<Option<(i64, u8)>, Error> {
        let head = self.byte()?;
        if head == 0 {
            return Ok(None);
        }
        *last = match head >> 4 {
            0 => self.signed()?,
            step => last.saturating_add(step.into()),
        };
        Ok(Some((*last, head & 0x0f)))
    }

    /// Length of a list and the kind of its elements.
    fn list(&mut self) -> Result<(u64, u8), Error> {
        let head = self.byte()?;
        let count = if head >> 4 == 15 { self.unsigned()? } else { (head >> 4).into() };
        Ok((count, head & 0x0f))
    }

    fn skip(&mut self, kind: u8) -> Result<(), Error> {
        match kind {
            TRUE | FALSE => Ok(()),
            _ => self.skip_value(kind),
        }
    }

    fn skip_value(&mut self, kind: u8) -> Result<(), Error> {
        match kind {
            TRUE | FALSE | BYTE => self.take(1).map(drop),
            I16 | I32 | I64 => self.unsigned().map(drop),
            DOUBLE => self.take(8).map(drop),
            BINARY => {
                let length = self.unsigned()?;
                self.take(length).map(drop)
            }
            LIST | SET | MAP | STRUCT => {
                self.depth += 1;
                if self.depth > DEPTH_MAX {
                    return Err(damaged());
                }
                self.skip_nested(kind)?;
                self.depth -= 1;
                Ok(())
            }
            _ => Err(damaged()),
        }
    }

    fn skip_nested(&mut self, kind: u8) -> Result<(), Error> {
        match kind {
            STRUCT => {
                let mut last = 0;
                while let Some((_, kind)) = self.field(&mut last)? {
                    self.skip(kind)?;
                }
            }
            MAP => {
                let count = self.unsigned()?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                for _ in 0..count {
                    self.skip_value(kinds >> 4)?;
                    self.skip_value(kinds & 0x0f)?;
                }
            }
            _ => {
                let (count, element) = self.list()?;
                for _ in 0..count {
                    self.skip_value(element)?;
                }
            }
        }
        Ok(())
    }

    /// Name and number of children of a `SchemaElement`.
    fn schema_element(&mut self) -> Result<(String, i64), Error> {
        let (mut name, mut children, mut last) = (String::new(), 0, 0);
        while let Some((field, kind)) = self.field(&mut last)? {
            match (field, kind) {
                (4, BINARY) => {
                    let length = self.unsigned()?;
                    name = String::from_utf8_lossy(self.take(length)?).chars().take(100).collect();
                }
                (5, I32) => children = self.signed()?,
                _ => self.skip(kind)?,
            }
        }
        Ok((name, children))
    }
}
