//! Fields of forms: label, hint, the control and what is wrong with it.

use leptos::prelude::*;

use crate::error::UiError;
use crate::i18n::{Common, fault_text, use_language};

/// One labelled field. The control inside has the id `field-{name}` and names `field-{name}-help`
/// in its `aria-describedby`.
#[component]
pub fn Field(
    /// Name of the control.
    #[prop(into)]
    name: String,
    /// What to fill in.
    #[prop(into)]
    label: String,
    /// The name that the API uses, shown small; none for forms without an API twin.
    #[prop(optional)]
    code: Option<&'static str>,
    /// Unit and limits, or another short help.
    #[prop(optional, into)]
    hint: Signal<String>,
    /// What went wrong with the form, if anything.
    #[prop(into)]
    error: Signal<Option<UiError>>,
    /// The control.
    children: Children,
) -> impl IntoView {
    let language = use_language();
    let id = format!("field-{name}");
    let help_id = format!("{id}-help");
    let name = StoredValue::new(name);
    let problem = Signal::derive(move || {
        error.with(|error| {
            let fault = name.with_value(|name| error.as_ref()?.fault(name))?;
            Some(fault_text(language, fault))
        })
    });

    view! {
        <div class="field" class:has-error=move || problem.with(Option::is_some)>
            <label for=id>
                {label} {code.map(|code| view! { " " <code class="field-code">{code}</code> })}
            </label>
            {children()}
            <div class="field-help" id=help_id>
                <span class="field-hint">{hint}</span>
                <span class="field-error">{move || problem.get()}</span>
            </div>
        </div>
    }
    .into_any()
}

/// All that is wrong with a form, at its top, each fault with a link to its field.
#[component]
pub fn ErrorSummary<F>(
    /// What went wrong, if anything.
    #[prop(into)]
    error: Signal<Option<UiError>>,
    /// The label of a field, by its name.
    label: F,
) -> impl IntoView
where
    F: Fn(&str) -> Option<&'static str> + Send + 'static,
{
    let language = use_language();
    let t = Common::of(language);
    let summary = move || {
        error.get().map(|error| {
            let title = if error.faults.is_empty() {
                error.message(language).to_owned()
            } else {
                t.check_these_fields.to_owned()
            };
            let items: Vec<_> = error
                .faults
                .iter()
                .map(|fault| {
                    let name = fault.field().to_owned();
                    let label = label(&name).map_or_else(|| name.clone(), str::to_owned);
                    let text = fault_text(language, fault);
                    view! { <li><a href=format!("#field-{name}") rel="external">{label}</a> ": " {text}</li> }
                })
                .collect();
            view! {
                <div class="error-summary" role="alert">
                    <h2>{title}</h2>
                    <ul>{items}</ul>
                </div>
            }
        })
    };
    view! { {summary} }
}
