//! What came in, and what did not.

use moving::record::Fault;
use serde::Serialize;

use crate::left_out::{LeftOut, Owner};

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
    /// What did not come in.
    #[serde(flatten)]
    pub left_out: LeftOut,
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
    Unreadable,
}

impl ImportReport {
    pub(super) fn add(&mut self, outcome: RunOutcome) {
        match outcome.kind {
            RunKind::Added => self.runs_added += 1,
            RunKind::Completed => self.runs_completed += 1,
            RunKind::Present => self.runs_present += 1,
            RunKind::Unreadable => {}
        }
        self.points += outcome.points;
        self.files += outcome.files;
        self.file_bytes += outcome.file_bytes;
        self.left_out.add_all(&Owner::Run(outcome.id), outcome.faults);
    }
}
