//! The form that creates an experiment.

use leptos::prelude::*;
use types::EXPERIMENT_NAME_MAX;

use super::Field;
use crate::i18n::{ExperimentsText, use_language};
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
    let create = ServerAction::<CreateExperiment>::new();
    let error = Signal::derive(move || create.value().get().and_then(Result::err));
    // A fault of the field stands at the field.
    let message = move || {
        error.get().filter(|error| error.faults.is_empty()).map(|error| error.message(language).to_owned())
    };

    view! {
        <section class="new-experiment">
            <h2>{t.new_experiment}</h2>
            <ActionForm action=create>
                <input type="hidden" name="language" value=language.tag()/>
                <Field name="name" label=t.name hint=t.new_experiment_hint error=error>
                    <input
                        id="field-name"
                        name="name"
                        required
                        maxlength=EXPERIMENT_NAME_MAX.to_string()
                        value=name
                        aria-describedby="field-name-help"
                        autocomplete="off"
                    />
                </Field>
                <button class="button" disabled=move || create.pending().get()>{t.create}</button>
                <p class="form-error" role="alert">{message}</p>
            </ActionForm>
        </section>
    }
}
