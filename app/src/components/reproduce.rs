//! How a training is repeated, changed and taken elsewhere.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use types::{Reproduction, Run};

use crate::address::{Page, href};
use crate::i18n::{RunsText, fill, use_language};
use crate::islands::CodeBlock;
use crate::query::with_query;
use crate::server_fns::training::{Repeat, ReproduceRun};

/// Ways to train a run again: by a button and exactly, with one thing changed, or in Python. Nothing for runs that were not
/// trained here.
#[component]
pub fn Reproduce(
    /// The run.
    run: Run,
    /// What is needed for it.
    repeat: Option<Repeat>,
) -> impl IntoView {
    let language = use_language();
    let t = RunsText::of(language);
    repeat.map(|repeat| {
        let found = repeat.reproduction.map(|found| view! { <Comparison found/> });
        let form = with_query(
            &href(language, Page::Train),
            repeat.form.iter().map(|(name, value)| (name.as_str(), value.as_str())),
        );
        view! {
            <section class="card">
                <h2>{t.reproduce}</h2>
                {found}
                <p>{t.reproduce_text}</p>
                <div class="row">
                    <form method="post" action=ReproduceRun::url()>
                        <input type="hidden" name="run_id" value=run.id.to_string()/>
                        <input type="hidden" name="language" value=language.tag()/>
                        <button class="button">{t.reproduce_button}</button>
                    </form>
                    <a class="button is-quiet" href=form>{t.change_one_thing}</a>
                </div>
                <CodeBlock caption=t.reproduce_caption code=format!("cuaderno runs reproduce {}", run.id)/>
                <details>
                    <summary>{t.as_python}</summary>
                    <CodeBlock caption=t.as_python_caption code=repeat.python/>
                </details>
            </section>
        }
    })
}

/// Whether the run is the same as the one that it trained again.
#[component]
fn Comparison(found: Reproduction) -> impl IntoView {
    let language = use_language();
    let t = RunsText::of(language);
    let origin = view! {
        <a href=href(language, Page::Run(found.origin_run_id.clone()))><code>{found.origin_run_id.to_string()}</code></a>
    };
    let different: Vec<&str> = found.different().collect();
    let text = if found.is_equal {
        fill(t.reproduced, &[("n", &found.metrics.len())])
    } else {
        fill(t.not_reproduced, &[("n", &different.len()), ("metrics", &different.join(", "))])
    };
    let versions = (found.version != found.origin_version).then(|| {
        let versions = fill(t.other_version, &[("then", &found.origin_version), ("now", &found.version)]);
        view! { <span class="muted">{versions}</span> }
    });
    view! { <p role="status">{t.repeats} " " {origin} ". " {text} " " {versions}</p> }
}
