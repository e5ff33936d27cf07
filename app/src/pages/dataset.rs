//! `/datasets/:id` – one dataset: what may be wrong with it, what it holds, where it came from and what came of it.

use leptos::either::Either;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use types::{Dataset, DatasetLineage, DatasetOverview, DatasetRows, TableFormat};

use crate::address::{Page, href};
use crate::components::{CheckUp, DatasetColumns, KeyValues, PageHeader, or_error};
use crate::i18n::{DatasetsText, fill, use_language};
use crate::islands::Time;
use crate::number_format::whole;
use crate::query::with_query;
use crate::server_fns::datasets::get_dataset;

/// Longest text of a cell in the preview, in characters.
const CELL: usize = 60;

/// One dataset, by its digest or its name.
#[component]
pub fn DatasetPage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("id").unwrap_or_default());
    view! {
        {Suspend::new(async move {
            or_error(get_dataset(id).await, |overview| view! { <Known overview/> })
        })}
    }
}

#[component]
fn Known(overview: DatasetOverview) -> impl IntoView {
    let language = use_language();
    let t = DatasetsText::of(language);
    let DatasetOverview { dataset, report, versions, lineage, rows } = overview;
    let train = with_query(&href(language, Page::Train), [("dataset", &dataset.digest)]);
    let file = format!("/api/v1/datasets/{}/file", dataset.digest);
    let facts = vec![
        (t.rows.to_owned(), whole(language, dataset.row_count)),
        (t.columns.to_owned(), dataset.columns.len().to_string()),
        (t.format.to_owned(), format_text(&report.format, t)),
        (t.source.to_owned(), dataset.source.clone()),
        (t.stored.to_owned(), dataset.created_at.to_string()),
        (t.digest.to_owned(), dataset.digest.clone()),
    ];
    view! {
        <PageHeader title=dataset.name.to_string() eyebrow=t.eyebrow lead=dataset.description.clone()>
            <a class="button" href=train>{t.train}</a>
            <a class="button is-quiet" href=file download>{t.download}</a>
        </PageHeader>
        <div class="stack dataset">
            <CheckUp findings=report.findings/>
            <DatasetColumns dataset=dataset.clone() columns=report.columns/>
            <Preview rows/>
            <KeyValues title=t.about empty="" items=facts/>
            <Versions versions current=dataset.digest/>
            <Lineage lineage/>
        </div>
    }
    .into_any()
}

fn format_text(format: &TableFormat, t: &DatasetsText) -> String {
    match format {
        TableFormat::Parquet => "Parquet".to_owned(),
        TableFormat::Csv { encoding, separator, decimal_mark } => {
            let separator = if separator == "\t" { t.tab } else { separator.as_str() };
            fill(t.format_csv, &[("encoding", encoding), ("separator", &separator), ("mark", decimal_mark)])
        }
    }
}

#[component]
fn Preview(rows: DatasetRows) -> impl IntoView {
    let t = DatasetsText::of(use_language());
    let header: Vec<_> = rows.columns.into_iter().map(|name| view! { <th scope="col">{name}</th> }).collect();
    let body: Vec<_> = rows
        .rows
        .into_iter()
        .map(|row| {
            let cells: Vec<_> = row
                .into_iter()
                .map(|cell| {
                    let text = cell.unwrap_or_default();
                    let shown = match text.char_indices().nth(CELL) {
                        Some((end, _)) => format!("{}…", &text[..end]),
                        None => text,
                    };
                    view! { <td>{shown}</td> }
                })
                .collect();
            view! { <tr>{cells}</tr> }
        })
        .collect();
    view! {
        <section class="card" aria-labelledby="preview">
            <h2 id="preview">{t.preview}</h2>
            <div class="table-frame" role="region" aria-labelledby="preview" tabindex="0">
                <table>
                    <thead><tr>{header}</tr></thead>
                    <tbody>{body}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Versions(versions: Vec<Dataset>, current: String) -> impl IntoView {
    let language = use_language();
    let t = DatasetsText::of(language);
    let items: Vec<_> = versions
        .into_iter()
        .map(|version| {
            let is_current = version.digest == current;
            let shown = version.digest.get(..12).unwrap_or_default().to_owned();
            let link = if is_current {
                Either::Left(view! { <code>{shown}</code>" ("{t.this_one}")" })
            } else {
                Either::Right(view! { <a href=href(language, Page::Dataset(version.digest))><code>{shown}</code></a> })
            };
            view! { <li>{link} " · " {whole(language, version.row_count)} " " {t.rows} " · " <Time at=version.created_at/></li> }
        })
        .collect();
    view! {
        <section class="card" aria-labelledby="versions">
            <h2 id="versions">{t.versions}</h2>
            <ul>{items}</ul>
        </section>
    }
    .into_any()
}

#[component]
fn Lineage(lineage: DatasetLineage) -> impl IntoView {
    let language = use_language();
    let t = DatasetsText::of(language);
    let rows: Vec<_> = lineage
        .runs
        .into_iter()
        .map(|run| {
            let models: Vec<String> =
                run.models.iter().map(|(name, version)| format!("{name} {version}")).collect();
            view! {
                <tr>
                    <th scope="row"><a href=href(language, Page::Run(run.run_id))>{run.run_name}</a></th>
                    <td>{run.context}</td>
                    <td>{models.join(", ")}</td>
                </tr>
            }
        })
        .collect();
    view! {
        <section class="card" aria-labelledby="lineage">
            <h2 id="lineage">{t.lineage}</h2>
            {if rows.is_empty() {
                Either::Left(view! { <p class="muted">{t.no_lineage}</p> })
            } else {
                Either::Right(view! {
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">{t.run}</th>
                                <th scope="col">{t.used_for}</th>
                                <th scope="col">{t.models}</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                })
            }}
        </section>
    }
    .into_any()
}
