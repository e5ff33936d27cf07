//! Light, dark, or as the system says.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

use crate::i18n::{Common, use_language};
use crate::server_fns::preferences::{SetTheme, set_theme};

/// The colours of the pages. Kept in the cookie `theme`, so that the first paint is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Ink on paper.
    Light,
    /// Paper on ink.
    Dark,
}

impl Theme {
    /// The word in the cookie and in forms.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme called `name`, or the system's.
    #[cfg(feature = "ssr")]
    fn from_name(name: &str) -> Self {
        match name {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    /// Value of `<html data-theme>`; no attribute for the system's choice.
    #[must_use]
    pub fn attribute(self) -> Option<&'static str> {
        (self != Self::System).then_some(self.as_str())
    }

    /// Value of `<meta name="color-scheme">`.
    #[must_use]
    pub fn color_scheme(self) -> &'static str {
        self.attribute().unwrap_or("light dark")
    }

    /// The theme that this request asks for.
    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn of_request() -> Self {
        crate::context::cookie("theme").map(|name| Self::from_name(&name)).unwrap_or_default()
    }

    /// Changes the colours of this document.
    fn show(self) {
        if let Some(root) = document().document_element() {
            // These fail only for invalid attribute names.
            let _ = match self.attribute() {
                Some(name) => root.set_attribute("data-theme", name),
                None => root.remove_attribute("data-theme"),
            };
        }
    }
}

/// Three buttons; without the front end they send a form and the page comes back in the new colours.
#[island]
pub fn ThemeSwitch(
    /// The theme of this page.
    theme: Theme,
    /// Path and query of this page.
    back: String,
) -> impl IntoView {
    let t = Common::of(use_language());
    let theme = RwSignal::new(theme);

    let button = move |choice: Theme, label: &'static str, path: &'static str| {
        let choose = move |event: leptos::ev::MouseEvent| {
            event.prevent_default();
            choice.show();
            theme.set(choice);
            spawn_local(async move {
                // The colours have changed already; at worst the next page has the old ones.
                let _ = set_theme(choice, String::new()).await;
            });
        };
        view! {
            <button
                name="theme"
                value=choice.as_str()
                title=label
                aria-pressed=move || if theme.get() == choice { "true" } else { "false" }
                on:click=choose
            >
                <svg viewBox="0 0 20 20" aria-hidden="true"><path d=path/></svg>
                <span class="visually-hidden">{label}</span>
            </button>
        }
    };

    view! {
        <form class="theme-switch" method="post" action=SetTheme::url() aria-label=t.theme>
            <input type="hidden" name="back" value=back/>
            {button(Theme::Light, t.theme_light, SUN)}
            {button(Theme::System, t.theme_system, HALF)}
            {button(Theme::Dark, t.theme_dark, MOON)}
        </form>
    }
    .into_any()
}

const SUN: &str = "M10 6.5a3.5 3.5 0 1 1 0 7a3.5 3.5 0 0 1 0-7M10 2v2M10 16v2M2 10h2M16 10h2M4.3 4.3l1.4 1.4M14.3 14.3l1.4 1.4M15.7 4.3l-1.4 1.4M5.7 14.3l-1.4 1.4";
const HALF: &str = "M10 3.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13M10 3.5v13M13 5.5v9M11.5 4.6v10.8";
const MOON: &str = "M16 12.2A6.6 6.6 0 0 1 7.8 4a6.6 6.6 0 1 0 8.2 8.2z";
