//! The form that brings in a table.

use leptos::prelude::*;

use crate::address::{Page, href};
use crate::i18n::{DatasetsText, use_language};

/// Sends a file to the JSON API, which leads back to the page of its dataset. The file comes last, so that it can be
/// stored while it arrives.
#[component]
pub fn DatasetUpload(
    /// Why the last file was not stored.
    problem: Option<String>,
) -> impl IntoView {
    let language = use_language();
    let t = DatasetsText::of(language);
    view! {
        <section class="card dataset-upload" aria-labelledby="upload-title">
            <h2 id="upload-title">{t.upload_title}</h2>
            {problem.map(|problem| view! {
                <div class="error-panel" role="alert">
                    <h3>{t.problem}</h3>
                    <p class="error-panel-message">{problem}</p>
                </div>
            })}
            <form method="post" action="/api/v1/datasets/upload" enctype="multipart/form-data" class="stack">
                <input type="hidden" name="back" value=href(language, Page::Datasets)/>
                <div class="field-grid">
                    <div class="field">
                        <label for="upload-name">{t.name}</label>
                        <input id="upload-name" name="name" maxlength="250" autocomplete="off" aria-describedby="upload-name-help"/>
                        <p id="upload-name-help" class="field-help">{t.name_hint}</p>
                    </div>
                    <div class="field">
                        <label for="upload-file">{t.file}</label>
                        <input id="upload-file" type="file" name="file" required accept=".csv,.tsv,.txt,.parquet,text/csv" aria-describedby="upload-file-help"/>
                        <p id="upload-file-help" class="field-help">{t.file_hint}</p>
                    </div>
                </div>
                <p><button class="button">{t.upload}</button></p>
            </form>
        </section>
    }
    .into_any()
}
