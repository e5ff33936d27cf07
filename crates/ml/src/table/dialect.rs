//! Which marks a file of separated values uses.

use std::io::Read;

use encoding_rs::Encoding;

use super::TableFile;
use super::encoding::Text;
use super::records::{Marks, Records};
use crate::Error;

/// How much of a file is looked at, in bytes of UTF-8, and how many of its records.
const SAMPLE_BYTES: u64 = 64 * 1024;
const SAMPLE_RECORDS: usize = 100;

/// Separators that are tried; of equals the first is taken.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Finds the separator that gives most records as many cells as the header, and the header more than one.
pub(super) fn sniff(file: &dyn TableFile, encoding: &'static Encoding) -> Result<Marks, Error> {
    let mut sample = Vec::new();
    match Text::open(file, encoding)?.take(SAMPLE_BYTES).read_to_end(&mut sample) {
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {}
        Err(error) => return Err(Error::Reading(error)),
        Ok(_) => {}
    }
    // A record that was cut says nothing; without a line end, there is only one.
    if sample.len() as u64 == SAMPLE_BYTES
        && let Some(end) = sample.iter().rposition(|byte| matches!(byte, b'\r' | b'\n'))
    {
        sample.truncate(end);
    }
    let quote = quote(&sample);
    let mut best = (Marks { separator: b',', quote }, (0, 0));
    for separator in SEPARATORS {
        let marks = Marks { separator, quote };
        let found = fitness(&sample, marks);
        if found > best.1 {
            best = (marks, found);
        }
    }
    Ok(best.0)
}

/// Apostrophes quote only where the header begins with one and there are no quotation marks.
fn quote(sample: &[u8]) -> u8 {
    let first = sample.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'\'') && !sample.contains(&b'"') { b'\'' } else { b'"' }
}

/// Records with as many cells as the header, then cells of the header.
fn fitness(sample: &[u8], marks: Marks) -> (usize, usize) {
    let mut records = Records::new(sample, marks);
    let Ok(Some(header)) = records.next() else { return (0, 0) };
    let width = header.len();
    if width < 2 {
        return (0, 0);
    }
    let mut agreeing = 1;
    for _ in 0..SAMPLE_RECORDS {
        match records.next() {
            Ok(Some(record)) => agreeing += usize::from(record.len() == width),
            _ => break,
        }
    }
    (agreeing, width)
}
