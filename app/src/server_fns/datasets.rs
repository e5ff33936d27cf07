//! Server functions about datasets. Each calls one operation of `domain::datasets`.

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use types::Dataset;

use crate::error::UiError;

/// All stored datasets, newest first.
#[server(prefix = "/ui", endpoint = "datasets/list", input = GetUrl)]
pub async fn list_datasets() -> Result<Vec<Dataset>, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::datasets::list(&ctx).await?)
}
