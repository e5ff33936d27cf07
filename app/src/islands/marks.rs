//! Puts problems at the fields of a form that the server has drawn.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::{Element, HtmlCollection, HtmlFormElement};

use super::Problems;
use crate::error::UiError;
use crate::i18n::Language;

/// The problems that an error tells of, with the labels that stand in this document.
pub(super) fn problems_of(error: &UiError, language: Language) -> Problems {
    Problems::of(error, language, label)
}

/// Marks the fields that are wrong, and only those; they look as if the server had drawn them so.
pub(super) fn mark(form: &HtmlFormElement, problems: &Problems) {
    for field in elements(&form.get_elements_by_class_name("field")) {
        // These fail only for invalid names.
        let _ = field.class_list().remove_1("has-error");
        for text in elements(&field.get_elements_by_class_name("field-error")) {
            text.set_text_content(None);
        }
        if let Ok(Some(control)) = field.query_selector("[aria-invalid]") {
            let _ = control.remove_attribute("aria-invalid");
        }
    }
    for problem in &problems.fields {
        let Some(control) = document().get_element_by_id(&format!("field-{}", problem.field)) else {
            continue;
        };
        let _ = control.set_attribute("aria-invalid", "true");
        let Ok(Some(field)) = control.closest(".field") else { continue };
        let _ = field.class_list().add_1("has-error");
        for text in elements(&field.get_elements_by_class_name("field-error")) {
            text.set_text_content(Some(&problem.text));
        }
    }
}

/// What the page calls a field: the text of its label, without the small name that the API uses.
fn label(name: &str) -> Option<String> {
    let label = document().query_selector(&format!("label[for=\"field-{name}\"]")).ok()??;
    let text = label.first_child()?.text_content()?.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// The elements of a collection, as they are now.
pub(super) fn elements(collection: &HtmlCollection) -> Vec<Element> {
    (0..collection.length()).filter_map(|nth| collection.item(nth)).collect()
}

/// The form that an event belongs to.
pub(super) fn form_of(event: &web_sys::Event) -> Option<HtmlFormElement> {
    event.current_target()?.dyn_into().ok()
}
