//! Which data to train on, and what to learn from it.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Field, Problems};
use crate::i18n::{TrainText, fill, use_language};
use crate::number_format::whole;

/// A dataset as the form offers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetChoice {
    /// Its digest.
    pub digest: String,
    /// What it is called.
    pub name: String,
    /// Number of rows.
    pub rows: i64,
    /// Number of columns.
    pub columns: usize,
    /// Columns that can be learnt, in the file's order.
    pub targets: Vec<String>,
}

/// Dataset and target. The columns that can be targets change with the dataset.
#[island]
pub fn DatasetFields(
    /// What there is, newest first; not empty.
    datasets: Vec<DatasetChoice>,
    /// Digest that is chosen at first; the newest if it is unknown.
    dataset: String,
    /// Target that is chosen at first; the last column if it is unknown.
    target: String,
    /// What is wrong with the form.
    problems: Problems,
) -> impl IntoView {
    let language = use_language();
    let t = TrainText::of(language);
    let first = datasets.iter().position(|known| known.digest == dataset).unwrap_or(0);
    let options: Vec<_> = datasets
        .iter()
        .enumerate()
        .map(|(nth, dataset)| {
            view! {
                <option value=dataset.digest.clone() selected=nth == first>{dataset.name.clone()}</option>
            }
        })
        .collect();
    let chosen = RwSignal::new(datasets.get(first).map(|dataset| dataset.digest.clone()).unwrap_or_default());
    let dataset = Memo::new(move |_| {
        chosen.with(|digest| datasets.iter().find(|dataset| dataset.digest == *digest).cloned())
    });
    let size = Signal::derive(move || {
        let size = dataset.get().map(|dataset| {
            fill(t.dataset_hint, &[("rows", &whole(language, dataset.rows)), ("columns", &dataset.columns)])
        });
        size.unwrap_or_default()
    });
    let targets = move || {
        let names = dataset.get().map(|dataset| dataset.targets).unwrap_or_default();
        let start = names.iter().position(|name| *name == target).unwrap_or(names.len().saturating_sub(1));
        names
            .into_iter()
            .enumerate()
            .map(|(nth, name)| view! { <option value=name.clone() selected=nth == start>{name.clone()}</option> })
            .collect_view()
    };

    view! {
        <Field name="dataset" label=t.dataset hint=size problem=problems.at("dataset")>
            <select
                id="field-dataset"
                name="dataset"
                aria-describedby="field-dataset-help"
                on:change=move |event| chosen.set(event_target_value(&event))
            >
                {options}
            </select>
        </Field>
        <Field name="target" label=t.target hint=t.target_hint problem=problems.at("target")>
            <select id="field-target" name="target" aria-describedby="field-target-help">
                {targets}
            </select>
        </Field>
    }
    .into_any()
}
