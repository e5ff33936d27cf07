//! Training jobs: requests to train, worked off by priority and age.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{ExperimentName, InvalidValue, JobId, Millis, RunId, RunName, TrainingSpec};

/// Lines of its log that a job keeps; the oldest go first.
pub const JOB_LOG_LINES_MAX: usize = 1000;

/// Longest time limit of a job, in seconds: a week.
pub const TIME_LIMIT_MAX: u32 = 604_800;

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
    /// The worker died too often, or was a command; nothing will happen by itself.
    Interrupted,
    /// Somebody stopped it.
    Cancelled,
}

impl JobState {
    /// All states, in the order of their documentation.
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Finished, Self::Failed, Self::Interrupted, Self::Cancelled];

    /// The name in answers and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Cancelled => "cancelled",
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

/// Which of the queued jobs is taken first: the one with the highest number, and of those the oldest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Priority(i32);

impl Priority {
    /// The lowest and the highest; 0 is what jobs have that say nothing.
    pub const RANGE: (i32, i32) = (-100, 100);

    /// Accepts whole numbers of [`RANGE`](Self::RANGE).
    ///
    /// # Errors
    ///
    /// If the number lies outside.
    pub fn new(number: i64) -> Result<Self, InvalidValue> {
        let (lowest, highest) = Self::RANGE;
        i32::try_from(number)
            .ok()
            .filter(|number| (lowest..=highest).contains(number))
            .map(Self)
            .ok_or_else(Self::invalid)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> i32 {
        self.0
    }

    fn invalid() -> InvalidValue {
        let (lowest, highest) = Self::RANGE;
        InvalidValue::new("priority", format!("must be a whole number from {lowest} to {highest}"))
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Priority {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        text.trim().parse().map_err(|_| Self::invalid()).and_then(Self::new)
    }
}

/// What a model is worth so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobMetric {
    /// Name, such as `cv_rmse`.
    pub key: String,
    /// The value, a finite number.
    pub value: f64,
}

/// How much of a job is done.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Progress {
    /// Share of the work, 0 to 1.
    pub fraction: f64,
    /// What is being done, such as `tree 40 of 100`.
    pub stage: String,
    /// Seconds until the end if it goes on at this pace; null while nothing can be said.
    #[serde(default)]
    pub remaining_seconds: Option<f64>,
    /// The newest measurement, once there is one.
    #[serde(default)]
    pub metric: Option<JobMetric>,
}

/// A line of a job's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobLogLine {
    /// Number of the line, from 1; numbers go on when old lines are dropped.
    pub line: i64,
    /// When it was written.
    pub at: Millis,
    /// What happened, in English.
    pub text: String,
    /// What was measured, if anything.
    pub metric: Option<JobMetric>,
}

/// The part of a job that changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobStatus {
    /// Identifier.
    #[serde(rename = "job_id")]
    pub id: JobId,
    /// How far it has come.
    pub state: JobState,
    /// How much is done.
    pub progress: Progress,
    /// How often a worker took it; a job whose worker dies is taken again.
    pub attempt: u32,
    /// Whether somebody asked to stop it, which takes effect within a second.
    pub is_cancel_requested: bool,
    /// The run of the newest attempt, from the moment that training begins.
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

/// What a follower of a job hears.
#[derive(Debug, Clone, PartialEq)]
pub enum JobEvent {
    /// The job as it is now: first of all, and after every change.
    Status(JobStatus),
    /// A new line of the log.
    Line(JobLogLine),
}

/// A request to train, with its state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TrainingJob {
    /// How far it has come.
    #[serde(flatten)]
    pub status: JobStatus,
    /// Its place in the queue: higher is earlier.
    pub priority: Priority,
    /// Seconds that one attempt may take; no limit if null.
    pub time_limit_seconds: Option<u32>,
    /// Experiment of the run.
    pub experiment: ExperimentName,
    /// Name for the run, if one was given.
    pub run_name: Option<RunName>,
    /// Digest of the dataset.
    pub dataset_digest: String,
    /// What to train.
    pub spec: TrainingSpec,
    /// The run that is trained once more, if this is a reproduction.
    pub origin_run_id: Option<RunId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_keep_to_their_range() {
        assert_eq!("7".parse::<Priority>().unwrap().get(), 7);
        assert_eq!("-100".parse::<Priority>().unwrap().get(), -100);
        for wrong in ["101", "-101", "1.5", "", "high", "99999999999999999999"] {
            let told = wrong.parse::<Priority>().unwrap_err().to_string();
            assert!(told.contains("-100 to 100"), "{told}");
        }
    }

    #[test]
    fn a_job_is_told_as_one_object() {
        let status = JobStatus {
            id: JobId::from_bits(1),
            state: JobState::Queued,
            progress: Progress::default(),
            attempt: 0,
            is_cancel_requested: false,
            run_id: None,
            error: None,
            created_at: Millis(5),
            started_at: None,
            ended_at: None,
        };
        let job = TrainingJob {
            status,
            priority: Priority::default(),
            time_limit_seconds: None,
            experiment: ExperimentName::parse("cars").unwrap(),
            run_name: None,
            dataset_digest: "d".to_owned(),
            spec: TrainingSpec::new("precio", crate::Algorithm::linear()),
            origin_run_id: None,
        };
        let json = serde_json::to_value(&job).unwrap();
        assert_eq!(
            (&json["state"], &json["created_at"], &json["priority"]),
            (&"queued".into(), &5.into(), &0.into())
        );
        assert_eq!(serde_json::from_value::<TrainingJob>(json).unwrap(), job);
    }
}
