//! What came in, and what did not.

use moving::record::Fault;
use serde::Serialize;
use types::RunId;

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
    /// Logged models that are new here.
    pub logged_models_added: u64,
    /// Logged models that were here in part and are whole now, or were brought up to date.
    pub logged_models_completed: u64,
    /// Logged models that were here.
    pub logged_models_present: u64,
    /// Registered models that are new here.
    pub registered_models_added: u64,
    /// Registered models of the same name that were here.
    pub registered_models_present: u64,
    /// Versions of registered models that are new here.
    pub versions_added: u64,
    /// Versions of registered models that were here.
    pub versions_present: u64,
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

/// How a run or a logged model came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Added,
    Completed,
    /// It was here.
    Present,
    /// It could not be read at all.
    Unreadable,
}

/// What came in with a run or a logged model, and what did not.
#[derive(Debug, Default)]
pub(super) struct Amount {
    pub(super) points: u64,
    pub(super) files: u64,
    pub(super) file_bytes: u64,
    pub(super) faults: Vec<Fault>,
}

impl ImportReport {
    pub(super) fn add_run(&mut self, id: &RunId, kind: Kind, amount: Amount) {
        match kind {
            Kind::Added => self.runs_added += 1,
            Kind::Completed => self.runs_completed += 1,
            Kind::Present => self.runs_present += 1,
            Kind::Unreadable => {}
        }
        self.add(&Owner::Run(id.to_string()), amount);
    }

    pub(super) fn add_model(&mut self, id: &str, kind: Kind, amount: Amount) {
        match kind {
            Kind::Added => self.logged_models_added += 1,
            Kind::Completed => self.logged_models_completed += 1,
            Kind::Present => self.logged_models_present += 1,
            Kind::Unreadable => {}
        }
        self.add(&Owner::Model(id.to_owned()), amount);
    }

    fn add(&mut self, owner: &Owner, amount: Amount) {
        self.points += amount.points;
        self.files += amount.files;
        self.file_bytes += amount.file_bytes;
        self.left_out.add_all(owner, amount.faults);
    }
}
