//! `/train/:id` – one training job, live.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use types::{JobId, JobLogLine, TrainingJob};

use crate::components::{PageHeader, or_error};
use crate::error::UiError;
use crate::i18n::{self, TrainText, use_language};
use crate::islands::LiveJob;
use crate::server_fns::training::{get_job, get_job_log};

/// Without the front end, the browser loads the page again every two seconds until the job is over.
const RELOAD: &str = r#"<meta http-equiv="refresh" content="2">"#;

/// A job with its progress.
#[component]
pub fn JobPage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| JobId::parse(params.get_str("id")?).ok());
    Suspend::new(async {
        let job = match &id {
            Some(id) => get_job(id.clone()).await,
            None => Err(UiError::no_such_page()),
        };
        let lines = match id {
            Some(id) => get_job_log(id).await.unwrap_or_default(),
            None => Vec::new(),
        };
        or_error(job, |job| view! { <FollowedJob job lines/> })
    })
}

/// A job that is followed until it is over.
#[component]
fn FollowedJob(
    /// The job as it is now.
    job: TrainingJob,
    /// What happened in it.
    lines: Vec<JobLogLine>,
) -> impl IntoView {
    let language = use_language();
    let t = TrainText::of(language);
    let family = i18n::family(job.spec.algorithm.name(), language).0.to_owned();
    let title = job.run_name.as_ref().map_or_else(|| family.clone(), ToString::to_string);
    let eyebrow = format!("{} · {}", t.job_eyebrow, job.experiment);
    let is_over = job.status.state.is_over();

    view! {
        <PageHeader title eyebrow/>
        {(!is_over).then(|| view! { <noscript inner_html=RELOAD></noscript> })}
        <LiveJob id=job.status.id.clone() family status=job.status lines/>
    }
}
