//! The training form.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use types::{Algorithm, ColumnKind, Dataset};

use super::ParameterField;
use crate::context::problems_of_form;
use crate::i18n::{self, TrainText, fill, use_language};
use crate::islands::{DatasetChoice, DatasetFields, Field, LiveForm};
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
    let problems = problems_of_form::<SubmitTraining>(|name| label(t, name).map(str::to_owned));
    let (filled, problems) = (StoredValue::new(filled), StoredValue::new(problems));
    let value = move |name: &str, fresh: &str| {
        filled.with_value(|filled| filled.get(name).cloned()).unwrap_or_else(|| fresh.to_owned())
    };
    let problem = move |name: &str| problems.with_value(|problems| problems.at(name));
    let input = move |name: &'static str, fresh: &str, mode: Option<&'static str>| {
        view! {
            <input
                id=format!("field-{name}")
                name=name
                inputmode=mode
                value=value(name, fresh)
                aria-describedby=format!("field-{name}-help")
                aria-invalid=problem(name).map(|_| "true")
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
                    let problem = problem(&name);
                    view! { <ParameterField parameter family value=value(&name, &fresh) problem/> }
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
    let select = move |name: &'static str, fresh: &str, words: Vec<(&'static str, &'static str)>| {
        let chosen = value(name, fresh);
        let options: Vec<_> = words
            .into_iter()
            .map(|(word, text)| view! { <option value=word selected=word == chosen>{text}</option> })
            .collect();
        view! {
            <select id=format!("field-{name}") name=name aria-describedby=format!("field-{name}-help")>{options}</select>
        }
    };
    let tasks =
        vec![("", t.task_by_data), ("regression", t.task_numbers), ("classification", t.task_classes)];
    let splits = vec![("random", t.split_random), ("grouped", t.split_grouped), ("time", t.split_time)];
    let sweeps = vec![
        ("", t.sweep_none),
        ("grid", t.sweep_grid),
        ("random", t.sweep_random),
        ("halving", t.sweep_halving),
    ];
    let has_options = ["sweep", "learning_curve"].iter().any(|name| !value(name, "").is_empty());
    let has_curve = !value("learning_curve", "").is_empty();
    let datasets = datasets.into_iter().map(choice).collect();

    view! {
        <LiveForm
            action=SubmitTraining::url().to_owned()
            class="train-form".to_owned()
            checked_by_browser=false
            problems=problems.get_value()
        >
            <input type="hidden" name="language" value=language.tag()/>
            <fieldset class="card">
                <legend>{t.group_data}</legend>
                <div class="field-grid">
                    <DatasetFields
                        datasets
                        dataset=value("dataset", "")
                        target=value("target", USUAL_TARGET)
                        problems=problems.get_value()
                    />
                    <Field name="task" label=t.task hint=t.task_hint problem=problem("task")>
                        {select("task", "", tasks)}
                    </Field>
                    <Field name="excluded" label=t.excluded hint=t.excluded_hint problem=problem("excluded")>
                        {input("excluded", "", None)}
                    </Field>
                    <Field name="weight" label=t.weight hint=t.weight_hint problem=problem("weight")>
                        {input("weight", "", None)}
                    </Field>
                    <Field name="expected" label=t.expected hint=t.expected_hint problem=problem("expected")>
                        {input("expected", "", None)}
                    </Field>
                    <Field name="transform" label=t.transform hint=t.transform_hint problem=problem("transform")>
                        <select id="field-transform" name="transform" aria-describedby="field-transform-help">
                            {transforms}
                        </select>
                    </Field>
                </div>
            </fieldset>
            <fieldset class="card family-fieldset">
                <legend>{t.group_model}</legend>
                <div class="family-choices" role="radiogroup" aria-label=t.model id="field-model">{families}</div>
                {parameter_groups}
            </fieldset>
            <fieldset class="card">
                <legend>{t.group_validation}</legend>
                <div class="field-grid">
                    <Field name="split" label=t.split hint=t.split_hint problem=problem("split")>
                        {select("split", "random", splits)}
                    </Field>
                    <Field name="split_column" label=t.split_column hint=t.split_column_hint problem=problem("split_column")>
                        {input("split_column", "", None)}
                    </Field>
                    <Field name="test_size" label=t.test_size hint=t.test_size_hint problem=problem("test_size")>
                        {input("test_size", "0.2", Some("decimal"))}
                    </Field>
                    <Field name="split_seed" label=t.split_seed hint=t.split_seed_hint problem=problem("split_seed")>
                        {input("split_seed", "42", Some("numeric"))}
                    </Field>
                    <Field name="folds" label=t.folds hint=t.folds_hint problem=problem("folds")>
                        {input("folds", "5", Some("numeric"))}
                    </Field>
                </div>
            </fieldset>
            <fieldset class="card">
                <legend>{t.group_budget}</legend>
                <div class="field-grid">
                    <Field name="time_limit" label=t.time_limit hint=t.time_limit_hint problem=problem("time_limit")>
                        {input("time_limit", "", Some("numeric"))}
                    </Field>
                    <Field name="priority" label=t.priority hint=t.priority_hint problem=problem("priority")>
                        {input("priority", "0", None)}
                    </Field>
                </div>
                <details open=has_options>
                    <summary>{t.more_work}</summary>
                    <div class="field-grid">
                        <Field name="sweep" label=t.sweep hint=t.sweep_hint problem=problem("sweep")>
                            {select("sweep", "", sweeps)}
                        </Field>
                        <Field name="sweep_values" label=t.sweep_values hint=t.sweep_values_hint problem=problem("sweep_values")>
                            <textarea
                                id="field-sweep_values"
                                name="sweep_values"
                                rows="3"
                                aria-describedby="field-sweep_values-help"
                            >
                                {value("sweep_values", "")}
                            </textarea>
                        </Field>
                        <Field name="sweep_trials" label=t.sweep_trials hint=t.sweep_trials_hint problem=problem("sweep_trials")>
                            {input("sweep_trials", "20", Some("numeric"))}
                        </Field>
                    </div>
                    <label class="check">
                        <input type="checkbox" name="learning_curve" value="true" checked=has_curve/> {t.learning_curve}
                    </label>
                </details>
            </fieldset>
            <fieldset class="card">
                <legend>{t.group_run}</legend>
                <div class="field-grid">
                    <Field name="experiment" label=t.experiment hint=t.experiment_hint problem=problem("experiment")>
                        {input("experiment", "prediccion_precios_automoviles", None)}
                    </Field>
                    <Field name="run_name" label=t.run_name hint=t.run_name_hint problem=problem("run_name")>
                        {input("run_name", "", None)}
                    </Field>
                </div>
            </fieldset>
            <div class="row"><button class="button is-large">{t.submit}</button></div>
        </LiveForm>
    }
    .into_any()
}

/// A dataset as the form offers it; texts come first, so that the last one is a number.
fn choice(dataset: Dataset) -> DatasetChoice {
    let columns = dataset.columns.len();
    let (texts, numbers): (Vec<_>, Vec<_>) =
        dataset.columns.into_iter().partition(|column| column.kind == ColumnKind::Text);
    DatasetChoice {
        digest: dataset.digest,
        name: dataset.name.to_string(),
        rows: dataset.row_count,
        columns,
        targets: texts.into_iter().chain(numbers).map(|column| column.name).collect(),
    }
}

/// What the page calls a field; parameters have the names that scikit-learn gives them.
fn label(t: &TrainText, name: &str) -> Option<&'static str> {
    t.label(name).or_else(|| {
        let (family, name) = name.split_once('-')?;
        parameters(family).iter().map(|parameter| parameter.name).find(|known| *known == name)
    })
}
