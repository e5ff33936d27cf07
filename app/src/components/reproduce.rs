//! How a training is repeated.

use leptos::prelude::*;
use types::Run;

use crate::i18n::{RunsText, use_language};
use crate::islands::CodeBlock;

/// The command that trains as a run did, if it was trained here.
#[component]
pub fn Reproduce(
    /// The run.
    run: Run,
) -> impl IntoView {
    let t = RunsText::of(use_language());
    command(&run).map(|command| {
        view! {
            <section class="card">
                <h2>{t.reproduce}</h2>
                <CodeBlock caption=t.reproduce_caption code=command/>
            </section>
        }
    })
}

/// `cuaderno train …` with the target, the model, the hyper-parameters and the split of a run.
fn command(run: &Run) -> Option<String> {
    let (target, model) = (run.param("target")?, run.param("model")?);
    let dataset = run.inputs.first().map_or("data", |input| input.name.as_str());
    let mut command = format!(
        "cuaderno train {} --target {} --model {}",
        quoted(&format!("{dataset}.csv")),
        quoted(target),
        quoted(model)
    );
    for param in &run.params {
        let key = param.key.as_str();
        if !matches!(key, "target" | "model" | "split") && !key.starts_with("split.") {
            command.push_str(" \\\n  --param ");
            command.push_str(&quoted(&format!("{key}={}", param.value)));
        }
    }
    match run.param("split") {
        Some("rows") => command.push_str(" \\\n  --split split.json"),
        _ => {
            for (option, param) in [("--test-size", "split.test_size"), ("--seed", "split.random_state")] {
                if let Some(value) = run.param(param) {
                    command.extend([" \\\n  ", option, " ", &quoted(value)]);
                }
            }
        }
    }
    Some(command)
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '=' | ',');
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_cannot_break_out() {
        assert_eq!(quoted("n_estimators=100"), "n_estimators=100");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("'; rm -rf ~"), r"''\''; rm -rf ~'");
    }
}
