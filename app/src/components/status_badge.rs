//! The state of a run.

use leptos::prelude::*;
use types::RunStatus;

use crate::i18n::{Common, use_language};

/// A chip that names the state; colour only repeats it.
#[component]
pub fn StatusBadge(
    /// How far the run has come.
    status: RunStatus,
) -> impl IntoView {
    let t = Common::of(use_language());
    let (text, class) = match status {
        RunStatus::Running => (t.run_running, "status-badge is-running"),
        RunStatus::Scheduled => (t.run_scheduled, "status-badge is-queued"),
        RunStatus::Finished => (t.run_finished, "status-badge is-finished"),
        RunStatus::Failed => (t.run_failed, "status-badge is-failed"),
        RunStatus::Killed => (t.run_killed, "status-badge is-interrupted"),
    };
    view! { <span class=class>{text}</span> }
}
