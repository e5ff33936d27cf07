//! What runs used and made. The names of the folders are those that MLflow would choose.

use std::fmt::Write;

use camino::Utf8Path;
use md5::{Digest, Md5};

use super::{META, create, write};
use crate::Result;
use crate::record::{Dataset, ModelLink, Role};
use crate::yaml::Mapping;

/// Writes the datasets into the experiment and their use into the run.
pub(super) fn datasets(
    experiment: &Utf8Path,
    run: &Utf8Path,
    run_id: &str,
    datasets: &[Dataset],
) -> Result<()> {
    for dataset in datasets {
        let id = md5(&[&dataset.name, &dataset.digest]);
        let folder = experiment.join("datasets").join(&id);
        create(&folder)?;
        let mut meta = Mapping::default();
        meta.text("digest", &dataset.digest)
            .text("name", &dataset.name)
            .optional_text("profile", dataset.profile.as_deref())
            .optional_text("schema", dataset.schema.as_deref())
            .text("source", &dataset.source)
            .text("source_type", &dataset.source_type);
        write(&folder.join(META), &meta.into_text())?;

        // One dataset may be used for several things; MLflow names only the first use so.
        let mut input = run.join("inputs").join(md5(&[&id, run_id]));
        if input.exists() {
            let tags: Vec<&str> =
                dataset.tags.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]).collect();
            input = run.join("inputs").join(md5(&[&[id.as_str(), run_id], tags.as_slice()].concat()));
        }
        create(&input)?;
        let mut meta = Mapping::default();
        meta.text("destination_id", &id)
            .text("destination_type", "RUN")
            .text("source_id", &id)
            .text("source_type", "DATASET")
            .pairs("tags", &dataset.tags);
        write(&input.join(META), &meta.into_text())?;
    }
    Ok(())
}

/// Writes which logged models the run read and made.
pub(super) fn models(run: &Utf8Path, run_id: &str, models: &[ModelLink]) -> Result<()> {
    for ModelLink { model_id, role, step } in models {
        let model_id = super::plain(model_id)?;
        let mut meta = Mapping::default();
        meta.text("destination_id", model_id);
        let folder = match role {
            Role::Input => {
                meta.text("destination_type", "RUN").text("source_type", "MODEL");
                run.join("inputs").join(md5(&[model_id, run_id]))
            }
            Role::Output => {
                meta.text("destination_type", "MODEL_OUTPUT")
                    .number("step", Some(*step))
                    .text("source_type", "RUN_OUTPUT");
                run.join("outputs").join(model_id)
            }
        };
        meta.text("source_id", model_id).pairs("tags", &[]);
        create(&folder)?;
        write(&folder.join(META), &meta.into_text())?;
    }
    Ok(())
}

fn md5(parts: &[&str]) -> String {
    let mut hash = Md5::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_those_of_mlflow() {
        // hashlib.md5(b"cars" + b"d1g").hexdigest()
        assert_eq!(md5(&["cars", "d1g"]), "0ae889434e5ba4339c0a4421314e5b1b");
    }
}
