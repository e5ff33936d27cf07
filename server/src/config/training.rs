//! How jobs are worked off.

use serde::{Deserialize, Serialize};

/// How jobs are worked off.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct TrainingConfig {
    /// Jobs that the server trains at the same time; 0 leaves them to other processes.
    pub(crate) workers: usize,
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self { workers: 1 }
    }
}
