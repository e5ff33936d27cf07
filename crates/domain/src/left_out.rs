//! What could not be moved in or out, told once for each reason.

use std::collections::BTreeMap;

use moving::record::Fault;
use serde::Serialize;

/// Owners that are named of things that were left out for the same reason.
const EXAMPLES: usize = 3;

/// Different reasons that are kept; the others are only counted.
const REASONS_MAX: usize = 1000;

/// What was left out, by reason.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct LeftOut {
    /// The reasons, in the order in which they came up; at most 1000.
    pub left_out: Vec<LeftOutReason>,
    /// Things that were left out for still other reasons.
    pub left_out_unlisted: u64,
    /// Where the entry of a reason is in the list.
    #[serde(skip)]
    places: BTreeMap<(String, String), usize>,
}

/// Things that were left out for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOutReason {
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
pub(crate) enum Owner {
    /// Nobody's: it is a thing of its own.
    None,
    /// The experiment of this name.
    Experiment(String),
    /// The run with this identifier.
    Run(String),
    /// The logged or registered model of this name.
    Model(String),
}

impl Owner {
    fn name(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Experiment(name) => Some(format!("experiment `{name}`")),
            Self::Run(id) => Some(format!("run `{id}`")),
            Self::Model(name) => Some(format!("model `{name}`")),
        }
    }
}

impl LeftOut {
    pub(crate) fn add_all(&mut self, owner: &Owner, faults: Vec<Fault>) {
        for fault in faults {
            self.add(owner, fault);
        }
    }

    pub(crate) fn add(&mut self, owner: &Owner, fault: Fault) {
        let Fault { what, why } = fault;
        let key = (what, why);
        let place = match self.places.get(&key) {
            Some(place) => *place,
            None if self.left_out.len() == REASONS_MAX => {
                self.left_out_unlisted += 1;
                return;
            }
            None => {
                let (what, why) = key.clone();
                self.places.insert(key, self.left_out.len());
                self.left_out.push(LeftOutReason { what, why, count: 0, examples: Vec::new() });
                self.left_out.len() - 1
            }
        };
        if let Some(reason) = self.left_out.get_mut(place) {
            reason.count += 1;
            if reason.examples.len() < EXAMPLES {
                reason.examples.extend(owner.name());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_reasons_are_told_once() {
        let mut left_out = LeftOut::default();
        for run in 0..10 {
            left_out.add(&Owner::Run(run.to_string()), Fault::new("artifacts", "are far away"));
        }
        left_out.add(&Owner::None, Fault::new("experiment `x`", "has no meta.yaml"));
        let reasons = left_out.left_out;
        assert_eq!(reasons.len(), 2);
        assert_eq!((reasons[0].count, reasons[0].examples.len()), (10, 3));
        assert_eq!(reasons[1].examples, Vec::<String>::new());
    }
}
