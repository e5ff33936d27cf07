//! Separated values to records, with the line of each.

use std::io::{BufRead, ErrorKind};

use csv_core::{ReadRecordResult, ReaderBuilder};

use super::COLUMNS_MAX;
use super::encoding::LineCount;
use crate::Error;

/// Longest record, in bytes of UTF-8.
const RECORD_MAX: usize = 1024 * 1024;

/// The marks of a file of separated values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) separator: u8,
    pub(super) quote: u8,
}

/// Reads records and knows the line in which each begins.
pub(super) struct Records<R> {
    text: R,
    core: csv_core::Reader,
    record: Vec<u8>,
    ends: Vec<usize>,
    line: LineCount,
}

/// The cells of a record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    /// Line in the file, from 1.
    pub(super) line: u64,
    cells: &'a str,
    ends: &'a [usize],
}

impl<'a> Record<'a> {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Cells without spaces at their ends.
    pub(super) fn cells(self) -> impl Iterator<Item = &'a str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(self.ends).map(move |(from, to)| self.cells.get(from..*to).unwrap_or_default().trim())
    }
}

impl<R: BufRead> Records<R> {
    /// Records of a text in UTF-8.
    pub(super) fn new(text: R, marks: Marks) -> Self {
        Self {
            text,
            core: ReaderBuilder::new().delimiter(marks.separator).quote(marks.quote).build(),
            record: vec![0; 4096],
            ends: vec![0; COLUMNS_MAX + 1],
            line: LineCount::default(),
        }
    }

    /// The next record; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Record<'_>>, Error> {
        let mut line = None;
        let (mut length, mut count) = (0, 0);
        let mut is_at_end = false;
        loop {
            let input = loop {
                match self.text.fill_buf() {
                    Ok(input) => break input,
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(error) if error.kind() == ErrorKind::InvalidData => {
                        return Err(Error::NotText { line: self.line.here() });
                    }
                    Err(error) => return Err(Error::Reading(error)),
                }
            };
            if line.is_none() {
                // Blank lines are no records.
                let blank = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
                if blank > 0 {
                    self.line.pass(&input[..blank]);
                    self.text.consume(blank);
                    continue;
                }
                if input.is_empty() {
                    return Ok(None);
                }
            }
            let line = *line.get_or_insert(self.line.here());
            // The end of the file ends a line, but not a quoted cell.
            let input = match (input.is_empty(), is_at_end) {
                (true, true) => return Err(Error::OpenQuote { line }),
                (true, false) => {
                    is_at_end = true;
                    b"\n".as_slice()
                }
                (false, _) => input,
            };
            let (result, read, written, ended) =
                self.core.read_record(input, &mut self.record[length..], &mut self.ends[count..]);
            if !is_at_end {
                self.line.pass(&input[..read]);
                self.text.consume(read);
            }
            (length, count) = (length + written, count + ended);
            match result {
                ReadRecordResult::Record => {
                    let ends = &self.ends[..count];
                    let cells =
                        std::str::from_utf8(&self.record[..length]).map_err(|_| Error::NotUtf8 { line })?;
                    return Ok(Some(Record { line, cells, ends }));
                }
                ReadRecordResult::End => return Ok(None),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if self.record.len() >= RECORD_MAX => {
                    return Err(Error::RecordTooLong { line, limit: RECORD_MAX });
                }
                ReadRecordResult::OutputFull => self.record.resize(self.record.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => {
                    return Err(Error::TableTooLarge { what: "columns", limit: COLUMNS_MAX });
                }
            }
        }
    }
}
