//! `/runs/:id?file=&charts=` – one run: values, charts, files, promotion.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use plot::{Frame, Series};
use types::{ArtifactPath, MetricPoint, MetricSummary, Preview, Run, RunId};

use crate::address::{Page, href};
use crate::components::{
    ArtifactList, ArtifactPictures, ArtifactPreview, ErrorPanel, EvaluationSection, KeyValues, LoggedModels,
    MetricChart, MetricTable, PromoteForm, Reproduce, RunHead, is_picture, or_error, places,
};
use crate::error::UiError;
use crate::i18n::{RunsText, fill, use_language};
use crate::islands::CodeBlock;
use crate::query::with_query;
use crate::server_fns::artifacts::{list_artifacts, list_logged_models, preview_artifact};
use crate::server_fns::experiments::get_experiment;
use crate::server_fns::models::list_models;
use crate::server_fns::runs::{get_evaluation, get_run, metric_history};

/// Charts before "show all".
const FIRST_CHARTS: usize = 6;

/// The file of a run that can be promoted.
const MODEL: &str = "model/model.cuaderno";

/// One run.
#[component]
pub fn RunPage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| RunId::parse(params.get_str("id")?).ok());
    let query = use_query_map();
    let file = query.with_untracked(|query| ArtifactPath::parse(query.get_str("file")?).ok());
    let all_charts = query.with_untracked(|query| query.get_str("charts") == Some("all"));

    view! {
        <Title text=RunsText::of(use_language()).title/>
        {Suspend::new(async move {
            let run = match id {
                Some(id) => get_run(id).await,
                None => Err(UiError::no_such_page()),
            };
            match run {
                Ok(run) => page(run, file, all_charts).await.into_any(),
                Err(error) => view! { <ErrorPanel error/> }.into_any(),
            }
        })}
    }
}

async fn page(run: Run, file: Option<ArtifactPath>, all_charts: bool) -> impl IntoView {
    let (experiment, artifacts, models, charts, evaluation, preview, logged_models) = tokio::join!(
        get_experiment(run.experiment_id),
        list_artifacts(run.id.clone()),
        list_models(),
        histories(&run, all_charts),
        get_evaluation(run.id.clone()),
        previewed(&run.id, file),
        list_logged_models(run.id.clone()),
    );
    let language = use_language();
    let files = artifacts.clone().unwrap_or_default();
    let model = files.into_iter().map(|file| file.path).find(|path| path.as_str() == MODEL);
    let models = models.unwrap_or_default();
    let promotion = model.map(|model| view! { <PromoteForm run_id=run.id.clone() model models/> });
    let experiment = experiment.ok().map(|experiment| {
        let address = href(language, Page::Experiment(experiment.id));
        view! { <a href=address>{experiment.name.to_string()}</a> }
    });
    let (id, count) = (run.id.clone(), with_history(&run).count());
    let charts = or_error(charts, move |histories| view! { <Charts id count histories/> });
    let evaluation = or_error(evaluation, |evaluation| {
        evaluation.map(|evaluation| view! { <EvaluationSection evaluation/> })
    });
    let run_id = run.id.clone();
    let files = or_error(artifacts, move |artifacts| view! { <Files run_id artifacts/> });
    let run_id = run.id.clone();
    let preview = or_error(preview, move |preview| {
        preview.map(|(path, preview)| view! { <ArtifactPreview run_id path preview/> })
    });
    let logged_models = or_error(logged_models, |models| view! { <LoggedModels models/> });
    view! {
        <RunHead run=run.clone()>{experiment}</RunHead>
        {promotion}
        <Metrics run=run.clone()/>
        {charts}
        {evaluation}
        {files}
        {preview}
        {logged_models}
        <Facts run=run.clone()/>
        <Reproduce run/>
    }
}

/// What can be shown of the file that is asked for.
async fn previewed(
    run_id: &RunId,
    file: Option<ArtifactPath>,
) -> Result<Option<(ArtifactPath, Preview)>, UiError> {
    let Some(path) = file else { return Ok(None) };
    let preview = preview_artifact(run_id.clone(), path.clone()).await?;
    Ok(Some((path, preview)))
}

/// The metrics of a run that have more than one point.
fn with_history(run: &Run) -> impl Iterator<Item = &MetricSummary> {
    run.metrics.iter().filter(|metric| metric.count > 1)
}

type History = (String, Vec<MetricPoint>);

/// The histories of the metrics that have one; of the first few, unless all are asked for.
async fn histories(run: &Run, all: bool) -> Result<Vec<History>, UiError> {
    let most = if all { usize::MAX } else { FIRST_CHARTS };
    let mut histories = Vec::new();
    for metric in with_history(run).take(most) {
        let points = metric_history(run.id.clone(), metric.key.clone()).await?;
        histories.push((metric.key.to_string(), points));
    }
    Ok(histories)
}

#[component]
fn Charts(id: RunId, count: usize, histories: Vec<History>) -> impl IntoView {
    let language = use_language();
    let t = RunsText::of(language);
    let is_empty = histories.is_empty();
    let more = (count > histories.len()).then(|| {
        let address = with_query(&href(language, Page::Run(id)), [("charts", "all")]);
        view! { <p><a href=address>{fill(t.all_charts, &[("n", &count)])}</a></p> }
    });
    let frame = if histories.len() == 1 {
        Frame { width: 900, height: 320 }
    } else {
        Frame { width: 560, height: 280 }
    };
    let charts = histories.into_iter().map(|(key, points)| {
        let (points, is_by_step) = places(&points);
        let x_label = if is_by_step { t.step } else { t.seconds };
        let series = vec![Series { name: key.clone(), points }];
        view! { <MetricChart title=key x_label series frame/> }
    });
    let charts = charts.collect_view();
    (!is_empty).then(|| {
        view! {
            <section class="card">
                <h2>{t.charts}</h2>
                <div class="metric-charts">{charts}</div>
                {more}
            </section>
        }
    })
}

#[component]
fn Metrics(run: Run) -> impl IntoView {
    let t = RunsText::of(use_language());
    let content = if run.metrics.is_empty() {
        let curl = format!(
            "curl -X POST http://127.0.0.1:5000/api/v1/runs/{}/metrics \\\n  -H 'Content-Type: application/json' \\\n  \
             -d '[{{\"key\": \"loss\", \"value\": 0.31, \"step\": 1}}]'",
            run.id
        );
        view! { <p>{t.no_metrics}</p> <CodeBlock caption=t.log_a_metric code=curl/> }.into_any()
    } else {
        view! { <MetricTable metrics=run.metrics/> }.into_any()
    };
    view! { <section class="card"><h2>{t.metrics}</h2> {content}</section> }
}

#[component]
fn Files(run_id: RunId, artifacts: Vec<types::Artifact>) -> impl IntoView {
    let t = RunsText::of(use_language());
    let (is_empty, has_pictures) = (artifacts.is_empty(), artifacts.iter().any(is_picture));
    let pictures = has_pictures.then(|| {
        view! {
            <section class="card">
                <h2>{t.plots}</h2>
                <ArtifactPictures run_id=run_id.clone() artifacts=artifacts.clone()/>
            </section>
        }
    });
    let list = if is_empty {
        view! { <p class="muted">{t.no_artifacts}</p> }.into_any()
    } else {
        view! { <ArtifactList run_id artifacts/> }.into_any()
    };
    view! {
        {pictures}
        <section class="card"><h2>{t.artifacts}</h2> {list}</section>
    }
}

#[component]
fn Facts(run: Run) -> impl IntoView {
    let t = RunsText::of(use_language());
    let params = run.params.into_iter().map(|param| (param.key.to_string(), param.value)).collect();
    let tags = run.tags.into_iter().map(|tag| (tag.key.to_string(), tag.value)).collect();
    let inputs =
        run.inputs.into_iter().map(|input| (format!("{} · {}", input.name, input.context), input.digest));
    view! {
        <div class="run-facts">
            <KeyValues title=t.params empty=t.no_params items=params/>
            <KeyValues title=t.tags empty=t.no_tags items=tags/>
            <KeyValues title=t.datasets empty=t.no_datasets items=inputs.collect()/>
        </div>
    }
}
