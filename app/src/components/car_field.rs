//! One field of the valuation form.

use std::sync::Arc;

use leptos::either::Either;
use leptos::prelude::*;
use types::FormOptions;
use types::car::{FieldKind, TEXT_MAX};

use crate::car_form::{kind_of, unit_of};
use crate::i18n::{Language, ValueText, fill, level_name, use_language};
use crate::islands::Field;
use crate::number_format::short;

/// A field of the car with label, JSON name, unit, limits and its fault.
#[component]
pub fn CarField(
    /// JSON name.
    name: &'static str,
    /// What it holds at first.
    value: String,
    /// Known texts and limits.
    options: Arc<FormOptions>,
    /// What is wrong with it, if anything.
    problem: Option<String>,
) -> impl IntoView {
    let language = use_language();
    let t = ValueText::of(language);
    let limits = options.limits.get(name).copied();
    let levels = options.levels.get(name).cloned().unwrap_or_default();
    let is_wrong = problem.is_some();

    view! {
        <Field name label=t.label(name).unwrap_or(name) code=name hint=hint(language, name, limits) problem>
            {match kind_of(name) {
                FieldKind::Text if !levels.is_empty() => {
                    Either::Left(view! { <LevelSelect name value levels is_wrong/> })
                }
                kind => {
                    let is_text = kind == FieldKind::Text;
                    Either::Right(view! {
                        <input
                            id=format!("field-{name}")
                            name=name
                            type=if is_text { "text" } else { "number" }
                            inputmode=match kind {
                                FieldKind::Integer => "numeric",
                                FieldKind::Decimal => "decimal",
                                FieldKind::Text => "text",
                            }
                            value=value
                            required
                            maxlength=is_text.then(|| TEXT_MAX.to_string())
                            min=limits.map(|(min, _)| min.to_string())
                            max=limits.map(|(_, max)| max.to_string())
                            step=match kind {
                                FieldKind::Decimal => Some("0.1"),
                                FieldKind::Integer => Some("1"),
                                FieldKind::Text => None,
                            }
                            aria-describedby=format!("field-{name}-help")
                            aria-invalid=is_wrong.then_some("true")
                        />
                    })
                }
            }}
        </Field>
    }
}

/// The known texts of a field, and one for everything else: the model answers for unknown texts too.
#[component]
fn LevelSelect(
    /// JSON name.
    name: &'static str,
    /// What is chosen at first; added if it is not known.
    value: String,
    /// The known texts, most frequent first.
    levels: Vec<String>,
    /// Whether something is wrong with it.
    is_wrong: bool,
) -> impl IntoView {
    let language = use_language();
    let other = ValueText::of(Language::Es).other.to_owned();
    let mut offered = levels;
    if !value.is_empty() && value != other && !offered.contains(&value) {
        offered.push(value.clone());
    }
    offered.push(other.clone());
    let options: Vec<_> = offered
        .into_iter()
        .map(|level| {
            let label =
                if level == other { ValueText::of(language).other } else { level_name(language, &level) };
            let label = label.to_owned();
            let selected = level == value;
            view! { <option value=level selected=selected>{label}</option> }
        })
        .collect();

    view! {
        <select
            id=format!("field-{name}")
            name=name
            aria-describedby=format!("field-{name}-help")
            aria-invalid=is_wrong.then_some("true")
        >
            {options}
        </select>
    }
}

/// Unit and limits, in words.
fn hint(language: Language, name: &str, limits: Option<(f64, f64)>) -> String {
    let t = ValueText::of(language);
    if name == "calificacion_estado" {
        return t.calificacion_hint.to_owned();
    }
    let range = limits
        .map(|(min, max)| fill(t.from_to, &[("min", &short(language, min)), ("max", &short(language, max))]));
    match (range, unit_of(name, language)) {
        (Some(range), "") => range,
        (Some(range), unit) => format!("{unit}, {range}"),
        (None, unit) => unit.to_owned(),
    }
}
