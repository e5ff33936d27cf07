//! Server functions about training jobs. Each calls one operation of `domain::training`.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use types::{JobId, JobLogLine, JobStatus, Language, Reproduction, RunId, TrainingJob};

use crate::error::UiError;
use crate::page_json::PageJson;

/// Number of jobs in the list of the training page.
#[cfg(feature = "ssr")]
const RECENT: u32 = 8;

/// What a page needs to train a run again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Repeat {
    /// The training as a Python script.
    pub python: String,
    /// Fields of the training form, by name.
    pub form: Vec<(String, String)>,
    /// How the run compares with the one that it trained again, if it did.
    pub reproduction: Option<Reproduction>,
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
#[server(prefix = "/ui", endpoint = "training/follow", input = GetUrl, output = PageJson)]
pub async fn follow_job(job_id: JobId) -> Result<JobStatus, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::training::status(&ctx, &job_id).await?)
}

/// Stops a job and leads back to its page, also if it was over already.
#[server(prefix = "/ui", endpoint = "training/cancel")]
pub async fn cancel_training(
    /// Language of the page that asks.
    #[server(default)]
    language: Language,
    job_id: JobId,
) -> Result<(), UiError> {
    use crate::address::{Page, href};
    use types::ErrorKind;

    let ctx = crate::context::ctx()?;
    match domain::training::cancel(&ctx, &job_id).await {
        Err(error) if error.kind() != ErrorKind::Conflict => return Err(error.into()),
        _ => crate::context::go_to(&href(language, Page::Job(job_id))),
    }
    Ok(())
}

/// What happened in one job.
#[server(prefix = "/ui", endpoint = "training/log", input = GetUrl)]
pub async fn get_job_log(job_id: JobId) -> Result<Vec<JobLogLine>, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::training::log(&ctx, &job_id).await?)
}

/// Trains a run again and leads to the page of the job.
#[server(prefix = "/ui", endpoint = "training/reproduce")]
pub async fn reproduce_run(
    /// Language of the page that asks.
    #[server(default)]
    language: Language,
    run_id: RunId,
) -> Result<(), UiError> {
    use crate::address::{Page, href};

    let ctx = crate::context::ctx()?;
    let job = domain::training::reproduce(&ctx, &run_id).await?;
    crate::context::go_to(&href(language, Page::Job(job.status.id)));
    Ok(())
}

/// What is needed to train a run again; nothing for runs that were not trained here.
#[server(prefix = "/ui", endpoint = "training/repeat", input = GetUrl)]
pub async fn get_repeat(run_id: RunId) -> Result<Option<Repeat>, UiError> {
    use types::ErrorKind;

    let ctx = crate::context::ctx()?;
    let found = match domain::training::repeat(&ctx, &run_id).await {
        Err(error) if error.kind() == ErrorKind::Rule => return Ok(None),
        found => found?,
    };
    let form = crate::training_form::fields(&found.recipe, &found.experiment);
    Ok(Some(Repeat { python: found.python, form, reproduction: found.reproduction }))
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
            context::go_to(&href(language, Page::Job(job.status.id)));
            Ok(())
        }
        Err(error) => {
            let fields: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            context::answer_form::<SubmitTraining, _>(Err(error), &href(language, Page::Train), &fields)
        }
    }
}
