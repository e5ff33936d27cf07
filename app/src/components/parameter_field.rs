//! One parameter of a model family.

use leptos::either::Either;
use leptos::prelude::*;

use super::Field;
use crate::error::UiError;
use crate::i18n::{TrainText, fill, use_language};
use crate::number_format::short;
use crate::training_form::{Control, Parameter};

/// A field for a parameter, under scikit-learn's name.
#[component]
pub fn ParameterField(
    /// The parameter.
    parameter: &'static Parameter,
    /// What it holds at first.
    value: String,
    /// What is wrong with the form, if anything.
    #[prop(into)]
    error: Signal<Option<UiError>>,
) -> impl IntoView {
    let language = use_language();
    let t = TrainText::of(language);
    let name = parameter.name;
    let is_wrong = move || error.with(|e| e.as_ref().and_then(|e| e.fault(name)).map(|_| "true"));
    let help = parameter.help(language);
    let hint = match parameter.control {
        // Limits that nobody reaches are noise.
        Control::Whole(min, max) | Control::WholeOrNone(min, max) if max <= 10_000 => {
            #[expect(clippy::cast_precision_loss, reason = "small limits")]
            let range = fill(
                t.whole_from_to,
                &[("min", &short(language, min as f64)), ("max", &short(language, max as f64))],
            );
            format!("{help} ({range})")
        }
        _ => help.to_owned(),
    };
    let control = match parameter.control {
        Control::Choice(words) => {
            let mut offered: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            if !value.is_empty() && !offered.contains(&value) {
                offered.push(value.clone());
            }
            let options: Vec<_> = offered
                .into_iter()
                .map(|word| {
                    let selected = word == value;
                    view! { <option value=word selected=selected>{word.clone()}</option> }
                })
                .collect();
            Either::Left(view! {
                <select
                    id=format!("field-{name}")
                    name=name
                    aria-describedby=format!("field-{name}-help")
                    aria-invalid=is_wrong
                >
                    {options}
                </select>
            })
        }
        Control::Whole(..) | Control::WholeOrNone(..) => Either::Right(view! {
            <input
                id=format!("field-{name}")
                name=name
                inputmode="numeric"
                value=value
                aria-describedby=format!("field-{name}-help")
                aria-invalid=is_wrong
            />
        }),
    };
    view! { <Field name label=name hint error>{control}</Field> }
}
