//! Models that a run made, with their files.

use leptos::prelude::*;
use types::{Artifact, LoggedModel, LoggedModelId, LoggedModelStatus};

use super::artifact_list::size_text;
use crate::i18n::{RunsText, use_language};
use crate::query::with_query;

/// A section for each model; nothing if there are none.
#[component]
pub fn LoggedModels(
    /// The models with their files.
    models: Vec<(LoggedModel, Vec<Artifact>)>,
) -> impl IntoView {
    let models = models.into_iter().map(|(model, files)| view! { <OneModel model files/> });
    view! { {models.collect_view()} }
}

#[component]
fn OneModel(
    /// The model.
    model: LoggedModel,
    /// Its files by path.
    files: Vec<Artifact>,
) -> impl IntoView {
    let language = use_language();
    let t = RunsText::of(language);
    let status = match model.status {
        LoggedModelStatus::Pending => t.model_pending,
        LoggedModelStatus::Ready => t.model_ready,
        LoggedModelStatus::Failed => t.model_failed,
    };
    let kind = (!model.model_type.is_empty()).then(|| format!(" · {}", model.model_type));
    let row = |file: Artifact| {
        let path = file.path.to_string();
        let address = file_address(&model.id, &path);
        view! {
            <tr>
                <th scope="row"><code>{path.clone()}</code></th>
                <td class="is-number">{size_text(language, file.size_bytes)}</td>
                <td>
                    <a
                        href=address
                        rel="external"
                        download=file.path.file_name().to_owned()
                        aria-label=format!("{}: {path}", t.download)
                    >
                        {t.download}
                    </a>
                </td>
            </tr>
        }
    };
    let rows = files.into_iter().map(row).collect_view();
    view! {
        <section class="card">
            <h2>{format!("{}: {}", t.model, model.name)}</h2>
            <p class="muted"><code>{model.id.to_string()}</code> " · " {status} {kind}</p>
            <div class="table-frame" tabindex="0" role="region" aria-label=format!("{}: {}", t.artifacts, model.name)>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{t.file}</th>
                            <th scope="col" class="is-number">{t.size}</th>
                            <th scope="col">{t.actions}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}

/// The address of a file of a logged model.
fn file_address(id: &LoggedModelId, path: &str) -> String {
    let files = format!("/ajax-api/2.0/mlflow/logged-models/{id}/artifacts/files");
    with_query(&files, [("artifact_file_path", path)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_makes_a_plain_address() {
        assert_eq!(
            file_address(&LoggedModelId::from_bits(0xab), "data/año 1?.pkl"),
            "/ajax-api/2.0/mlflow/logged-models/m-000000000000000000000000000000ab/artifacts/files\
             ?artifact_file_path=data%2Fa%C3%B1o%201%3F.pkl"
        );
    }
}
