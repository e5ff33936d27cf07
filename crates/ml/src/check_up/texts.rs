//! What may be wrong with a column of texts.

use std::collections::BTreeMap;

use types::{DataFinding, DataFindingKind, Severity};

use super::profile::short;
use super::{finding, names};
use crate::Table;
use crate::table::{Column, is_number};

/// Values with fewer rows are rare.
const RARE: u64 = 5;

/// Rows below which nothing is rare.
const ROWS_MIN: u64 = 100;

/// Most examples that a finding lists.
const EXAMPLES: usize = 5;

/// Columns with more different texts are not searched for spellings.
const SPELLED_MAX: usize = 20_000;

pub(super) fn findings(table: &Table, column: &Column, codes: &[u32], levels: &[String]) -> Vec<DataFinding> {
    let mut counts = vec![0_u64; levels.len()];
    for code in codes {
        if let Some(count) = counts.get_mut(*code as usize) {
            *count += 1;
        }
    }
    let present: u64 = counts.iter().sum();
    let distinct = levels.len() as u64;
    let name = || column.name.clone();
    let mut findings = Vec::new();

    let row_of = |code: usize| codes.iter().position(|other| *other as usize == code).unwrap_or_default();
    let odd: Vec<usize> = (0..levels.len()).filter(|code| !is_number(&levels[*code])).collect();
    let odd_rows: u64 = odd.iter().map(|code| counts[*code]).sum();
    if let Some(first) = odd.iter().map(|code| row_of(*code)).min()
        && odd_rows * 10 < present
    {
        let example = levels.get(codes[first] as usize).map(|text| short(text)).unwrap_or_default();
        let (count, line) = (odd_rows, table.line(first));
        findings.push(finding(
            Severity::Warning,
            DataFindingKind::AlmostNumbers { column: name(), count, example, line },
        ));
        return findings;
    }
    if present >= ROWS_MIN && distinct * 10 > present * 9 {
        findings.push(finding(Severity::Warning, DataFindingKind::Identifies { column: name(), distinct }));
        return findings;
    }
    let rare: Vec<usize> = (0..levels.len()).filter(|code| (1..RARE).contains(&counts[*code])).collect();
    if present >= ROWS_MIN && !rare.is_empty() {
        findings.push(finding(
            Severity::Note,
            DataFindingKind::RareLevels {
                column: name(),
                levels: rare.len() as u64,
                count: rare.iter().map(|code| counts[*code]).sum(),
                examples: rare.iter().take(EXAMPLES).map(|code| short(&levels[*code])).collect(),
            },
        ));
    }
    let groups = spellings(levels);
    if !groups.is_empty() {
        findings.push(finding(Severity::Warning, DataFindingKind::Spellings { column: name(), groups }));
    }
    findings
}

/// Up to three groups of texts that differ only in capitals, accents, spaces or marks.
fn spellings(levels: &[String]) -> Vec<Vec<String>> {
    if levels.len() > SPELLED_MAX {
        return Vec::new();
    }
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for level in levels {
        let folded = names::folded(level);
        if !folded.is_empty() {
            groups.entry(folded).or_default().push(short(level));
        }
    }
    groups
        .into_values()
        .filter(|group| group.len() > 1)
        .take(3)
        .map(|group| group.into_iter().take(EXAMPLES).collect())
        .collect()
}
