//! Points in time.

use leptos::prelude::*;
use types::Millis;

/// A point in time, to the minute, in UTC; seconds are in the title.
///
/// UTC because the server does not know the reader's zone, and both sides must draw the same.
#[component]
pub fn Time(
    /// When.
    at: Millis,
) -> impl IntoView {
    let full = at.to_string();
    let datetime = format!("{}Z", full.replace(' ', "T"));
    // The seconds are the last three characters, `:SS`.
    let short = full.get(..full.len().saturating_sub(3)).unwrap_or(&full).to_owned();
    view! { <time class="time" datetime=datetime title=format!("{full} UTC")>{short}</time> }
}
