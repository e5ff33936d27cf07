//! All that is wrong with a form, at its top.

use leptos::prelude::*;

use super::Problems;

/// Each problem with a link to its field; nothing while there is none.
#[component]
pub fn ErrorSummary(
    /// What is wrong.
    problems: RwSignal<Problems>,
) -> impl IntoView {
    move || {
        let problems = problems.get();
        problems.is_some().then(|| {
            let fields = problems.fields.into_iter().map(|problem| {
                let address = format!("#field-{}", problem.field);
                view! { <li><a href=address>{problem.label}</a> ": " {problem.text}</li> }
            });
            view! {
                <div class="error-summary" role="alert">
                    <h2>{problems.title}</h2>
                    <ul>{fields.collect_view()}</ul>
                </div>
            }
        })
    }
}
