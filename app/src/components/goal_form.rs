//! What the runs of an experiment are ranked by.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use types::{Direction, Experiment, METRIC_KEY_MAX, MetricKey};

use crate::context::problems_of_form;
use crate::i18n::{ExperimentsText, Language, use_language};
use crate::islands::{Field, LiveForm};
use crate::server_fns::experiments::SetGoal;

/// The goal, and a folded form that changes it.
#[component]
pub fn GoalForm(
    /// Whose goal.
    experiment: Experiment,
    /// Metrics to choose from.
    metrics: Vec<MetricKey>,
) -> impl IntoView {
    let language = use_language();
    let t = ExperimentsText::of(language);
    let goal = experiment.goal;
    let is_maximal = goal.direction == Direction::Maximize;
    let problems = problems_of_form::<SetGoal>(|name| (name == "metric").then(|| t.goal.to_owned()));
    let (is_open, problem) = (problems.is_some(), problems.at("metric"));
    let is_wrong = problem.is_some().then_some("true");

    view! {
        <div class="goal-form">
            <p class="goal-form-now">
                <span class="eyebrow">{t.goal}</span>
                <code>{goal.metric.to_string()}</code>
                <span>{direction_text(language, goal.direction)}</span>
            </p>
            <details open=is_open>
                <summary>{t.change_goal}</summary>
                <LiveForm action=SetGoal::url().to_owned() class=String::new() checked_by_browser=true problems>
                    <input type="hidden" name="experiment_id" value=experiment.id.to_string()/>
                    <input type="hidden" name="language" value=language.tag()/>
                    <Field name="metric" label=t.goal hint=t.goal_metric_hint problem>
                        <input
                            id="field-metric"
                            name="metric"
                            list="goal-metrics"
                            required
                            maxlength=METRIC_KEY_MAX.to_string()
                            value=goal.metric.to_string()
                            aria-describedby="field-metric-help"
                            aria-invalid=is_wrong
                            autocomplete="off"
                        />
                    </Field>
                    <datalist id="goal-metrics">
                        {metrics.iter().map(|key| view! { <option value=key.to_string()></option> }).collect_view()}
                    </datalist>
                    <fieldset class="goal-form-direction">
                        <legend>{t.direction}</legend>
                        <label><input type="radio" name="direction" value="minimize" checked=!is_maximal/> {t.minimize}</label>
                        <label><input type="radio" name="direction" value="maximize" checked=is_maximal/> {t.maximize}</label>
                    </fieldset>
                    <button class="button">{t.save}</button>
                </LiveForm>
            </details>
        </div>
    }
}

/// What a direction means, in words.
#[must_use]
pub fn direction_text(language: Language, direction: Direction) -> &'static str {
    let t = ExperimentsText::of(language);
    match direction {
        Direction::Minimize => t.minimize,
        Direction::Maximize => t.maximize,
    }
}
