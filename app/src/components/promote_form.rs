//! The form that makes the model of a run answer requests.

use leptos::prelude::*;
use types::{Alias, ArtifactPath, ModelName, ModelVersion, RegisteredModel, RunId};

use super::artifact_list::artifact_address;
use crate::address::{Page, href};
use crate::error::UiError;
use crate::i18n::{RunsText, fill, use_language};
use crate::server_fns::models::PromoteRun;

/// What a model may be called, as `ModelName` checks it; browsers read this in the mode `v`.
const NAME: &str = r"[^\/:]+";

/// Says where the model of a run is registered, and promotes it.
#[component]
pub fn PromoteForm(
    /// The run, which has a model.
    run_id: RunId,
    /// The file of its model.
    model: ArtifactPath,
    /// All registered models.
    models: Vec<RegisteredModel>,
    /// Promotes.
    action: ServerAction<PromoteRun>,
) -> impl IntoView {
    let language = use_language();
    let t = RunsText::of(language);
    let message = move || {
        let error = action.value().get().and_then(Result::<(), UiError>::err);
        error.map(|error| error.message(language).to_owned())
    };
    let of_run = |version: &ModelVersion| version.run_id.as_ref() == Some(&run_id);
    let versions: Vec<_> = models.into_iter().flat_map(|model| model.versions).filter(of_run).collect();
    let answers_for_cars =
        versions.iter().any(|version| is_champion(version) && version.name == ModelName::cars());
    let notes = versions.iter().map(|version| {
        let text = if is_champion(version) { t.is_champion } else { t.was_registered };
        let class = if is_champion(version) { "promote-note is-champion" } else { "promote-note" };
        view! { <p class=class>{fill(text, &[("name", &version.name), ("version", &version.version)])}</p> }
    });
    let value = answers_for_cars.then(|| view! { <a href=href(language, Page::Value)>{t.value_a_car}</a> });
    let registry =
        (!versions.is_empty()).then(|| view! { <a href=href(language, Page::Models)>{t.see_models}</a> });

    view! {
        <section class="card promote-form">
            <h2>{t.promote_title}</h2>
            <div role="status">{notes.collect_view()}</div>
            <p class="promote-links">
                {value} {registry}
                <a href=artifact_address(&run_id, &model) rel="external" download=model.file_name().to_owned()>
                    {t.download_model}
                </a>
            </p>
            {(!answers_for_cars).then(|| view! { <p>{t.promote_body}</p> })}
            <ActionForm action>
                <input type="hidden" name="run_id" value=run_id.to_string()/>
                <input type="hidden" name="language" value=language.tag()/>
                <label for="promote-name">{t.model_name}</label>
                <input id="promote-name" name="name" required maxlength="250" pattern=NAME value=ModelName::cars().to_string() autocomplete="off"/>
                <label class="check">
                    <input type="checkbox" name="require_checks" value="true"/> {t.require_checks}
                </label>
                <button class="button" disabled=move || action.pending().get()>{t.promote}</button>
                <p class="form-error" role="alert">{message}</p>
            </ActionForm>
        </section>
    }
}

fn is_champion(version: &ModelVersion) -> bool {
    version.aliases.contains(&Alias::champion())
}
