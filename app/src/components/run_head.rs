//! The head of the page of a run.

use leptos::prelude::*;
use types::{Lifecycle, Run, RunStatus};

use super::runs_table::ESTIMATOR;
use super::{Duration, PageHeader, StatusBadge};
use crate::i18n::{RunsText, use_language};
use crate::islands::{CopyButton, Time};

/// Name, state, times and identifier of a run.
#[component]
pub fn RunHead(
    /// The run.
    run: Run,
    /// Link to its experiment.
    children: Children,
) -> impl IntoView {
    let t = RunsText::of(use_language());
    let model = run.tag(ESTIMATOR).map(|model| {
        view! { <div><dt>{t.model}</dt><dd>{model.to_owned()}</dd></div> }
    });
    let user = (!run.user.is_empty()).then(|| {
        view! { <div><dt>{t.by}</dt><dd>{run.user.clone()}</dd></div> }
    });
    let note = match (run.lifecycle, run.status) {
        (Lifecycle::Deleted, _) => Some(t.deleted),
        (Lifecycle::Active, RunStatus::Running) => Some(t.still_running),
        _ => None,
    };

    view! {
        <PageHeader title=run.name.to_string() eyebrow=t.title>
            <StatusBadge status=run.status/>
        </PageHeader>
        {note.map(|note| view! { <p class="run-note">{note}</p> })}
        <dl class="run-head">
            <div><dt>{t.experiment}</dt><dd>{children()}</dd></div>
            {model}
            <div><dt>{t.started}</dt><dd><Time at=run.started_at/></dd></div>
            <div><dt>{t.duration}</dt><dd><Duration from=run.started_at to=run.ended_at/></dd></div>
            {user}
            <div><dt>{t.run_id}</dt><dd><code>{run.id.to_string()}</code> <CopyButton text=run.id.to_string()/></dd></div>
        </dl>
    }
}
