//! Migrations come in pairs, one per database, and never change after they have landed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use sha2::{Digest as _, Sha256};

use super::stems;
use crate::site::hex;
use crate::steps::note;

const DATABASES: &[&str] = &["postgres", "sqlite"];

/// A line `SHA-256  DATABASE/NAME.sql` for every migration that has landed.
const RELEASED: &str = "released.sha256";

/// Digests by path below the folder of migrations.
type Digests = BTreeMap<String, String>;

pub(crate) fn check(folder: &Path) -> anyhow::Result<Vec<String>> {
    let now = digests(folder)?;
    let mut complaints = names(&now);
    complaints.extend(changes(&released(folder)?, &now));
    Ok(complaints)
}

/// Adds new migrations to the list of those that have landed.
///
/// # Errors
///
/// One that had landed was changed or removed: that stays forbidden.
pub(crate) fn bless(folder: &Path) -> anyhow::Result<()> {
    let (before, now) = (released(folder)?, digests(folder)?);
    let broken: Vec<_> = changes(&before, &now).into_iter().filter(|text| !text.contains(UNLISTED)).collect();
    if !broken.is_empty() {
        bail!("{}", broken.join("\n"));
    }
    let mut list = String::new();
    for (path, digest) in &now {
        let _ = writeln!(list, "{digest}  {path}");
    }
    fs::write(folder.join(RELEASED), list).with_context(|| format!("cannot write {RELEASED}"))?;
    note(format_args!(
        "{} migrations may not change any more, {} of them new",
        now.len(),
        now.len() - before.len()
    ));
    Ok(())
}

fn digests(folder: &Path) -> anyhow::Result<Digests> {
    let mut digests = Digests::new();
    for database in DATABASES {
        for name in stems(&folder.join(database), "sql")? {
            let path = format!("{database}/{name}.sql");
            let text = fs::read(folder.join(&path)).with_context(|| format!("cannot read {path}"))?;
            digests.insert(path, hex(&Sha256::digest(&text)));
        }
    }
    Ok(digests)
}

fn released(folder: &Path) -> anyhow::Result<Digests> {
    let file = folder.join(RELEASED);
    if !file.exists() {
        return Ok(Digests::new());
    }
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    text.lines()
        .map(|line| {
            let (digest, path) = line
                .split_once("  ")
                .with_context(|| format!("{RELEASED}: cannot read the line `{line}`"))?;
            Ok((path.to_owned(), digest.to_owned()))
        })
        .collect()
}

/// Complaints about names: `NNNN_verb_object.sql`, without gaps, the same for both databases.
fn names(migrations: &Digests) -> Vec<String> {
    let of = |database: &str| -> Vec<&str> {
        migrations.keys().filter_map(|path| path.strip_prefix(database)?.strip_prefix('/')).collect()
    };
    let mut complaints = Vec::new();
    for database in DATABASES {
        let twins = DATABASES.iter().filter(|other| *other != database);
        for (twin, name) in twins.flat_map(|twin| of(database).into_iter().map(move |name| (twin, name))) {
            if !migrations.contains_key(&format!("{twin}/{name}")) {
                complaints.push(format!("migrations/{database}/{name} has no twin in migrations/{twin}"));
            }
        }
        for (index, name) in of(database).into_iter().enumerate() {
            let number = format!("{:04}_", index + 1);
            if !name.starts_with(&number) {
                complaints.push(format!(
                    "migrations/{database}/{name}: its name should begin with {number} (NNNN_verb_object.sql, no gaps)"
                ));
            }
        }
    }
    complaints
}

const UNLISTED: &str = "is not listed";

/// Complaints about what happened to migrations since they landed.
fn changes(released: &Digests, now: &Digests) -> Vec<String> {
    let mut complaints = Vec::new();
    for (path, digest) in released {
        match now.get(path) {
            Some(same) if same == digest => {}
            Some(_) => complaints.push(format!(
                "migrations/{path} has landed and was changed: people's databases already ran it. Write a new migration"
            )),
            None => complaints.push(format!("migrations/{path} has landed and is gone: put it back")),
        }
    }
    for path in now.keys().filter(|path| !released.contains_key(*path)) {
        complaints.push(format!(
            "migrations/{path} {UNLISTED} in migrations/{RELEASED}: when it is final, run `cargo xtask tidy --bless-migrations`"
        ));
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digests(entries: &[(&str, &str)]) -> Digests {
        entries.iter().map(|&(path, digest)| (path.to_owned(), digest.to_owned())).collect()
    }

    #[test]
    fn every_migration_has_a_twin_and_the_next_number() {
        let fine = [
            ("postgres/0001_create_runs.sql", ""),
            ("sqlite/0001_create_runs.sql", ""),
            ("postgres/0002_add_tags.sql", ""),
            ("sqlite/0002_add_tags.sql", ""),
        ];
        assert!(names(&digests(&fine)).is_empty());
        assert_eq!(names(&digests(&fine[..3])).len(), 1);
        assert_eq!(
            names(&digests(&[("postgres/0003_add_tags.sql", ""), ("sqlite/0003_add_tags.sql", "")])).len(),
            2
        );
    }

    #[test]
    fn what_has_landed_stays() {
        let released = digests(&[("sqlite/0001_a.sql", "aa"), ("sqlite/0002_b.sql", "bb")]);

        assert!(changes(&released, &released).is_empty());
        assert!(changes(&released, &digests(&[("sqlite/0001_a.sql", "aa")]))[0].contains("is gone"));
        let changed = digests(&[("sqlite/0001_a.sql", "zz"), ("sqlite/0002_b.sql", "bb")]);
        assert!(changes(&released, &changed)[0].contains("0001_a.sql has landed and was changed"));
        assert!(changes(&Digests::new(), &released)[0].contains(UNLISTED));
    }

    #[test]
    fn blessing_adds_and_never_overwrites() {
        let folder = std::env::temp_dir().join(format!("cuaderno-migrations-{}", std::process::id()));
        for database in DATABASES {
            fs::create_dir_all(folder.join(database)).unwrap();
            fs::write(folder.join(database).join("0001_create_runs.sql"), "CREATE TABLE runs (id INTEGER);")
                .unwrap();
        }

        let before = check(&folder).unwrap();
        bless(&folder).unwrap();
        let after = check(&folder).unwrap();
        fs::write(folder.join("sqlite/0001_create_runs.sql"), "CREATE TABLE runs (id TEXT);").unwrap();
        let edited = check(&folder).unwrap();
        let again = bless(&folder);
        fs::remove_dir_all(&folder).unwrap();

        assert_eq!(before.len(), 2, "{before:?}");
        assert!(after.is_empty(), "{after:?}");
        assert_eq!(edited.len(), 1, "{edited:?}");
        assert!(again.is_err());
    }
}
