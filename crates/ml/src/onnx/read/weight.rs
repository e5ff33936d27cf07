//! How much memory a file would take, told by looking through it once.
//!
//! Two bytes can stand for a message that takes a hundred in memory. So messages and texts are counted before anything is
//! decoded.

use super::Problem;

/// Largest file, in bytes.
const BYTES_MAX: usize = 256 << 20;
/// Most messages and texts together; each takes up to about 200 bytes.
const PARTS_MAX: usize = 1 << 24;

/// Where messages and texts lie: numbers of fields from the file's outermost message on. A prefix stands before what it
/// contains.
const PATHS: [&[u64]; 17] = [
    &[7],
    &[8],
    &[7, 1],
    &[7, 1, 1],
    &[7, 1, 2],
    &[7, 1, 5],
    &[7, 1, 5, 5],
    &[7, 1, 5, 5, 6],
    &[7, 1, 5, 9],
    &[7, 5],
    &[7, 5, 6],
    &[7, 11],
    &[7, 11, 2, 1, 2],
    &[7, 11, 2, 1, 2, 1],
    &[7, 12],
    &[7, 12, 2, 1, 2],
    &[7, 12, 2, 1, 2, 1],
];

/// Refuses files that would take too much.
pub(super) fn check(bytes: &[u8]) -> Result<(), Problem> {
    if bytes.len() > BYTES_MAX {
        return Err(Problem::new(format!("it has more than {BYTES_MAX} bytes")));
    }
    let mut left = PARTS_MAX;
    count(bytes, &mut Vec::new(), &mut left)
}

/// Counts the parts of a message that lies at `path`.
fn count(mut bytes: &[u8], path: &mut Vec<u64>, left: &mut usize) -> Result<(), Problem> {
    while !bytes.is_empty() {
        let Some((key, rest)) = number(bytes) else { return Err(damaged()) };
        bytes = rest;
        match key & 7 {
            0 => bytes = number(bytes).ok_or_else(damaged)?.1,
            1 => bytes = bytes.get(8..).ok_or_else(damaged)?,
            5 => bytes = bytes.get(4..).ok_or_else(damaged)?,
            2 => {
                let (length, rest) = number(bytes).ok_or_else(damaged)?;
                let length = usize::try_from(length).map_err(|_| damaged())?;
                let (part, rest) = rest.split_at_checked(length).ok_or_else(damaged)?;
                bytes = rest;
                path.push(key >> 3);
                if PATHS.contains(&path.as_slice()) {
                    *left = left.checked_sub(1).ok_or_else(|| Problem::new("it has too many parts"))?;
                }
                // What lies deeper than the paths is not looked into, so this does not go deep.
                if PATHS.iter().any(|known| known.len() > path.len() && known.starts_with(path)) {
                    count(part, path, left)?;
                }
                path.pop();
            }
            _ => return Err(damaged()),
        }
    }
    Ok(())
}

/// A number of variable length, and what follows it.
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (place, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[place + 1..]));
        }
    }
    None
}

fn damaged() -> Problem {
    Problem::new("it is no ONNX file, or is damaged")
}
