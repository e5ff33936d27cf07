//! Which crate may depend on which. Keep in step with docs/ARCHITECTURE.md.

use cargo_metadata::Package;

use crate::workspace::Workspace;

/// Crates of ours that each crate of ours may depend on, at any place in its Cargo.toml.
const ALLOWED: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("plot", &[]),
    ("ml", &["types"]),
    ("store", &["types"]),
    ("moving", &[]),
    ("domain", &["types", "store", "ml", "moving", "plot"]),
    ("api", &["types", "domain"]),
    ("app", &["types", "plot", "domain"]),
    ("frontend", &["app"]),
    ("server", &["types", "plot", "ml", "store", "domain", "api", "app"]),
    ("xtask", &[]),
];

/// Crates of others that only some of ours may depend on. A name ending in `*` is a family.
const RESERVED: &[(&str, &[&str])] = &[
    ("sqlx*", &["store", "moving"]),
    ("object_store", &["store"]),
    ("linfa*", &["ml"]),
    ("plotters*", &["plot"]),
    ("axum*", &["api", "app", "server"]),
    ("tower*", &["api", "server"]),
    ("leptos*", &["app", "frontend", "server"]),
    ("clap", &["server", "xtask"]),
    ("tokio*", &["store", "moving", "domain", "api", "app", "server"]),
];

/// What a crate depends on.
#[derive(Debug)]
pub(crate) struct Dependent {
    name: String,
    ours: Vec<Arrow>,
    others: Vec<String>,
}

#[derive(Debug)]
struct Arrow {
    to: String,
    optional: bool,
}

pub(crate) fn read(workspace: &Workspace) -> Vec<Dependent> {
    workspace.packages().into_iter().map(dependent).collect()
}

fn dependent(package: &Package) -> Dependent {
    let (ours, others): (Vec<_>, Vec<_>) =
        package.dependencies.iter().partition(|dependency| dependency.path.is_some());
    Dependent {
        name: short(&package.name),
        ours: ours.iter().map(|to| Arrow { to: short(&to.name), optional: to.optional }).collect(),
        others: others.iter().map(|to| to.name.clone()).collect(),
    }
}

/// `cuaderno-domain` is `domain`.
fn short(name: &str) -> String {
    name.strip_prefix("cuaderno-").unwrap_or(name).to_owned()
}

pub(crate) fn check(dependents: &[Dependent]) -> Vec<String> {
    let mut complaints = Vec::new();
    for Dependent { name, ours, others } in dependents {
        let Some((_, allowed)) = ALLOWED.iter().find(|(from, _)| from == name) else {
            complaints
                .push(format!("crate `{name}` is new: give it a row in crates/xtask/src/tidy/arrows.rs"));
            continue;
        };
        for arrow in ours {
            if !allowed.contains(&arrow.to.as_str()) {
                complaints.push(format!(
                    "`{name}` depends on `{}`, which the architecture does not allow (docs/ARCHITECTURE.md)",
                    arrow.to
                ));
            } else if name == "app" && arrow.to == "domain" && !arrow.optional {
                complaints.push(
                    "`app` must depend on `domain` only with the feature `ssr`: the browser has no domain"
                        .to_owned(),
                );
            }
        }
        for other in others {
            if let Some((_, homes)) = RESERVED.iter().find(|(family, _)| is_of(other, family))
                && !homes.contains(&name.as_str())
            {
                complaints
                    .push(format!("`{name}` depends on `{other}`, which belongs to {}", homes.join(", ")));
            }
        }
    }
    complaints
}

fn is_of(name: &str, family: &str) -> bool {
    match family.strip_suffix('*') {
        Some(start) => {
            name.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
        }
        None => name == family,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dependent(name: &str, ours: &[(&str, bool)], others: &[&str]) -> Dependent {
        Dependent {
            name: name.to_owned(),
            ours: ours.iter().map(|&(to, optional)| Arrow { to: to.to_owned(), optional }).collect(),
            others: others.iter().map(|&to| to.to_owned()).collect(),
        }
    }

    #[test]
    fn the_arrows_of_the_architecture_are_allowed() {
        let fine = [
            dependent("domain", &[("types", false), ("store", false)], &["tokio", "serde"]),
            dependent("app", &[("domain", true), ("types", false)], &["leptos", "leptos_axum", "axum"]),
            dependent("types", &[], &["serde", "tokenizer"]),
        ];
        assert_eq!(check(&fine), Vec::<String>::new());
    }

    #[test]
    fn every_other_arrow_is_a_complaint() {
        for wrong in [
            dependent("types", &[("domain", false)], &[]),
            dependent("api", &[("store", false)], &[]),
            dependent("app", &[("domain", false)], &[]),
            dependent("types", &[], &["tokio"]),
            dependent("domain", &[], &["sqlx-core"]),
            dependent("api", &[], &["leptos_router"]),
            dependent("mailer", &[], &[]),
        ] {
            assert_eq!(check(std::slice::from_ref(&wrong)).len(), 1, "{wrong:?}");
        }
    }
}
