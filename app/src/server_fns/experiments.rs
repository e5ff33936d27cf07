//! Server functions about experiments. Each calls one operation of `domain::experiments`.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use types::{Direction, Experiment, ExperimentId, ExperimentSummary, Language};

use crate::error::UiError;

/// All experiments in use, the one with the newest run first.
#[server(prefix = "/ui", endpoint = "experiments/list", input = GetUrl)]
pub async fn list_experiments() -> Result<Vec<ExperimentSummary>, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::experiments::list(&ctx).await?)
}

/// One experiment.
#[server(prefix = "/ui", endpoint = "experiments/get", input = GetUrl)]
pub async fn get_experiment(experiment_id: ExperimentId) -> Result<Experiment, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::experiments::get(&ctx, experiment_id).await?)
}

/// Creates an experiment and leads to its page.
#[server(prefix = "/ui", endpoint = "experiments/create")]
pub async fn create_experiment(
    /// Name of the experiment; checked here, so that the form can say what is wrong with it.
    #[server(default)]
    name: String,
    /// Language of the page that asks.
    #[server(default)]
    language: Language,
) -> Result<(), UiError> {
    use crate::address::{Page, href};
    use crate::context;

    let ctx = context::ctx()?;
    match create(&ctx, &name).await {
        Ok(experiment) => {
            leptos_axum::redirect(&href(language, Page::Experiment(experiment.id)));
            Ok(())
        }
        Err(error) => {
            let page = href(language, Page::Experiments);
            context::answer_form::<CreateExperiment, _>(Err(error.into()), &page, &[("name", &name)])
        }
    }
}

#[cfg(feature = "ssr")]
async fn create(ctx: &domain::Ctx, name: &str) -> domain::Result<Experiment> {
    // Named after the field of the form, where the fault is shown.
    let name = types::ExperimentName::parse(name.trim())
        .map_err(|invalid| domain::Error::invalid_field("name", invalid.problem))?;
    domain::experiments::create(ctx, types::NewExperiment { name, tags: Vec::new() }).await
}

/// Sets the metric that ranks the runs of an experiment, and comes back to its page.
#[server(prefix = "/ui", endpoint = "experiments/goal")]
pub async fn set_goal(
    experiment_id: ExperimentId,
    /// Name of the metric; checked here, so that the form can say what is wrong with it.
    #[server(default)]
    metric: String,
    #[server(default)] direction: Direction,
    /// Language of the page that asks.
    #[server(default)]
    language: Language,
) -> Result<(), UiError> {
    use crate::address::{Page, href};
    use crate::context;

    let ctx = context::ctx()?;
    let outcome = rank_by(&ctx, experiment_id, metric.trim(), direction).await;
    let page = href(language, Page::Experiment(experiment_id));
    context::answer_form::<SetGoal, _>(outcome.map(drop).map_err(UiError::from), &page, &[])
}

#[cfg(feature = "ssr")]
async fn rank_by(
    ctx: &domain::Ctx,
    id: ExperimentId,
    metric: &str,
    direction: Direction,
) -> domain::Result<Experiment> {
    let metric = types::MetricKey::parse(metric)
        .map_err(|invalid| domain::Error::invalid_field("metric", invalid.problem))?;
    domain::experiments::set_goal(ctx, id, types::Goal { metric, direction }).await
}
