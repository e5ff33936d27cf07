//! What came in, and what did not.

use std::collections::BTreeMap;

use moving::record::Fault;
use serde::Serialize;

/// Owners that are named of things that were left out for the same reason.
const EXAMPLES: usize = 3;

/// Different reasons that are kept; the others are only counted.
const REASONS_MAX: usize = 1000;

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ImportReport {
    /// Experiments that are new here.
    pub experiments_added: u64,
    /// Experiments of the same name that were here.
    pub experiments_present: u64,
    /// Runs that are new here.
    pub runs_added: u64,
    /// Runs that were here in part and are whole now, or were brought up to date.
    pub runs_completed: u64,
    /// Runs that were here and have ended: nothing was done about them.
    pub runs_present: u64,
    /// Points of metrics that were read.
    pub points: u64,
    /// Files that were stored.
    pub files: u64,
    /// Their size.
    pub file_bytes: u64,
    /// What was left out.
    pub not_taken: Vec<NotTaken>,
    /// Things that were left out for still other reasons than those that are listed.
    pub not_taken_unlisted: u64,
    /// Where the entry of a reason is in `not_taken`.
    #[serde(skip)]
    places: BTreeMap<(String, String), usize>,
}

/// Things that were left out for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotTaken {
    /// What, such as ``param `lr` ``.
    pub what: String,
    /// Why.
    pub why: String,
    /// How often.
    pub count: u64,
    /// Where, up to three times, such as ``run `7f4c…` ``.
    pub examples: Vec<String>,
}

/// Whose part was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Owner {
    Source,
    Experiment(String),
    Run(String),
}

impl Owner {
    fn name(&self) -> Option<String> {
        match self {
            Self::Source => None,
            Self::Experiment(name) => Some(format!("experiment `{name}`")),
            Self::Run(id) => Some(format!("run `{id}`")),
        }
    }
}

/// How one run came in.
#[derive(Debug)]
pub(super) struct RunOutcome {
    pub(super) id: String,
    pub(super) kind: RunKind,
    pub(super) points: u64,
    pub(super) files: u64,
    pub(super) file_bytes: u64,
    pub(super) faults: Vec<Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RunKind {
    Added,
    Completed,
    /// It was deleted here meanwhile.
    Present,
    /// It could not be read at all.
    NotTaken,
}

impl ImportReport {
    pub(super) fn add(&mut self, outcome: RunOutcome) {
        match outcome.kind {
            RunKind::Added => self.runs_added += 1,
            RunKind::Completed => self.runs_completed += 1,
            RunKind::Present => self.runs_present += 1,
            RunKind::NotTaken => {}
        }
        self.points += outcome.points;
        self.files += outcome.files;
        self.file_bytes += outcome.file_bytes;
        self.refuse_all(&Owner::Run(outcome.id), outcome.faults);
    }

    pub(super) fn refuse_all(&mut self, owner: &Owner, faults: Vec<Fault>) {
        faults.into_iter().for_each(|fault| self.refuse(owner, fault));
    }

    pub(super) fn refuse(&mut self, owner: &Owner, fault: Fault) {
        let Fault { what, why } = fault;
        let key = (what, why);
        let entry = match self.places.get(&key).and_then(|place| self.not_taken.get_mut(*place)) {
            Some(entry) => entry,
            None if self.not_taken.len() == REASONS_MAX => {
                self.not_taken_unlisted += 1;
                return;
            }
            None => {
                let (what, why) = key.clone();
                self.places.insert(key, self.not_taken.len());
                self.not_taken.push(NotTaken { what, why, count: 0, examples: Vec::new() });
                let place = self.not_taken.len() - 1;
                &mut self.not_taken[place]
            }
        };
        entry.count += 1;
        if entry.examples.len() < EXAMPLES {
            entry.examples.extend(owner.name());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_reasons_are_told_once() {
        let mut report = ImportReport::default();
        for run in 0..10 {
            report.refuse(&Owner::Run(run.to_string()), Fault::new("artifacts", "are far away"));
        }
        report.refuse(&Owner::Source, Fault::new("experiment `x`", "has no meta.yaml"));
        assert_eq!(report.not_taken.len(), 2);
        assert_eq!((report.not_taken[0].count, report.not_taken[0].examples.len()), (10, 3));
        assert_eq!(report.not_taken[1].examples, Vec::<String>::new());
    }
}
