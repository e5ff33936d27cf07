//! Tables as comma-separated values.

use serde_json::Value;

use super::Input;
use crate::{Error, Result};

/// Reads a header and rows; every cell is a text, and an empty one is missing.
///
/// # Errors
///
/// `Rule` if it is no UTF-8, has no header, or a row has another number of cells.
pub fn read_csv(bytes: &[u8]) -> Result<Input> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let wrong = |error: csv::Error| Error::Rule(format!("the CSV cannot be read: {error}"));
    let mut reader = csv::Reader::from_reader(bytes);
    let columns: Vec<String> = reader.headers().map_err(wrong)?.iter().map(str::to_owned).collect();
    if columns.is_empty() {
        return Err(Error::Rule("the CSV has no header with the names of the columns".to_owned()));
    }
    let cell = |text: &str| if text.is_empty() { Value::Null } else { Value::String(text.to_owned()) };
    let row = |record: csv::Result<csv::StringRecord>| Ok(record.map_err(wrong)?.iter().map(cell).collect());
    let rows = reader.records().map(row).collect::<Result<Vec<Vec<Value>>>>()?;
    Ok(Input::Table { columns: Some(columns), rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_texts_and_gaps_are_missing() {
        let Input::Table { columns, rows } = read_csv("\u{feff}a,b\n1,\n,\"x, y\"\n".as_bytes()).unwrap()
        else {
            panic!("a table")
        };
        assert_eq!(columns.unwrap(), ["a", "b"]);
        assert_eq!(rows, [[Value::from("1"), Value::Null], [Value::Null, Value::from("x, y")]]);
        assert!(read_csv(b"a,b\n1\n").unwrap_err().to_string().contains("CSV"));
        assert!(read_csv(b"").is_err() && read_csv(b"a\n\xff\n").is_err());
    }
}
