//! A measured number.

use leptos::prelude::*;

use crate::i18n::use_language;
use crate::number_format;

/// A number with four to six significant digits in the language of the page; the full value is its title.
#[component]
pub fn Number(
    /// The value.
    value: f64,
) -> impl IntoView {
    let text = number_format::metric(use_language(), value);
    view! { <data class="number" value=value.to_string() title=value.to_string()>{text}</data> }
}
