//! Training jobs in a list.

use leptos::prelude::*;
use types::TrainingJob;

use crate::address::{Page, href};
use crate::i18n::{self, TrainText, use_language};
use crate::islands::{JobBadge, Time};

/// Training jobs, newest first, each with a link to its page.
#[component]
pub fn JobTable(
    /// The jobs.
    jobs: Vec<TrainingJob>,
) -> impl IntoView {
    let language = use_language();
    let t = TrainText::of(language);
    let rows: Vec<_> = jobs
        .into_iter()
        .map(|job| {
            let name = job.run_name.map_or_else(|| job.experiment.to_string(), |name| name.to_string());
            view! {
                <tr>
                    <td><a href=href(language, Page::Job(job.id))>{name}</a></td>
                    <td>{i18n::family(job.spec.algorithm.name(), language).0}</td>
                    <td><JobBadge state=job.state/></td>
                    <td><Time at=job.created_at/></td>
                </tr>
            }
        })
        .collect();
    view! {
        <div class="table-frame">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{t.group_run}</th>
                        <th scope="col">{t.family}</th>
                        <th scope="col">{t.state}</th>
                        <th scope="col">{t.asked_for}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
