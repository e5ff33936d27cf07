//! Server functions of the start page.
#![cfg_attr(feature = "ssr", expect(clippy::unused_async, reason = "the macro wants `async`"))]

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use types::{ExperimentId, ModelInfo, Run};

use crate::error::UiError;

/// Number of runs on the start page.
#[cfg(feature = "ssr")]
const LATEST: u32 = 6;

/// The model that answers, if there is one.
#[server(prefix = "/ui", endpoint = "overview/model", input = GetUrl)]
pub async fn current_model() -> Result<ModelInfo, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::valuation::model_info(&ctx).await?)
}

/// The newest runs of some experiments.
#[server(prefix = "/ui", endpoint = "overview/runs", input = GetUrl)]
pub async fn latest_runs(#[server(default)] experiment_ids: Vec<ExperimentId>) -> Result<Vec<Run>, UiError> {
    let ctx = crate::context::ctx()?;
    let query = types::RunQuery {
        experiment_ids,
        filter: None,
        order_by: Vec::new(),
        view: types::View::Active,
        max_results: LATEST,
        page_token: None,
    };
    Ok(domain::runs::search(&ctx, query).await?.runs)
}
