//! The form that creates an experiment.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use types::EXPERIMENT_NAME_MAX;

use crate::context::problems_of_form;
use crate::i18n::{ExperimentsText, use_language};
use crate::islands::{Field, LiveForm};
use crate::server_fns::experiments::CreateExperiment;

/// Asks for a name and leads to the new experiment.
#[component]
pub fn NewExperiment(
    /// Name to begin with: what was typed before a fault.
    #[prop(into)]
    name: String,
) -> impl IntoView {
    let language = use_language();
    let t = ExperimentsText::of(language);
    let problems = problems_of_form::<CreateExperiment>(|name| (name == "name").then(|| t.name.to_owned()));
    let problem = problems.at("name");
    let is_wrong = problem.is_some().then_some("true");

    view! {
        <section class="new-experiment">
            <h2>{t.new_experiment}</h2>
            <LiveForm
                action=CreateExperiment::url().to_owned()
                class=String::new()
                checked_by_browser=true
                problems
            >
                <input type="hidden" name="language" value=language.tag()/>
                <Field name="name" label=t.name hint=t.new_experiment_hint problem>
                    <input
                        id="field-name"
                        name="name"
                        required
                        maxlength=EXPERIMENT_NAME_MAX.to_string()
                        value=name
                        aria-describedby="field-name-help"
                        aria-invalid=is_wrong
                        autocomplete="off"
                    />
                </Field>
                <button class="button">{t.create}</button>
            </LiveForm>
        </section>
    }
}
