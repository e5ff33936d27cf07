//! `/train/:id` – one training job, live.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_params_map;
use types::{JobId, TrainingJob};

use crate::components::{LiveJob, PageHeader, Skeleton, or_error};
use crate::error::UiError;
use crate::i18n::{self, TrainText, use_language};
use crate::server_fns::training::get_job;

/// How often the page asks how far a job has come.
const INTERVAL: Duration = Duration::from_millis(500);

/// Without the front end, the browser loads the page again every two seconds until the job is over.
const RELOAD: &str = r#"<meta http-equiv="refresh" content="2">"#;

/// A job with its progress.
#[component]
pub fn JobPage() -> impl IntoView {
    let params = use_params_map();
    let id =
        Memo::new(move |_| params.with(|params| JobId::parse(params.get_str("id").unwrap_or_default()).ok()));
    let job = Resource::new(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => get_job(id).await,
                None => Err(UiError::no_such_page()),
            }
        },
    );

    view! {
        <Transition fallback=Skeleton>
            {move || Suspend::new(async move { or_error(job.await, |job| view! { <FollowedJob job/> }) })}
        </Transition>
    }
}

/// A job that is asked for again and again until it is over.
#[component]
fn FollowedJob(
    /// The job as it was when the page was made.
    job: TrainingJob,
) -> impl IntoView {
    let language = use_language();
    let t = TrainText::of(language);
    let family = i18n::family(job.spec.algorithm.name(), language).0;
    let title = job.run_name.as_ref().map_or_else(|| family.to_owned(), ToString::to_string);
    let eyebrow = format!("{} · {}", t.job_eyebrow, job.experiment);
    let is_over = job.status.state.is_over();
    let id = job.status.id.clone();
    let job = RwSignal::new(job);
    // Effects run in the browser only.
    Effect::new(move |_| follow(job, id.clone()));

    view! {
        <PageHeader title eyebrow/>
        {(!is_over).then(|| view! { <noscript inner_html=RELOAD></noscript> })}
        <LiveJob job/>
    }
}

/// Asks for the job until it is over or the page is left. An answer that does not come is asked for again.
fn follow(job: RwSignal<TrainingJob>, id: JobId) {
    let asking = StoredValue::new(false);
    let tick = move || {
        let is_over = job.try_with_untracked(|job| job.status.state.is_over()).unwrap_or(true);
        if is_over || asking.try_get_value().unwrap_or(true) {
            return;
        }
        asking.set_value(true);
        let id = id.clone();
        spawn_local(async move {
            if let Ok(now) = get_job(id).await {
                // The page may be gone by now.
                let _ = job.try_set(now);
            }
            let _ = asking.try_set_value(false);
        });
    };
    if let Ok(interval) = set_interval_with_handle(tick, INTERVAL) {
        on_cleanup(move || interval.clear());
    }
}
