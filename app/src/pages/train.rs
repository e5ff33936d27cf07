//! `/train` – what to train, and what is being trained.

use std::collections::BTreeMap;

use leptos::either::Either;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::components::{EmptyState, JobTable, PageHeader, TrainForm, or_error};
use crate::i18n::{TrainText, use_language};
use crate::islands::CodeBlock;
use crate::query;
use crate::server_fns::datasets::list_datasets;
use crate::server_fns::training::list_jobs;

/// The training form and the newest jobs.
#[component]
pub fn TrainPage() -> impl IntoView {
    let t = TrainText::of(use_language());
    // A form with faults comes back with its fields in the address.
    let filled: BTreeMap<_, _> = use_query_map().with_untracked(query::pairs).into_iter().collect();

    view! {
        <PageHeader title=t.title lead=t.lead/>
        {Suspend::new(async {
            or_error(list_datasets().await, |datasets| {
                if datasets.is_empty() {
                    Either::Left(view! { <NoData/> })
                } else {
                    Either::Right(view! { <TrainForm datasets filled/> })
                }
            })
        })}
        <section class="stack" aria-labelledby="recent-jobs">
            <h2 id="recent-jobs">{t.recent}</h2>
            {Suspend::new(async {
                or_error(list_jobs().await, |jobs| {
                    if jobs.is_empty() {
                        Either::Left(view! { <p class="muted">{t.no_jobs}</p> })
                    } else {
                        Either::Right(view! { <JobTable jobs/> })
                    }
                })
            })}
        </section>
    }
}

/// How data comes in.
#[component]
fn NoData() -> impl IntoView {
    let t = TrainText::of(use_language());
    view! {
        <EmptyState title=t.no_data_title>
            <p>{t.no_data_text}</p>
            <CodeBlock caption=t.no_data_import code="cuaderno data import cars.csv"/>
            <CodeBlock caption=t.no_data_sample code="cuaderno serve --sample"/>
        </EmptyState>
    }
}
