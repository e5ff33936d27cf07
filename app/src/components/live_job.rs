//! How far a training job has come.

use leptos::prelude::*;
use types::{JobState, TrainingJob};

use super::{JobBadge, Time};
use crate::address::{Page, href};
use crate::i18n::{self, TrainText, use_language};

/// State, progress and outcome of a job; follows the signal.
#[component]
pub fn LiveJob(
    /// The job as it is now.
    #[prop(into)]
    job: Signal<TrainingJob>,
) -> impl IntoView {
    let language = use_language();
    let t = TrainText::of(language);
    let state = Memo::new(move |_| job.with(|job| job.status.state));
    let sentence = move || match state.get() {
        JobState::Queued => t.job_waits,
        JobState::Running => t.job_runs,
        JobState::Finished => t.job_done,
        JobState::Failed => t.job_failed,
        JobState::Interrupted => t.job_interrupted,
        JobState::Cancelled => t.job_cancelled,
    };
    let percent =
        move || job.with(|job| format!("{:.0}", job.status.progress.fraction.clamp(0.0, 1.0) * 100.0));
    let stage = move || job.with(|job| t.stage(&job.status.progress.stage));
    let run = Memo::new(move |_| job.with(|job| job.status.run_id.clone()));
    let reason = Memo::new(move |_| job.with(|job| job.status.error.clone()));
    let times = Memo::new(move |_| {
        job.with(|job| (job.status.created_at, job.status.started_at, job.status.ended_at))
    });

    let family = move || job.with(|job| i18n::family(job.spec.algorithm.name(), language).0);

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
