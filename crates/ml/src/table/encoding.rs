//! Which characters the bytes of a file are.

use std::io::{self, BufRead, ErrorKind, Read};
use std::ops::Range;

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::TableFile;
use crate::Error;

/// Bytes read at once.
const BLOCK: usize = 64 * 1024;

/// Bytes that are no characters in Windows-1252.
const UNDEFINED: [u8; 5] = [0x81, 0x8d, 0x8f, 0x90, 0x9d];

/// Finds out how the file is written, by its first bytes and, without a mark there, by all of them.
///
/// UTF-8 unless it breaks UTF-8's rules everywhere: a file in which some bytes keep them is a damaged one, one in which none do
/// comes from an older program and is Windows-1252, which holds Latin-1.
pub(super) fn sniff(file: &dyn TableFile) -> Result<&'static Encoding, Error> {
    let mut reader = file.open().map_err(Error::Reading)?;
    let mut block = vec![0; BLOCK];
    let mut filled = fill(&mut reader, &mut block)?;
    if let Some((encoding, _)) = Encoding::for_bom(&block[..filled]) {
        return Ok(encoding);
    }
    if let Some(encoding) = utf16_without_mark(&block[..filled]) {
        return Ok(encoding);
    }
    let mut look = Look::default();
    while filled > 0 {
        look.at(&block[..filled])?;
        filled = fill(&mut reader, &mut block)?;
    }
    look.verdict()
}

/// Every second byte is zero where Western text is written in two bytes for each character.
fn utf16_without_mark(start: &[u8]) -> Option<&'static Encoding> {
    let start = &start[..start.len().min(4096) / 2 * 2];
    let zeros = |from: usize| start.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let pairs = start.len() / 2;
    let (even, odd) = (zeros(0), zeros(1));
    if pairs < 2 {
        None
    } else if even == 0 && odd * 10 > pairs * 9 {
        Some(UTF_16LE)
    } else if odd == 0 && even * 10 > pairs * 9 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// What has been seen of a file that has no mark.
#[derive(Default)]
struct Look {
    /// The start of a character that the last block cut.
    rest: Vec<u8>,
    line: LineCount,
    /// Line of the first bytes that are not UTF-8.
    broken: Option<u64>,
    has_wide: bool,
    has_undefined: bool,
}

impl Look {
    fn at(&mut self, block: &[u8]) -> Result<(), Error> {
        let mut bytes = std::mem::take(&mut self.rest);
        bytes.extend_from_slice(block);
        let mut bytes = bytes.as_slice();
        loop {
            let (valid, invalid) = match std::str::from_utf8(bytes) {
                Ok(_) => (bytes.len(), None),
                Err(error) => (error.valid_up_to(), error.error_len()),
            };
            let (good, after) = bytes.split_at(valid);
            self.has_wide |= !good.is_ascii();
            if let Some(at) = good.iter().position(|byte| *byte == 0) {
                self.line.pass(&good[..at]);
                return Err(Error::NotText { line: self.line.here() });
            }
            self.line.pass(good);
            let Some(length) = invalid else {
                after.clone_into(&mut self.rest);
                return Ok(());
            };
            self.broken.get_or_insert(self.line.here());
            self.has_undefined |= after[..length].iter().any(|byte| UNDEFINED.contains(byte));
            bytes = &after[length..];
        }
    }

    fn verdict(self) -> Result<&'static Encoding, Error> {
        let broken = self.broken.or((!self.rest.is_empty()).then(|| self.line.here()));
        match broken {
            None => Ok(UTF_8),
            Some(line) if self.has_wide => Err(Error::NotUtf8 { line }),
            Some(line) if self.has_undefined => Err(Error::NotText { line }),
            Some(_) => Ok(WINDOWS_1252),
        }
    }
}

/// Counts lines, each of which ends in `\n`, `\r\n` or `\r`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LineCount {
    ends: u64,
    is_behind_return: bool,
}

impl LineCount {
    pub(super) fn pass(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let is_end = match byte {
                b'\n' => !self.is_behind_return,
                b'\r' => true,
                _ => false,
            };
            self.ends += u64::from(is_end);
            self.is_behind_return = *byte == b'\r';
        }
    }

    /// The line, from 1, of the byte that comes next.
    pub(super) fn here(self) -> u64 {
        self.ends + 1
    }
}

fn fill(reader: &mut dyn Read, block: &mut [u8]) -> Result<usize, Error> {
    let mut filled = 0;
    while filled < block.len() {
        match reader.read(&mut block[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::Reading(error)),
        }
    }
    Ok(filled)
}

/// The text of a file as UTF-8, without a mark in front.
pub(super) struct Text<'a> {
    reader: Box<dyn Read + 'a>,
    decoder: Decoder,
    block: Vec<u8>,
    /// Part of `block` that is still to be decoded.
    waiting: Range<usize>,
    output: Vec<u8>,
    /// Part of `output` that is still to be read.
    decoded: Range<usize>,
    is_last: bool,
    is_done: bool,
}

impl<'a> Text<'a> {
    pub(super) fn open(file: &'a dyn TableFile, encoding: &'static Encoding) -> Result<Self, Error> {
        Ok(Self {
            reader: file.open().map_err(Error::Reading)?,
            decoder: encoding.new_decoder_with_bom_removal(),
            block: vec![0; BLOCK],
            waiting: 0..0,
            output: vec![0; BLOCK],
            decoded: 0..0,
            is_last: false,
            is_done: false,
        })
    }
}

impl BufRead for Text<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.decoded.is_empty() && !self.is_done {
            if self.waiting.is_empty() && !self.is_last {
                let count = self.reader.read(&mut self.block)?;
                self.waiting = 0..count;
                self.is_last = count == 0;
            }
            let source = &self.block[self.waiting.clone()];
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(source, &mut self.output, self.is_last);
            self.waiting.start += read;
            self.decoded = 0..written;
            match result {
                DecoderResult::Malformed(..) => {
                    return Err(io::Error::new(ErrorKind::InvalidData, "characters that do not exist"));
                }
                DecoderResult::InputEmpty if self.is_last => self.is_done = true,
                DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
            }
        }
        Ok(&self.output[self.decoded.clone()])
    }

    fn consume(&mut self, count: usize) {
        self.decoded.start = (self.decoded.start + count).min(self.decoded.end);
    }
}

impl Read for Text<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(out)?;
        self.consume(count);
        Ok(count)
    }
}
