//! The form that makes the model of a run answer requests.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use types::{Alias, ArtifactPath, ModelName, ModelVersion, RegisteredModel, RunId};

use super::artifact_list::artifact_address;
use crate::address::{Page, href};
use crate::context::problems_of_form;
use crate::i18n::{RunsText, fill, use_language};
use crate::islands::LiveForm;
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
) -> impl IntoView {
    let language = use_language();
    let t = RunsText::of(language);
    let problems = problems_of_form::<PromoteRun>(|name| (name == "name").then(|| t.model_name.to_owned()));
    let is_wrong = problems.at("name").map(|_| "true");
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
                <a href=artifact_address(&run_id, &model) download=model.file_name().to_owned()>
                    {t.download_model}
                </a>
            </p>
            {(!answers_for_cars).then(|| view! { <p>{t.promote_body}</p> })}
            <LiveForm action=PromoteRun::url().to_owned() class=String::new() checked_by_browser=true problems>
                <input type="hidden" name="run_id" value=run_id.to_string()/>
                <input type="hidden" name="language" value=language.tag()/>
                <label for="field-name">{t.model_name}</label>
                <input
                    id="field-name"
                    name="name"
                    required
                    maxlength="250"
                    pattern=NAME
                    value=ModelName::cars().to_string()
                    aria-invalid=is_wrong
                    autocomplete="off"
                />
                <label class="check">
                    <input type="checkbox" name="require_checks" value="true"/> {t.require_checks}
                </label>
                <button class="button">{t.promote}</button>
            </LiveForm>
        </section>
    }
}

fn is_champion(version: &ModelVersion) -> bool {
    version.aliases.contains(&Alias::champion())
}
