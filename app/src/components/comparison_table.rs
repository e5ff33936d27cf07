//! Runs side by side.

use std::collections::BTreeSet;

use leptos::either::Either;
use leptos::prelude::*;
use types::{Direction, Goal, Run};

use super::runs_table::ESTIMATOR;
use super::{Duration, Number, StatusBadge};
use crate::address::{Page, href};
use crate::i18n::{CompareText, fill, use_language};
use crate::islands::Time;

/// One row: its name and what every run has there.
struct Row {
    name: String,
    values: Vec<Option<String>>,
    /// The values as numbers, and the places of the best ones.
    numbers: Option<(Vec<Option<f64>>, Vec<bool>)>,
}

impl Row {
    fn differs(&self) -> bool {
        self.values.iter().any(|value| *value != self.values[0])
    }
}

/// A column per run; params and metrics as rows. Differences and best values are marked in words, too.
#[component]
pub fn ComparisonTable(
    /// The runs, at least one.
    runs: Vec<Run>,
    /// Goal of their experiment: says which direction of its metric is better.
    goal: Option<Goal>,
    /// Whether rows without a difference are left out.
    only_differences: bool,
    /// The address of this page without one of the runs.
    without: Callback<Run, String>,
) -> impl IntoView {
    let language = use_language();
    let t = CompareText::of(language);
    let keep = |row: &Row| !only_differences || row.differs();
    let params = text_rows(&runs, params_of).into_iter().filter(keep).collect::<Vec<_>>();
    let data = text_rows(&runs, inputs_of).into_iter().filter(keep).collect::<Vec<_>>();
    let metrics = metric_rows(&runs, goal.as_ref()).into_iter().filter(keep).collect::<Vec<_>>();
    let nothing = only_differences && params.is_empty() && metrics.is_empty() && data.is_empty();
    let width = runs.len() + 1;

    let heads = runs.iter().map(|run| {
        let label = fill(t.remove, &[("run", &run.name)]);
        view! {
            <th scope="col">
                <a href=href(language, Page::Run(run.id.clone()))>{run.name.to_string()}</a>
                <a class="comparison-remove" href=without.run(run.clone()) aria-label=label.clone() title=label>"×"</a>
            </th>
        }
    });
    let status = runs.iter().map(|run| view! { <td><StatusBadge status=run.status/></td> });
    let model = runs.iter().map(|run| view! { <td>{run.tag(ESTIMATOR).unwrap_or("–").to_owned()}</td> });
    let started = runs.iter().map(|run| view! { <td><Time at=run.started_at/></td> });
    let duration = runs.iter().map(|run| view! { <td><Duration from=run.started_at to=run.ended_at/></td> });

    view! {
        <div class="table-frame" tabindex="0" role="region" aria-label=t.table>
            <table class="comparison-table">
                <caption class="visually-hidden">{t.table}</caption>
                <thead>
                    <tr><th scope="col" class="is-sticky">{t.property}</th>{heads.collect_view()}</tr>
                </thead>
                <tbody>
                    <tr><th scope="row" class="is-sticky">{t.status}</th>{status.collect_view()}</tr>
                    <tr><th scope="row" class="is-sticky">{t.model}</th>{model.collect_view()}</tr>
                    <tr><th scope="row" class="is-sticky">{t.started}</th>{started.collect_view()}</tr>
                    <tr><th scope="row" class="is-sticky">{t.duration}</th>{duration.collect_view()}</tr>
                </tbody>
                <RowGroup title=t.metrics rows=metrics width/>
                <RowGroup title=t.params rows=params width/>
                <RowGroup title=t.data rows=data width/>
            </table>
        </div>
        {nothing.then(|| view! { <p class="muted">{t.no_differences}</p> })}
    }
}

#[component]
fn RowGroup(title: &'static str, rows: Vec<Row>, width: usize) -> impl IntoView {
    let t = CompareText::of(use_language());
    let differs = |row: &Row| {
        row.differs().then(|| {
            view! { <span class="comparison-mark" title=t.differs aria-hidden="true">"≠"</span><span class="visually-hidden">{t.differs}</span> }
        })
    };
    let row = |row: Row| {
        let mark = differs(&row);
        let is_different = row.differs();
        let cells = match row.numbers {
            Some((numbers, best)) => Either::Left(
                numbers
                    .into_iter()
                    .zip(best)
                    .map(|(value, is_best)| {
                        let badge = is_best.then(|| view! { <span class="best-badge">{t.best}</span> });
                        let number = value.map(|value| view! { <Number value/> });
                        view! { <td class="is-number" class:is-best=is_best>{number} {badge}</td> }
                    })
                    .collect_view(),
            ),
            None => Either::Right(
                row.values
                    .into_iter()
                    .map(
                        |value| view! { <td class="is-param">{value.unwrap_or_else(|| "–".to_owned())}</td> },
                    )
                    .collect_view(),
            ),
        };
        view! {
            <tr class:is-different=is_different>
                <th scope="row" class="is-sticky"><code>{row.name}</code> {mark}</th>
                {cells}
            </tr>
        }
    };
    (!rows.is_empty()).then(|| {
        view! {
            <tbody>
                <tr class="comparison-group"><th scope="rowgroup" colspan=width.to_string()><span>{title}</span></th></tr>
                {rows.into_iter().map(row).collect_view()}
            </tbody>
        }
    })
}

fn params_of(run: &Run) -> Vec<(String, String)> {
    run.params.iter().map(|param| (param.key.to_string(), param.value.clone())).collect()
}

fn inputs_of(run: &Run) -> Vec<(String, String)> {
    run.inputs
        .iter()
        .map(|input| (input.context.clone(), format!("{} ({})", input.name, input.digest)))
        .collect()
}

/// A row for each name that some run has, in alphabetical order.
fn text_rows(runs: &[Run], pairs_of: fn(&Run) -> Vec<(String, String)>) -> Vec<Row> {
    let pairs: Vec<_> = runs.iter().map(pairs_of).collect();
    let names: BTreeSet<&String> = pairs.iter().flatten().map(|(name, _)| name).collect();
    let value_of = |pairs: &Vec<(String, String)>, name: &String| {
        pairs.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone())
    };
    let row = |name: &String| Row {
        name: name.clone(),
        values: pairs.iter().map(|pairs| value_of(pairs, name)).collect(),
        numbers: None,
    };
    names.into_iter().map(row).collect()
}

/// A row for each metric that some run has, in alphabetical order, the goal first.
fn metric_rows(runs: &[Run], goal: Option<&Goal>) -> Vec<Row> {
    let mut names = metric_names(runs);
    names.sort_by_key(|name| goal.is_none_or(|goal| goal.metric.as_str() != name));
    let row = |name: String| {
        let numbers: Vec<_> =
            runs.iter().map(|run| run.metric(&name).map(|metric| metric.last.value)).collect();
        let best = best_places(&numbers, better_direction(&name, goal));
        let values = numbers.iter().map(|value| value.map(|value| value.to_string())).collect();
        Row { name, values, numbers: Some((numbers, best)) }
    };
    names.into_iter().map(row).collect()
}

/// The names of all metrics that some run has, in alphabetical order.
#[must_use]
pub fn metric_names(runs: &[Run]) -> Vec<String> {
    let names: BTreeSet<_> =
        runs.iter().flat_map(|run| &run.metrics).map(|metric| metric.key.to_string()).collect();
    names.into_iter().collect()
}

/// Which direction of a metric is better: the goal says so for its metric, the usual names for theirs.
fn better_direction(name: &str, goal: Option<&Goal>) -> Option<Direction> {
    const LOWER: [&str; 9] = ["rmse", "mse", "mae", "mape", "loss", "error", "deviance", "seconds", "ms"];
    const HIGHER: [&str; 9] = ["r2", "accuracy", "auc", "f1", "precision", "recall", "score", "acc", "map"];
    if let Some(goal) = goal.filter(|goal| goal.metric.as_str() == name) {
        return Some(goal.direction);
    }
    let name = name.to_lowercase();
    let has = |words: &[&str]| name.split(|c: char| !c.is_alphanumeric()).any(|part| words.contains(&part));
    if has(&LOWER) {
        Some(Direction::Minimize)
    } else if has(&HIGHER) {
        Some(Direction::Maximize)
    } else {
        None
    }
}

/// Which of the numbers are the best; none if they are all equal or nobody knows what is better.
fn best_places(numbers: &[Option<f64>], direction: Option<Direction>) -> Vec<bool> {
    let finite = || numbers.iter().flatten().copied().filter(|value| value.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    let best = match direction {
        Some(Direction::Minimize) if low < high => Some(low),
        Some(Direction::Maximize) if low < high => Some(high),
        _ => None,
    };
    numbers.iter().map(|value| value.is_some() && *value == best).collect()
}

#[cfg(test)]
mod tests {
    use types::MetricKey;

    use super::*;

    #[test]
    fn the_best_value_depends_on_the_metric() {
        let numbers = [Some(2.0), None, Some(f64::NAN), Some(1.0), Some(1.0)];
        let lowest = [false, false, false, true, true];
        let highest = [true, false, false, false, false];
        assert_eq!(best_places(&numbers, better_direction("test_rmse", None)), lowest);
        assert_eq!(best_places(&numbers, better_direction("val/r2", None)), highest);
        assert_eq!(best_places(&numbers, better_direction("temperature", None)), [false; 5]);
        let goal = Goal { metric: MetricKey::parse("temperature").unwrap(), direction: Direction::Maximize };
        assert_eq!(best_places(&numbers, better_direction("temperature", Some(&goal))), highest);
    }

    #[test]
    fn equal_values_have_no_best() {
        assert_eq!(best_places(&[Some(1.0), Some(1.0)], Some(Direction::Minimize)), [false, false]);
    }
}
