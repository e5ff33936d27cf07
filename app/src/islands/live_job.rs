//! How far a training job has come, live.

use std::time::Duration;

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use types::{JobId, JobLogLine, JobState, JobStatus};
use web_sys::{EventSource, MessageEvent};

use super::{JobBadge, JobLog, Time};
use crate::address::{Page, href};
use crate::i18n::{TrainText, fill, use_language};
use crate::number_format;
use crate::server_fns::training::{CancelTraining, follow_job};

/// How often the page asks how far a job has come where nothing is told by itself.
const INTERVAL: Duration = Duration::from_millis(1000);

/// State, progress, log and outcome of a job; follows it until it is over.
#[island]
pub fn LiveJob(
    /// Which job.
    id: JobId,
    /// What the page calls the family of its model.
    family: String,
    /// How far it had come when the page was made.
    status: JobStatus,
    /// What had happened by then.
    lines: Vec<JobLogLine>,
) -> impl IntoView {
    let language = use_language();
    let t = TrainText::of(language);
    let (job, lines) = (RwSignal::new(status), RwSignal::new(lines));
    let followed = id.clone();
    // Effects run in the browser only.
    Effect::new(move |_| follow(job, lines, &followed));

    let state = Memo::new(move |_| job.with(|job| job.state));
    let is_stopping = Memo::new(move |_| job.with(|job| job.is_cancel_requested && !job.state.is_over()));
    let sentence = move || match state.get() {
        _ if is_stopping.get() => t.job_stops,
        JobState::Queued => t.job_waits,
        JobState::Running => t.job_runs,
        JobState::Finished => t.job_done,
        JobState::Failed => t.job_failed,
        JobState::Interrupted => t.job_interrupted,
        JobState::Cancelled => t.job_cancelled,
    };
    let percent = move || job.with(|job| format!("{:.0}", job.progress.fraction.clamp(0.0, 1.0) * 100.0));
    let stage = move || job.with(|job| t.stage(&job.progress.stage));
    let rest = move || {
        let seconds = job.with(|job| job.progress.remaining_seconds.filter(|_| !job.state.is_over()));
        seconds.map(|seconds| {
            let text = if seconds < 90.0 {
                fill(t.seconds_left, &[("n", &format!("{seconds:.0}"))])
            } else {
                fill(t.minutes_left, &[("n", &format!("{:.0}", seconds / 60.0))])
            };
            view! { <span class="muted">{text}</span> }
        })
    };
    let worth = move || {
        job.with(|job| job.progress.metric.clone()).map(|metric| {
            view! { <span><code>{metric.key}</code> " " <span class="number">{number_format::metric(language, metric.value)}</span></span> }
        })
    };
    let run = Memo::new(move |_| job.with(|job| job.run_id.clone()));
    let reason = Memo::new(move |_| job.with(|job| job.error.clone()));
    let times = Memo::new(move |_| job.with(|job| (job.created_at, job.started_at, job.ended_at)));
    let attempt = Memo::new(move |_| job.with(|job| job.attempt));

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
                    {worth}
                    {rest}
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
                {move || {
                    (attempt.get() > 1).then(|| view! { <dt>{t.attempt}</dt> <dd>{attempt.get()}</dd> })
                }}
            </dl>
            <div class="row">
                {move || {
                    let is_done = state.get() == JobState::Finished;
                    run.get()
                        .map(|id| {
                            let class = if is_done { "button" } else { "button is-quiet" };
                            view! { <a class=class href=href(language, Page::Run(id))>{t.see_run}</a> }
                        })
                }}
                {move || {
                    let id = id.to_string();
                    (!state.get().is_over())
                        .then(|| {
                            view! {
                                <form method="post" action=CancelTraining::url()>
                                    <input type="hidden" name="job_id" value=id/>
                                    <input type="hidden" name="language" value=language.tag()/>
                                    <button class="button is-quiet" disabled=is_stopping>{t.cancel}</button>
                                </form>
                            }
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
            </div>
            <JobLog lines/>
        </section>
    }
    .into_any()
}

/// Hears of the job until it is over: by the events that the server tells, or by asking where they cannot be had.
fn follow(job: RwSignal<JobStatus>, lines: RwSignal<Vec<JobLogLine>>, id: &JobId) {
    if job.with_untracked(|job| job.state.is_over()) {
        return;
    }
    let Ok(source) = EventSource::new(&format!("/api/v1/training-jobs/{id}/events")) else {
        ask(job, id.clone());
        return;
    };
    let status_source = source.clone();
    let on_status = listener(move |text| {
        if let Ok(status) = serde_json::from_str::<JobStatus>(&text) {
            if status.state.is_over() {
                status_source.close();
            }
            job.set(status);
        }
    });
    let on_line = listener(move |text| {
        if let Ok(line) = serde_json::from_str::<JobLogLine>(&text) {
            // The first lines are on the page already.
            if lines.with_untracked(|lines| lines.last().is_none_or(|last| last.line < line.line)) {
                lines.update(|lines| lines.push(line));
            }
        }
    });
    let (error_source, id) = (source.clone(), id.clone());
    let on_error = Closure::<dyn FnMut()>::new(move || {
        // A stream that broke is taken up again by the browser; one that was refused is not.
        if error_source.ready_state() == EventSource::CLOSED {
            ask(job, id.clone());
        }
    });
    // These only fail for names that are no texts.
    let _ = source.add_event_listener_with_callback("status", on_status.as_ref().unchecked_ref());
    let _ = source.add_event_listener_with_callback("line", on_line.as_ref().unchecked_ref());
    source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    // They live as long as the page.
    on_status.forget();
    on_line.forget();
    on_error.forget();
}

/// What hears of the texts of events.
fn listener(mut hear: impl FnMut(String) + 'static) -> Closure<dyn FnMut(MessageEvent)> {
    Closure::new(move |event: MessageEvent| {
        if let Some(text) = event.data().as_string() {
            hear(text);
        }
    })
}

/// Asks for the job until it is over. An answer that does not come is asked for again.
fn ask(job: RwSignal<JobStatus>, id: JobId) {
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
    // The page keeps asking until it is left.
    let _ = set_interval_with_handle(tick, INTERVAL);
}
