//! The state of a training job.

use leptos::prelude::*;
use types::JobState;

use crate::i18n::{Common, use_language};

/// A chip that names the state; colour only repeats it.
#[component]
pub fn JobBadge(
    /// How far the job has come.
    state: JobState,
) -> impl IntoView {
    let t = Common::of(use_language());
    let text = match state {
        JobState::Queued => t.job_queued,
        JobState::Running => t.job_running,
        JobState::Finished => t.job_finished,
        JobState::Failed => t.job_failed,
        JobState::Interrupted => t.job_interrupted,
    };
    view! { <span class=format!("status-badge is-{}", state.as_str())>{text}</span> }
}
