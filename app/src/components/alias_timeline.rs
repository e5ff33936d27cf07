//! Who was champion when.

use leptos::either::Either;
use leptos::prelude::*;
use types::AliasEvent;

use crate::i18n::{ModelsText, fill, use_language};
use crate::islands::Time;

/// Changes of a model's aliases, newest first.
#[component]
pub fn AliasTimeline(
    /// The changes.
    events: Vec<AliasEvent>,
) -> impl IntoView {
    let t = ModelsText::of(use_language());
    if events.is_empty() {
        return Either::Left(view! { <p class="muted">{t.no_history}</p> });
    }
    let items: Vec<_> = events
        .into_iter()
        .map(|event| {
            let change = event.version.map_or_else(|| t.removed.to_owned(), |n| fill(t.became, &[("n", &n)]));
            let by = if event.by.is_empty() { String::new() } else { fill(t.by, &[("who", &event.by)]) };
            view! {
                <li>
                    <Time at=event.at/>
                    <span><strong>{event.alias.to_string()}</strong> " " {change} " " {by}</span>
                </li>
            }
        })
        .collect();
    Either::Right(view! { <ol class="alias-timeline">{items}</ol> })
}
