//! `/compare?run=a&run=b&metric=&diff=` – runs side by side.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;
use plot::{Frame, Series};
use types::{Experiment, MetricKey, MetricPoint, PairedComparison, Run, RunId};

use crate::address::{Page, href};
use crate::components::{
    ComparisonTable, EmptyState, MetricBars, MetricChart, PageHeader, PairedVerdict, metric_names, or_error,
    places,
};
use crate::error::UiError;
use crate::i18n::{CompareText, Language, use_language};
use crate::query::with_query;
use crate::runs_view::RunsView;
use crate::server_fns::experiments::get_experiment;
use crate::server_fns::runs::{compare_rows, compare_runs, metric_history};

/// What the address asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Comparison {
    /// The runs, each once; nothing if one of them cannot be the name of a run.
    runs: Option<Vec<RunId>>,
    /// Metric of the chart; empty for the one that ranks the runs.
    metric: String,
    only_differences: bool,
}

impl Comparison {
    fn from_query(query: &ParamsMap) -> Self {
        let mut runs: Vec<String> = Vec::new();
        for id in query.get_all("run").unwrap_or_default() {
            if !id.is_empty() && !runs.contains(&id) {
                runs.push(id);
            }
        }
        Self {
            runs: runs.iter().map(|id| RunId::parse(id).ok()).collect(),
            metric: query.get("metric").unwrap_or_default(),
            only_differences: query.get_str("diff") == Some("1"),
        }
    }

    fn address(&self, language: Language) -> String {
        let runs = self.runs.iter().flatten().map(|id| ("run", id.to_string()));
        let diff = if self.only_differences { "1" } else { "" };
        let state = [("metric", self.metric.clone()), ("diff", diff.to_owned())];
        with_query(&href(language, Page::Compare), runs.chain(state))
    }

    fn without(&self, run: &RunId) -> Self {
        let runs = self.runs.iter().flatten().filter(|id| *id != run).cloned().collect();
        Self { runs: Some(runs), ..self.clone() }
    }
}

/// Runs side by side, and one metric across them.
#[component]
pub fn ComparePage() -> impl IntoView {
    let t = CompareText::of(use_language());
    let comparison = use_query_map().with_untracked(Comparison::from_query);

    view! {
        <Title text=t.title/>
        {Suspend::new(async {
            or_error(load(&comparison).await, |loaded| match loaded {
                Some(Loaded { runs, experiment, lines, pair }) => {
                    let verdict = verdict(&runs, pair);
                    view! { <Compared comparison runs experiment lines/> {verdict} }.into_any()
                }
                None => view! { <NothingToCompare/> }.into_any(),
            })
        })}
    }
}

/// What a comparison shows.
struct Loaded {
    /// At least one run.
    runs: Vec<Run>,
    /// Experiment of the first run; its goal ranks all of them.
    experiment: Experiment,
    /// History of the metric of the chart, for runs that have one.
    lines: Vec<(String, Vec<MetricPoint>)>,
    /// What the rows say about two runs.
    pair: Option<PairedComparison>,
}

async fn load(comparison: &Comparison) -> Result<Option<Loaded>, UiError> {
    let ids = comparison.runs.clone().ok_or_else(UiError::no_such_page)?;
    let runs = compare_runs(ids).await?;
    let Some(first) = runs.first() else { return Ok(None) };
    let experiment = get_experiment(first.experiment_id).await?;
    let metric = chosen_metric(&comparison.metric, &runs, Some(&experiment));
    let lines = histories(&runs, &metric).await?;
    let pair = match runs.as_slice() {
        // The rest of the page says enough without it.
        [first, second] => compare_rows(first.id.clone(), second.id.clone()).await.ok().flatten(),
        _ => None,
    };
    Ok(Some(Loaded { runs, experiment, lines, pair }))
}

/// What the rows say about two runs.
fn verdict(runs: &[Run], pair: Option<PairedComparison>) -> Option<impl IntoView + use<>> {
    let [first, second] = runs else { return None };
    let names = [first.name.clone(), second.name.clone()];
    pair.map(|compared| view! { <PairedVerdict names compared/> })
}

/// The metric of the chart: the one asked for, else the goal, else the first.
fn chosen_metric(asked: &str, runs: &[Run], experiment: Option<&Experiment>) -> String {
    let names = metric_names(runs);
    let goal = experiment.map(|experiment| experiment.goal.metric.as_str());
    let wanted =
        [Some(asked), goal].into_iter().flatten().find(|name| names.iter().any(|known| known == name));
    wanted.map(str::to_owned).or_else(|| names.first().cloned()).unwrap_or_default()
}

/// The points of a metric for each run that has more than one of them.
async fn histories(runs: &[Run], metric: &str) -> Result<Vec<(String, Vec<MetricPoint>)>, UiError> {
    let Ok(key) = MetricKey::parse(metric) else { return Ok(Vec::new()) };
    let mut histories = Vec::new();
    for run in runs {
        if run.metric(metric).is_some_and(|summary| summary.count > 1) {
            histories.push((run.name.to_string(), metric_history(run.id.clone(), key.clone()).await?));
        }
    }
    Ok(histories)
}

#[component]
fn NothingToCompare() -> impl IntoView {
    let language = use_language();
    let t = CompareText::of(language);
    view! {
        <PageHeader title=t.title/>
        <EmptyState title=t.none_title>
            <p>{t.none_body}</p>
            <p><a class="button" href=href(language, Page::Experiments)>{t.to_experiments}</a></p>
        </EmptyState>
    }
}

#[component]
fn Compared(
    comparison: Comparison,
    runs: Vec<Run>,
    experiment: Experiment,
    lines: Vec<(String, Vec<MetricPoint>)>,
) -> impl IntoView {
    let language = use_language();
    let t = CompareText::of(language);
    let choose =
        RunsView { selected: runs.iter().map(|run| run.id.clone()).collect(), ..RunsView::default() }
            .address(language, experiment.id);
    let toggled = Comparison { only_differences: !comparison.only_differences, ..comparison.clone() };
    let toggle_text = if comparison.only_differences { t.everything } else { t.only_differences };
    let alone = (runs.len() == 1).then(|| {
        let choose = choose.clone();
        view! {
            <EmptyState title=t.one_title>
                <p>{t.one_body}</p>
                <p><a class="button" href=choose>{t.choose_others}</a></p>
            </EmptyState>
        }
    });
    let removing = comparison.clone();
    let without = Callback::new(move |run: Run| removing.without(&run.id).address(language));

    view! {
        <PageHeader title=t.title lead=t.lead>
            <a class="button is-quiet" aria-pressed=comparison.only_differences.to_string() role="button" href=toggled.address(language)>{toggle_text}</a>
            <a class="button is-quiet" href=choose>{t.choose_others}</a>
        </PageHeader>
        {alone}
        <ComparisonChart comparison=comparison.clone() runs=runs.clone() experiment=experiment.clone() lines/>
        <ComparisonTable runs goal=Some(experiment.goal) only_differences=comparison.only_differences without/>
    }
}

#[component]
fn ComparisonChart(
    comparison: Comparison,
    runs: Vec<Run>,
    experiment: Experiment,
    lines: Vec<(String, Vec<MetricPoint>)>,
) -> impl IntoView {
    let language = use_language();
    let t = CompareText::of(language);
    let metric = chosen_metric(&comparison.metric, &runs, Some(&experiment));
    if metric.is_empty() {
        return view! { <p class="muted">{t.no_metrics}</p> }.into_any();
    }
    let options: Vec<_> = metric_names(&runs)
        .into_iter()
        .map(|name| {
            let is_shown = name == metric;
            view! { <option value=name.clone() selected=is_shown>{name.clone()}</option> }
        })
        .collect();
    let kept: Vec<_> = comparison
        .runs
        .iter()
        .flatten()
        .map(|id| view! { <input type="hidden" name="run" value=id.to_string()/> })
        .collect();
    let diff = comparison.only_differences.then(|| view! { <input type="hidden" name="diff" value="1"/> });
    let chart = if lines.is_empty() {
        let values =
            runs.iter().filter_map(|run| Some((run.name.to_string(), run.metric(&metric)?.last.value)));
        view! { <MetricBars title=metric.clone() values=values.collect()/> }.into_any()
    } else {
        let series =
            lines.into_iter().map(|(name, points)| Series { name, points: places(&points).0 }).collect();
        view! { <MetricChart title=metric.clone() x_label=t.step series frame=Frame { width: 900, height: 380 }/> }.into_any()
    };

    view! {
        <section class="card comparison-chart">
            <h2>{t.chart}</h2>
            <form method="get" action=href(language, Page::Compare)>
                {kept} {diff}
                <label for="compare-metric">{t.metric}</label>
                <select id="compare-metric" name="metric">{options}</select>
                <button class="button">{t.show}</button>
            </form>
            {chart}
        </section>
    }
    .into_any()
}
