//! The training form.

use std::collections::BTreeMap;

use leptos::form::ActionForm;
use leptos::prelude::*;
use types::{Algorithm, ColumnKind, Dataset};

use super::{ErrorSummary, Field, ParameterField};
use crate::i18n::{self, TrainText, fill, use_language};
use crate::number_format::whole;
use crate::server_fns::training::SubmitTraining;
use crate::training_form::{control_name, parameters};

/// Column that the form proposes as target where there is one.
const USUAL_TARGET: &str = "precio";

/// What to train, on what, and what to call it. Sends a plain POST where there is no front end.
#[component]
pub fn TrainForm(
    /// Stored datasets, newest first; not empty.
    datasets: Vec<Dataset>,
    /// What was filled in before, by name; empty on a fresh form.
    filled: BTreeMap<String, String>,
) -> impl IntoView {
    let language = use_language();
    let t = TrainText::of(language);
    let submit = ServerAction::<SubmitTraining>::new();
    let error = Signal::derive(move || submit.value().get().and_then(Result::err));
    let filled = StoredValue::new(filled);
    let value = move |name: &str, fresh: &str| {
        filled.with_value(|filled| filled.get(name).cloned()).unwrap_or_else(|| fresh.to_owned())
    };
    let input = move |name: &'static str, fresh: &str, mode: Option<&'static str>| {
        view! {
            <input
                id=format!("field-{name}")
                name=name
                inputmode=mode
                value=value(name, fresh)
                aria-describedby=format!("field-{name}-help")
                aria-invalid=move || error.with(|e| e.as_ref().and_then(|e| e.fault(name)).map(|_| "true"))
            />
        }
    };
    let chosen = value("model", "random_forest");
    let families: Vec<_> = Algorithm::NAMES
        .iter()
        .map(|family| {
            let (title, text) = i18n::family(family, language);
            view! {
                <label class="family-choice">
                    <input type="radio" name="model" value=*family checked=*family == chosen/>
                    <span>
                        <strong>{title}</strong>
                        <code>{*family}</code>
                        <span class="muted">{text}</span>
                    </span>
                </label>
            }
        })
        .collect();
    let parameter_groups: Vec<_> = Algorithm::NAMES
        .iter()
        .map(|family| {
            let fields: Vec<_> = parameters(family)
                .iter()
                .map(|parameter| {
                    let fresh = crate::training_form::default_of(family, parameter.name);
                    let name = control_name(family, parameter.name);
                    view! { <ParameterField parameter family value=value(&name, &fresh) error/> }
                })
                .collect();
            view! {
                <div class=format!("family-parameters for-{family}")>
                    <h3>{fill(t.parameters_of, &[("model", &i18n::family(family, language).0)])}</h3>
                    <div class="field-grid">{fields}</div>
                </div>
            }
        })
        .collect();
    let scale = value("transform", "none");
    let transforms: Vec<_> =
        [("none", t.transform_none), ("log", t.transform_log), ("sqrt", t.transform_sqrt)]
            .into_iter()
            .map(|(name, text)| view! { <option value=name selected=name == scale>{text}</option> })
            .collect();
    let label = move |name: &str| {
        t.label(name).or_else(|| {
            let (family, name) = name.split_once('-')?;
            parameters(family).iter().map(|parameter| parameter.name).find(|known| *known == name)
        })
    };

    view! {
        <ActionForm action=submit attr:class="train-form" attr:novalidate=true>
            <ErrorSummary error label/>
            <input type="hidden" name="language" value=language.tag()/>
            <fieldset class="card">
                <legend>{t.group_data}</legend>
                <div class="field-grid">
                    <DatasetFields datasets=datasets dataset=value("dataset", "") target=value("target", USUAL_TARGET) error/>
                    <Field name="test_size" label=t.test_size hint=t.test_size_hint error>
                        {input("test_size", "0.2", Some("decimal"))}
                    </Field>
                    <Field name="transform" label=t.transform hint=t.transform_hint error>
                        <select id="field-transform" name="transform" aria-describedby="field-transform-help">
                            {transforms}
                        </select>
                    </Field>
                    <Field name="split_seed" label=t.split_seed hint=t.split_seed_hint error>
                        {input("split_seed", "42", Some("numeric"))}
                    </Field>
                </div>
            </fieldset>
            <fieldset class="card family-fieldset">
                <legend>{t.group_model}</legend>
                <div class="family-choices" role="radiogroup" aria-label=t.model id="field-model">{families}</div>
                {parameter_groups}
            </fieldset>
            <fieldset class="card">
                <legend>{t.group_run}</legend>
                <div class="field-grid">
                    <Field name="experiment" label=t.experiment hint=t.experiment_hint error>
                        {input("experiment", "prediccion_precios_automoviles", None)}
                    </Field>
                    <Field name="run_name" label=t.run_name hint=t.run_name_hint error>
                        {input("run_name", "", None)}
                    </Field>
                </div>
            </fieldset>
            <div class="row">
                <button class="button is-large" disabled=move || submit.pending().get()>{t.submit}</button>
            </div>
        </ActionForm>
    }
    .into_any()
}

/// Dataset and target. The columns that can be targets change with the dataset once the page is interactive.
#[component]
fn DatasetFields(
    /// Stored datasets, newest first.
    datasets: Vec<Dataset>,
    /// Digest or name that is chosen at first; the newest if empty.
    dataset: String,
    /// Target that is chosen at first.
    target: String,
    /// What is wrong with the form, if anything.
    error: Signal<Option<crate::error::UiError>>,
) -> impl IntoView {
    let language = use_language();
    let t = TrainText::of(language);
    let newest = datasets.first().map(|dataset| dataset.digest.clone()).unwrap_or_default();
    let is_known = datasets.iter().any(|known| known.digest == dataset);
    let chosen = RwSignal::new(if is_known { dataset } else { newest });
    let options: Vec<_> = datasets
        .iter()
        .map(|dataset| {
            let selected = chosen.with_untracked(|digest| *digest == dataset.digest);
            view! {
                <option value=dataset.digest.clone() selected=selected>{dataset.name.to_string()}</option>
            }
        })
        .collect();
    let dataset = Memo::new(move |_| {
        let datasets = datasets.iter();
        chosen.with(|digest| datasets.clone().find(|dataset| dataset.digest == *digest).cloned())
    });
    let size = Signal::derive(move || {
        let size = dataset.get().map(|dataset| {
            let rows = whole(language, dataset.row_count);
            fill(t.dataset_hint, &[("rows", &rows), ("columns", &dataset.columns.len())])
        });
        size.unwrap_or_default()
    });
    let targets = move || {
        let columns = dataset.get().map(|dataset| dataset.columns).unwrap_or_default();
        let numbers = columns.into_iter().filter(|column| column.kind != ColumnKind::Text);
        let names: Vec<String> = numbers.map(|column| column.name).collect();
        let start = names.iter().position(|name| *name == target).unwrap_or(names.len().saturating_sub(1));
        names
            .into_iter()
            .enumerate()
            .map(|(position, name)| view! { <option value=name selected=position == start>{name.clone()}</option> })
            .collect_view()
    };

    view! {
        <Field name="dataset" label=t.dataset hint=size error>
            <select
                id="field-dataset"
                name="dataset"
                aria-describedby="field-dataset-help"
                on:change=move |event| chosen.set(event_target_value(&event))
            >
                {options}
            </select>
        </Field>
        <Field name="target" label=t.target hint=t.target_hint error>
            <select id="field-target" name="target" aria-describedby="field-target-help">
                {targets}
            </select>
        </Field>
    }
    .into_any()
}
