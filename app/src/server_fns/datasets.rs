//! Server functions about datasets. Each calls one operation of `domain::datasets`.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use types::{Dataset, DatasetOverview, Language};

use crate::error::UiError;

/// Rows in the preview of a dataset.
#[cfg(feature = "ssr")]
const PREVIEWED: u32 = 20;

/// All stored datasets, newest first.
#[server(prefix = "/ui", endpoint = "datasets/list", input = GetUrl)]
pub async fn list_datasets() -> Result<Vec<Dataset>, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::datasets::list(&ctx).await?)
}

/// All that is known about a dataset, found by name or digest.
#[server(prefix = "/ui", endpoint = "datasets/get", input = GetUrl)]
pub async fn get_dataset(dataset: String) -> Result<DatasetOverview, UiError> {
    let ctx = crate::context::ctx()?;
    Ok(domain::datasets::overview(&ctx, &dataset, PREVIEWED).await?)
}

/// Changes description, types and units. A plain form comes back to the dataset.
#[server(prefix = "/ui", endpoint = "datasets/describe")]
pub async fn describe_dataset(
    /// Which dataset.
    digest: String,
    /// Language of the page that asks.
    #[server(default)]
    language: Language,
    /// The fields of the form: `description`, and `column.0`, `kind.0`, `unit.0` and so on for each column.
    #[server(flatten)]
    form: BTreeMap<String, String>,
) -> Result<(), UiError> {
    use crate::address::{Page, href};
    use crate::context;

    let ctx = context::ctx()?;
    let page = href(language, Page::Dataset(digest.clone()));
    let changed = match crate::dataset_form::parse(&form) {
        Ok(update) => domain::datasets::update(&ctx, &digest, update).await.map_err(UiError::from),
        Err(faults) => Err(UiError::of_fields(faults)),
    };
    context::answer_form::<DescribeDataset, _>(changed.map(drop), &page, &[])
}
