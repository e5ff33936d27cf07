//! One parameter of a model family.

use leptos::either::Either;
use leptos::prelude::*;
use types::algorithm::{Parameter, ParameterKind};

use crate::i18n::{TrainText, fill, help, use_language};
use crate::islands::Field;
use crate::number_format::short;
use crate::training_form::control_name;

/// A field for a parameter, under scikit-learn's name.
#[component]
pub fn ParameterField(
    /// The parameter.
    parameter: &'static Parameter,
    /// The family that it belongs to.
    family: &'static str,
    /// What it holds at first.
    value: String,
    /// What is wrong with it, if anything.
    problem: Option<String>,
) -> impl IntoView {
    let language = use_language();
    let t = TrainText::of(language);
    let name = control_name(family, parameter.name);
    let id = format!("field-{name}");
    let help_id = format!("{id}-help");
    let is_wrong = problem.is_some().then_some("true");
    let help = help(parameter.name, language);
    let hint = match parameter.kind {
        // Limits that nobody reaches are noise.
        ParameterKind::Whole(min, max) | ParameterKind::WholeOrNone(min, max) if max <= 10_000 => {
            #[expect(clippy::cast_precision_loss, reason = "small limits")]
            let range = fill(
                t.whole_from_to,
                &[("min", &short(language, min as f64)), ("max", &short(language, max as f64))],
            );
            format!("{help} ({range})")
        }
        _ => help.to_owned(),
    };
    let words: &[&str] = match parameter.kind {
        ParameterKind::Choice(words) => words,
        ParameterKind::Flag => &["True", "False"],
        ParameterKind::Features => &["1.0", "0.5", "0.3", "sqrt", "log2"],
        _ => &[],
    };
    let control = if words.is_empty() {
        let mode = match parameter.kind {
            ParameterKind::Whole(..) | ParameterKind::WholeOrNone(..) => "numeric",
            ParameterKind::Real(..) | ParameterKind::RealAbove(..) => "decimal",
            _ => "text",
        };
        Either::Right(view! {
            <input
                id=id
                name=name.clone()
                inputmode=mode
                value=value
                aria-describedby=help_id
                aria-invalid=is_wrong
            />
        })
    } else {
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
            <select id=id name=name.clone() aria-describedby=help_id aria-invalid=is_wrong>
                {options}
            </select>
        })
    };
    view! { <Field name label=parameter.name hint problem>{control}</Field> }
}
