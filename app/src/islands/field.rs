//! Fields of forms: label, hint, the control and what is wrong with it.

use leptos::prelude::*;

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
    /// What is wrong with it, if anything.
    problem: Option<String>,
    /// The control.
    children: Children,
) -> impl IntoView {
    let id = format!("field-{name}");
    let help_id = format!("{id}-help");
    let is_wrong = problem.is_some();

    view! {
        <div class="field" class:has-error=is_wrong>
            <label for=id>
                {label} {code.map(|code| view! { " " <code class="field-code">{code}</code> })}
            </label>
            {children()}
            <div class="field-help" id=help_id>
                <span class="field-hint">{hint}</span>
                <span class="field-error">{problem}</span>
            </div>
        </div>
    }
    .into_any()
}
