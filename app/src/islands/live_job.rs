//! How far a training job has come, live.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use types::{JobId, JobState};

use super::{JobBadge, Time};
use crate::address::{Page, href};
use crate::i18n::{TrainText, use_language};
use crate::server_fns::training::{JobStanding, follow_job};

/// How often the page asks how far a job has come.
const INTERVAL: Duration = Duration::from_millis(500);

/// State, progress and outcome of a job; asks for it until it is over.
#[island]
pub fn LiveJob(
    /// Which job.
    id: JobId,
    /// What the page calls the family of its model.
    family: String,
    /// How far it had come when the page was made.
    standing: JobStanding,
) -> impl IntoView {
    let language = use_language();
    let t = TrainText::of(language);
    let job = RwSignal::new(standing);
    // Effects run in the browser only.
    Effect::new(move |_| follow(job, id.clone()));

    let state = Memo::new(move |_| job.with(|job| job.state));
    let sentence = move || match state.get() {
        JobState::Queued => t.job_waits,
        JobState::Running => t.job_runs,
        JobState::Finished => t.job_done,
        JobState::Failed => t.job_failed,
        JobState::Interrupted => t.job_interrupted,
    };
    let percent = move || job.with(|job| format!("{:.0}", job.progress.fraction.clamp(0.0, 1.0) * 100.0));
    let stage = move || job.with(|job| t.stage(&job.progress.stage));
    let run = Memo::new(move |_| job.with(|job| job.run_id.clone()));
    let reason = Memo::new(move |_| job.with(|job| job.error.clone()));
    let times = Memo::new(move |_| job.with(|job| (job.created_at, job.started_at, job.ended_at)));

    view! {
        <section class="card live-job" class:is-over=move || state.get().is_over()>
            <p class="row" role="status">
                {move || view! { <JobBadge state=state.get()/> }} <span>{sentence}</span>
            </p>
            <div class="live-job-progress">
                <progress max="100" value=percent aria-label=t.progress></progress>
                <p class="row">
                    <strong class="number">{percent} " %"</strong>
                    <span class="muted">{stage}</span>
                </p>
            </div>
            {move || {
                reason
                    .get()
                    .map(|reason| view! { <p class="live-job-reason"><strong>{t.reason} ": "</strong> {reason}</p> })
            }}
            <dl class="live-job-times">
                <dt>{t.family}</dt>
                <dd>{family}</dd>
                <dt>{t.asked_for}</dt>
                <dd>{move || view! { <Time at=times.get().0/> }}</dd>
                {move || {
                    times.get().1.map(|at| view! { <dt>{t.started}</dt> <dd><Time at/></dd> })
                }}
                {move || times.get().2.map(|at| view! { <dt>{t.ended}</dt> <dd><Time at/></dd> })}
            </dl>
            <p class="row">
                {move || {
                    let is_done = state.get() == JobState::Finished;
                    run.get()
                        .map(|id| {
                            let class = if is_done { "button" } else { "button is-quiet" };
                            view! { <a class=class href=href(language, Page::Run(id))>{t.see_run}</a> }
                        })
                }}
                {move || {
                    state
                        .get()
                        .is_over()
                        .then(|| {
                            view! { <a class="button is-quiet" href=href(language, Page::Train)>{t.train_again}</a> }
                        })
                }}
            </p>
        </section>
    }
    .into_any()
}

/// Asks for the job until it is over. An answer that does not come is asked for again.
fn follow(job: RwSignal<JobStanding>, id: JobId) {
    let is_asking = StoredValue::new(false);
    let tick = move || {
        if is_asking.get_value() || job.with_untracked(|job| job.state.is_over()) {
            return;
        }
        is_asking.set_value(true);
        let id = id.clone();
        spawn_local(async move {
            if let Ok(now) = follow_job(id).await {
                job.set(now);
            }
            is_asking.set_value(false);
        });
    };
    if let Ok(interval) = set_interval_with_handle(tick, INTERVAL) {
        on_cleanup(move || interval.clear());
    }
}
