//! Versions of a registered model.

use leptos::either::Either;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use types::{Alias, ModelVersion};

use crate::address::{Page, href};
use crate::i18n::{ModelsText, fill, use_language};
use crate::islands::{LiveForm, Problems, Time};
use crate::server_fns::models::MakeChampion;

/// All versions, newest first, each with a button that makes it the champion.
#[component]
pub fn VersionTable(
    /// The versions.
    versions: Vec<ModelVersion>,
) -> impl IntoView {
    let t = ModelsText::of(use_language());
    let rows: Vec<_> = versions.into_iter().map(|version| view! { <VersionRow version/> }).collect();
    view! {
        <div class="table-frame version-table">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{t.version}</th>
                        <th scope="col">{t.kind}</th>
                        <th scope="col">{t.aliases}</th>
                        <th scope="col">{t.run}</th>
                        <th scope="col">{t.registered}</th>
                        <th scope="col">{t.action}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn VersionRow(
    /// The version.
    version: ModelVersion,
) -> impl IntoView {
    let language = use_language();
    let t = ModelsText::of(language);
    let number = version.version;
    let is_champion = version.aliases.contains(&Alias::champion());
    let aliases: Vec<_> = version
        .aliases
        .iter()
        .map(|alias| {
            let class = if *alias == Alias::champion() { "chip is-champion" } else { "chip" };
            view! { <span class=class>{alias.to_string()}</span> }
        })
        .collect();
    let kind = if version.model_type.is_empty() { t.unknown_kind.to_owned() } else { version.model_type };
    let label = fill(t.make_champion_of, &[("n", &number), ("name", &version.name)]);

    view! {
        <tr>
            <td class="number">{number}</td>
            <td>
                {kind}
                {(!version.is_native).then(|| view! { <p class="muted">{t.not_native}</p> })}
            </td>
            <td><span class="row">{aliases}</span></td>
            <td>
                {version.run_id.map(|id| view! { <a href=href(language, Page::Run(id))>{t.see_run}</a> })}
            </td>
            <td><Time at=version.created_at/></td>
            <td>
                {if is_champion {
                    let answers = if version.is_native { t.is_champion } else { t.is_champion_in_name };
                    Either::Left(view! { <span class="muted">{answers}</span> })
                } else {
                    Either::Right(view! {
                        <LiveForm
                            action=MakeChampion::url().to_owned()
                            class=String::new()
                            checked_by_browser=true
                            problems=Problems::default()
                        >
                            <input type="hidden" name="language" value=language.tag()/>
                            <input type="hidden" name="name" value=version.name.to_string()/>
                            <input type="hidden" name="version" value=number.to_string()/>
                            <button class="button is-quiet is-small" aria-label=label>{t.make_champion}</button>
                        </LiveForm>
                    })
                }}
            </td>
        </tr>
    }
    .into_any()
}
