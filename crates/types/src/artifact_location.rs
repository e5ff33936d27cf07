//! Where files of runs and logged models are, as clients write it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ArtifactPath, ExperimentId, InvalidValue, LoggedModelId, RunId};

/// What the URIs of artifacts that this server keeps begin with; a slash follows.
const SCHEME: &str = "mlflow-artifacts:";

/// Whose files.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ArtifactOwner {
    /// Those of a run.
    Run(RunId),
    /// Those of a logged model.
    Model(LoggedModelId),
}

impl From<&RunId> for ArtifactOwner {
    fn from(id: &RunId) -> Self {
        Self::Run(id.clone())
    }
}

impl From<&LoggedModelId> for ArtifactOwner {
    fn from(id: &LoggedModelId) -> Self {
        Self::Model(id.clone())
    }
}

impl From<&Self> for ArtifactOwner {
    fn from(owner: &Self) -> Self {
        owner.clone()
    }
}

impl fmt::Display for ArtifactOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(id) => write!(f, "run {id}"),
            Self::Model(id) => write!(f, "logged model {id}"),
        }
    }
}

/// A file or folder of a run or of a logged model. Its text is `<experiment>/<run>/artifacts/<path>` or
/// `<experiment>/models/<model>/artifacts/<path>`, which names no place on a disk: the owner is looked up.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ArtifactLocation {
    /// Experiment that the owner must belong to.
    pub experiment_id: ExperimentId,
    /// Whose file.
    pub owner: ArtifactOwner,
    /// Which file or folder; all files of the owner if absent.
    pub path: Option<ArtifactPath>,
}

impl ArtifactLocation {
    /// Reads a location. `None` for a path that is well formed, but not that of a run or logged model.
    ///
    /// # Errors
    ///
    /// If it is no path that [`ArtifactPath::parse`] takes.
    pub fn parse(text: &str) -> Result<Option<Self>, InvalidValue> {
        let Some((experiment_id, owner, rest)) = split(text) else {
            return ArtifactPath::parse(text).map(|_| None);
        };
        let path = rest.map(ArtifactPath::parse).transpose()?;
        Ok(Some(Self { experiment_id, owner, path }))
    }

    /// Reads a URI such as `mlflow-artifacts:/0/<run>/artifacts/model`. `None` for every other text.
    #[must_use]
    pub fn parse_uri(uri: &str) -> Option<Self> {
        let rest = uri.strip_prefix(SCHEME)?;
        // A host may stand in between; it is this one, or the client sends it to another.
        let path = match rest.strip_prefix("//") {
            Some(with_host) => with_host.split_once('/')?.1,
            None => rest.strip_prefix('/')?,
        };
        Self::parse(path.strip_suffix('/').unwrap_or(path)).ok().flatten()
    }

    /// The file at a path below this folder. `None` if the path gets too long.
    #[must_use]
    pub fn join(&self, path: &ArtifactPath) -> Option<Self> {
        let joined = match &self.path {
            Some(folder) => ArtifactPath::parse(&format!("{folder}/{path}")).ok()?,
            None => path.clone(),
        };
        Some(Self { path: Some(joined), ..self.clone() })
    }

    /// The URI of the same, as clients are told.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("{SCHEME}/{self}")
    }
}

impl fmt::Display for ArtifactLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.owner {
            ArtifactOwner::Run(id) => write!(f, "{}/{id}/artifacts", self.experiment_id)?,
            ArtifactOwner::Model(id) => write!(f, "{}/models/{id}/artifacts", self.experiment_id)?,
        }
        self.path.as_ref().map_or(Ok(()), |path| write!(f, "/{path}"))
    }
}

/// Takes the owner off the beginning of a path; the rest is below its folder.
fn split(text: &str) -> Option<(ExperimentId, ArtifactOwner, Option<&str>)> {
    let (experiment, rest) = text.split_once('/')?;
    let (first, rest) = rest.split_once('/')?;
    let (owner, rest) = if first == "models" {
        let (id, rest) = rest.split_once('/')?;
        (ArtifactOwner::Model(LoggedModelId::parse(id).ok()?), rest)
    } else {
        (ArtifactOwner::Run(RunId::parse(first).ok()?), rest)
    };
    let path = match rest.strip_prefix("artifacts")? {
        "" => None,
        path => Some(path.strip_prefix('/')?),
    };
    Some((ExperimentId::parse(experiment).ok()?, owner, path))
}

/// A file or folder in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactEntry {
    /// Path below the owner's folder.
    pub path: ArtifactPath,
    /// Size of a file in bytes; absent for folders.
    pub size_bytes: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "000000000000000000000000000000ab";

    #[test]
    fn locations_come_back_as_they_were_written() {
        for text in [
            format!("0/{RUN}/artifacts"),
            format!("12/{RUN}/artifacts/plots/año 1.svg"),
            format!("3/models/m-{RUN}/artifacts/MLmodel"),
        ] {
            let location = ArtifactLocation::parse(&text).unwrap().unwrap();
            assert_eq!(location.to_string(), text);
            assert_eq!(ArtifactLocation::parse_uri(&location.uri()), Some(location.clone()));
            assert_eq!(
                ArtifactLocation::parse_uri(&format!("mlflow-artifacts://host:5000/{text}")),
                Some(location)
            );
        }
    }

    #[test]
    fn other_places_are_none_and_bad_paths_are_told() {
        for text in ["0", "0/x", "models/x", &format!("x/{RUN}/artifacts"), &format!("0/{RUN}/artifactsx")] {
            assert_eq!(ArtifactLocation::parse(text), Ok(None), "{text}");
        }
        for text in
            ["", "/etc/passwd", "../x", &format!("0/{RUN}/artifacts/"), &format!("0/{RUN}/artifacts/../x")]
        {
            assert!(ArtifactLocation::parse(text).is_err(), "{text}");
        }
        for uri in [
            "file:///etc",
            "mlflow-artifacts:",
            "mlflow-artifacts:/..%2f",
            "s3://x/y",
            &format!("0/{RUN}/artifacts"),
        ] {
            assert_eq!(ArtifactLocation::parse_uri(uri), None, "{uri}");
        }
    }
}
