//! Files of a run or a logged model come in.

use std::collections::HashMap;

use moving::Source;
use moving::record::{Fault, File, Found};
use types::{ArtifactOwner, ArtifactPath};

use super::report::Amount;
use crate::{Ctx, Result};

/// Stores the files that are not here in the same size.
pub(super) async fn import(
    ctx: &Ctx,
    source: &Source,
    owner: &ArtifactOwner,
    found: Found<File>,
    is_new: bool,
    amount: &mut Amount,
) -> Result<()> {
    amount.faults.extend(found.faults);
    let here: HashMap<ArtifactPath, i64> = if is_new {
        HashMap::new()
    } else {
        let stored = ctx.store().artifacts(owner).await?;
        stored.into_iter().map(|artifact| (artifact.path, artifact.size_bytes)).collect()
    };
    for file in found.items {
        let mut fault = |why: String| amount.faults.push(Fault::new(format!("file `{}`", file.path), why));
        let path = match ArtifactPath::parse(&file.path) {
            Ok(path) => path,
            Err(error) => {
                fault(format!("its path {}", error.problem));
                continue;
            }
        };
        if here.get(&path).is_some_and(|size| u64::try_from(*size) == Ok(file.size)) {
            continue;
        }
        let content = match source.read(&file).await {
            Ok(content) => content,
            Err(error @ moving::Error::Unavailable(_)) => return Err(error.into()),
            Err(error) => {
                fault(error.to_string());
                continue;
            }
        };
        match ctx.store().put_artifact(owner, &path, content).await {
            Ok(artifact) => {
                amount.files += 1;
                amount.file_bytes += u64::try_from(artifact.size_bytes).unwrap_or(0);
            }
            Err(store::Error::Upload(error)) => fault(format!("reading it failed: {error}")),
            Err(error @ store::Error::PathTaken { .. }) => fault(error.to_string()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
