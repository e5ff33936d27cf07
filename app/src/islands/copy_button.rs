//! Copying to the clipboard. The button appears once the page is interactive.

use std::time::Duration;

use leptos::prelude::*;

use crate::i18n::{Common, use_language};

/// A button that copies a text.
#[island]
pub fn CopyButton(
    /// What is copied.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let t = Common::of(use_language());
    let copied = RwSignal::new(false);
    let copy = move |_| {
        write_to_clipboard(&text);
        copied.set(true);
        // The button may be gone by then.
        let forget = move || {
            let _ = copied.try_set(false);
        };
        set_timeout(forget, Duration::from_secs(2));
    };

    view! {
        <button type="button" class="copy-button" class:is-done=copied on:click=copy>
            <span aria-live="polite">{move || if copied.get() { t.copied } else { t.copy }}</span>
        </button>
    }
}

/// Browsers give the clipboard only to secure origins, loopback among them; elsewhere nothing happens.
fn write_to_clipboard(text: &str) {
    use js_sys::{Function, Reflect};
    use leptos::wasm_bindgen::{JsCast, JsValue};

    let write = || {
        let navigator = Reflect::get(&window(), &JsValue::from_str("navigator")).ok()?;
        let clipboard = Reflect::get(&navigator, &JsValue::from_str("clipboard")).ok()?;
        let write = Reflect::get(&clipboard, &JsValue::from_str("writeText")).ok()?;
        write.dyn_ref::<Function>()?.call1(&clipboard, &JsValue::from_str(text)).ok()
    };
    let _ = write();
}
