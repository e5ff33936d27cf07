//! How results look on standard output.

use std::io::{self, Write};

use serde::Serialize;
use types::MetricSummary;

/// Writes a value as readable JSON.
pub(super) fn json(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

/// Writes what happened as one line of JSON.
pub(super) fn json_line(out: &mut impl Write, event: &str, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &serde_json::json!({ "event": event, event: value }))?;
    writeln!(out)
}

/// Writes rows under a header in columns as wide as they need to be.
pub(super) fn table(out: &mut impl Write, header: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
    let mut widths: Vec<usize> = header.iter().map(|name| name.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (cell, width) in cells.zip(&widths) {
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count()) + 2));
        }
        writeln!(out, "{}", text.trim_end())
    };
    line(&mut header.iter().copied())?;
    for row in rows {
        line(&mut row.iter().map(String::as_str))?;
    }
    Ok(())
}

/// A measured value for people: six significant digits or so.
pub(super) fn number(value: f64) -> String {
    if value == 0.0 || (0.01..1e9).contains(&value.abs()) {
        let decimals = if value.abs() >= 1000.0 { 2 } else { 4 };
        format!("{value:.decimals$}")
    } else {
        format!("{value:.4e}")
    }
}

/// The last value of a metric, or a dash.
pub(super) fn last(metric: Option<&MetricSummary>) -> String {
    metric.map_or_else(|| "-".to_owned(), |metric| number(metric.last.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut out = Vec::new();
        let rows = [vec!["1".to_owned(), "año".to_owned()], vec!["1000".to_owned(), "x".to_owned()]];
        table(&mut out, &["id", "name"], &rows).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "id    name\n1     año\n1000  x\n");
    }

    #[test]
    fn numbers_stay_readable_at_every_size() {
        let shown = [0.0, 0.958_123, 12_345.678, 1e-7, f64::NAN].map(number);
        assert_eq!(shown, ["0.0000", "0.9581", "12345.68", "1.0000e-7", "NaN"]);
    }
}
