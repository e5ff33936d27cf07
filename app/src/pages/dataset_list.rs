//! `/datasets` – all datasets, and how new ones come in.

use leptos::either::Either;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use types::Dataset;

use crate::address::{Page, href};
use crate::components::{DatasetUpload, EmptyState, PageHeader, or_error};
use crate::i18n::{DatasetsText, use_language};
use crate::islands::{CodeBlock, Time};
use crate::number_format::whole;
use crate::server_fns::datasets::list_datasets;

/// All datasets, newest first.
#[component]
pub fn DatasetListPage() -> impl IntoView {
    let t = DatasetsText::of(use_language());
    let query = use_query_map();
    let problem = query.with_untracked(|query| query.get("problem"));
    view! {
        <PageHeader title=t.title lead=t.lead/>
        <DatasetUpload problem/>
        {Suspend::new(async {
            or_error(list_datasets().await, |datasets| {
                if datasets.is_empty() {
                    Either::Left(view! { <NoDatasets/> })
                } else {
                    Either::Right(view! { <DatasetTable datasets/> })
                }
            })
        })}
    }
}

#[component]
fn DatasetTable(datasets: Vec<Dataset>) -> impl IntoView {
    let language = use_language();
    let t = DatasetsText::of(language);
    let count = |columns: usize| whole(language, i64::try_from(columns).unwrap_or(i64::MAX));
    let rows: Vec<_> = datasets
        .into_iter()
        .map(|dataset| {
            view! {
                <tr>
                    <th scope="row">
                        <a href=href(language, Page::Dataset(dataset.digest.clone()))>{dataset.name.to_string()}</a>
                    </th>
                    <td class="is-number">{whole(language, dataset.row_count)}</td>
                    <td class="is-number">{count(dataset.columns.len())}</td>
                    <td>{dataset.source}</td>
                    <td><Time at=dataset.created_at/></td>
                    <td><code title=dataset.digest.clone()>{dataset.digest.get(..12).unwrap_or_default().to_owned()}</code></td>
                </tr>
            }
        })
        .collect();
    view! {
        <div class="table-frame" role="region" aria-label=t.title tabindex="0">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{t.name}</th>
                        <th scope="col" class="is-number">{t.rows}</th>
                        <th scope="col" class="is-number">{t.columns}</th>
                        <th scope="col">{t.source}</th>
                        <th scope="col">{t.stored}</th>
                        <th scope="col">{t.digest}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// How data comes in.
#[component]
fn NoDatasets() -> impl IntoView {
    let t = DatasetsText::of(use_language());
    view! {
        <EmptyState title=t.empty_title>
            <p>{t.empty_text}</p>
            <CodeBlock caption=t.empty_terminal code="cuaderno data import cars.csv"/>
            <CodeBlock caption=t.empty_sample code="cuaderno data sample --output cars.csv"/>
        </EmptyState>
    }
}
