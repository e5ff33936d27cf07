//! Server functions about training jobs. Each calls one operation of `domain::training`.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};
use types::{JobId, JobState, Language, Millis, Progress, RunId, TrainingJob};

use crate::error::UiError;

/// Number of jobs in the list of the training page.
#[cfg(feature = "ssr")]
const RECENT: u32 = 8;

/// What changes about a job while it is worked on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobStanding {
    /// How far it has come.
    pub state: JobState,
    /// How much is done.
    pub progress: Progress,
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

impl From<TrainingJob> for JobStanding {
    fn from(job: TrainingJob) -> Self {
        let TrainingJob { state, progress, run_id, error, created_at, started_at, ended_at, .. } = job;
        Self { state, progress, run_id, error, created_at, started_at, ended_at }
    }
}

/// The newest jobs.
#[server(prefix = "/ui", endpoint = "training/list", input = GetUrl)]
pub async fn list_jobs() -> Result<Vec<TrainingJob>, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::training::list(&ctx, RECENT).await?)
}

/// One job with its progress.
#[server(prefix = "/ui", endpoint = "training/get", input = GetUrl)]
pub async fn get_job(job_id: JobId) -> Result<TrainingJob, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::training::get(&ctx, &job_id).await?)
}

/// How far one job has come.
#[server(prefix = "/ui", endpoint = "training/follow", input = GetUrl)]
pub async fn follow_job(job_id: JobId) -> Result<JobStanding, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::training::get(&ctx, &job_id).await?.into())
}

/// Queues a training and leads to its page. Without the front end, a form with faults comes back filled in.
#[server(prefix = "/ui", endpoint = "training/submit")]
pub async fn submit_training(
    /// Language of the page that asks.
    #[server(default)]
    language: Language,
    /// The fields of the form, by name.
    #[server(flatten)]
    form: BTreeMap<String, String>,
) -> Result<(), UiError> {
    use crate::address::{Page, href};
    use crate::{context, training_form};

    let ctx = context::ctx()?;
    let submitted = match training_form::parse(&form) {
        Ok(new) => domain::training::submit(&ctx, new).await.map_err(UiError::from),
        Err(faults) => Err(UiError::of_fields(faults)),
    };
    match submitted {
        Ok(job) => {
            context::go_to(&href(language, Page::Job(job.id)));
            Ok(())
        }
        Err(error) => {
            let fields: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            context::answer_form::<SubmitTraining, _>(Err(error), &href(language, Page::Train), &fields)
        }
    }
}
