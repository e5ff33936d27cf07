//! Training jobs: requests to train, worked off one after the other.

use serde::{Deserialize, Serialize};

use crate::{ExperimentName, JobId, Millis, RunId, RunName, TrainingSpec};

/// How far a job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// Waits for a worker.
    Queued,
    /// A worker trains.
    Running,
    /// Became a finished run.
    Finished,
    /// Stopped with an error.
    Failed,
    /// The worker died; nothing will happen by itself.
    Interrupted,
}

impl JobState {
    /// All states, in the order of their documentation.
    pub const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Finished, Self::Failed, Self::Interrupted];

    /// The name in answers and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether nothing more will happen by itself.
    #[must_use]
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// How much of a job is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Progress {
    /// Share of the work, 0 to 1.
    pub fraction: f64,
    /// What is being done, such as `tree 40 of 100`.
    pub stage: String,
}

/// A request to train, with its state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrainingJob {
    /// Identifier.
    #[serde(rename = "job_id")]
    pub id: JobId,
    /// How far it has come.
    pub state: JobState,
    /// How much is done.
    pub progress: Progress,
    /// Experiment of the run.
    pub experiment: ExperimentName,
    /// Name for the run, if one was given.
    pub run_name: Option<RunName>,
    /// Digest of the dataset.
    pub dataset_digest: String,
    /// What to train.
    pub spec: TrainingSpec,
    /// The run, from the moment that training begins.
    pub run_id: Option<RunId>,
    /// Why it failed.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: Millis,
    /// When a worker took it.
    pub started_at: Option<Millis>,
    /// When it was over.
    pub ended_at: Option<Millis>,
}
