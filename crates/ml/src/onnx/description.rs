//! What a file `MLmodel` says about the model beside it.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser};
use serde::Deserialize;

use super::signature::{ColumnType, SignatureColumn};
use crate::Error;

/// Deepest nesting that is read; MLflow writes four levels.
const DEPTH_MAX: usize = 32;

/// What a model takes, as its signature tells it.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum ModelInputs {
    /// It does not tell.
    #[default]
    Unknown,
    /// A table with these columns.
    Columns(Vec<SignatureColumn>),
    /// Arrays, by name; a single one may have none.
    Tensors(Vec<Option<String>>),
}

/// A file `MLmodel`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ModelDescription {
    /// Names of the flavours, ascending.
    pub flavours: Vec<String>,
    /// The file of the flavour `onnx`, relative to the description.
    pub onnx_file: Option<String>,
    /// What it takes.
    pub inputs: ModelInputs,
}

/// One entry of a signature, of either kind.
#[derive(Deserialize)]
struct Entry {
    r#type: String,
    name: Option<String>,
    required: Option<bool>,
}

impl ModelDescription {
    /// Reads the text of a file, which is YAML.
    ///
    /// # Errors
    ///
    /// [`Error::OnnxFile`] if it is no YAML, or its signature is no JSON.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let values = values(text)?;
        let mut flavours: Vec<String> = values
            .keys()
            .filter(|path| path.len() >= 2 && path[0] == "flavors")
            .map(|path| path[1].clone())
            .collect();
        flavours.dedup();
        let find = |path: &[&str]| {
            values
                .iter()
                .find(|(key, _)| key.iter().map(String::as_str).eq(path.iter().copied()))
                .map(|(_, v)| v)
        };
        let inputs = match find(&["signature", "inputs"]).map(String::as_str) {
            None | Some("" | "null" | "~") => ModelInputs::Unknown,
            Some(text) => inputs(text)?,
        };
        Ok(Self { flavours, onnx_file: find(&["flavors", "onnx", "data"]).cloned(), inputs })
    }
}

fn inputs(text: &str) -> Result<ModelInputs, Error> {
    let entries: Vec<Entry> = serde_json::from_str(text)
        .map_err(|error| Error::OnnxFile(format!("the signature in `MLmodel` cannot be read: {error}")))?;
    if entries.iter().any(|entry| entry.r#type == "tensor") {
        return Ok(ModelInputs::Tensors(entries.into_iter().map(|entry| entry.name).collect()));
    }
    let column = |entry: Entry| {
        let r#type = ColumnType::from_name(&entry.r#type);
        Some(SignatureColumn { r#type, name: entry.name?, required: entry.required.unwrap_or(true) })
    };
    // Columns without names are taken as they come.
    let columns: Option<Vec<SignatureColumn>> = entries.into_iter().map(column).collect();
    Ok(columns.map_or(ModelInputs::Unknown, ModelInputs::Columns))
}

/// All texts of a document, by the keys of the mappings that lead to them. Lists are left out, and so is what is said by
/// reference, which could be endless.
fn values(text: &str) -> Result<BTreeMap<Vec<String>, String>, Error> {
    let unreadable = |problem: String| Error::OnnxFile(format!("`MLmodel` cannot be read: {problem}"));
    let mut found = BTreeMap::new();
    let mut open: Vec<Level> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.map_err(|error| unreadable(error.to_string()))?;
        match event {
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                if open.len() == DEPTH_MAX {
                    return Err(unreadable("it is nested too deeply".to_owned()));
                }
                let is_mapping = matches!(event, Event::MappingStart(..));
                open.push(if is_mapping { Level::Mapping(None) } else { Level::List });
            }
            Event::MappingEnd | Event::SequenceEnd => {
                open.pop();
                finish_value(&mut open);
            }
            Event::Alias(_) => finish_value(&mut open),
            Event::Scalar(text, ..) => match open.last_mut() {
                Some(Level::Mapping(key @ None)) => *key = Some(text.into_owned()),
                Some(Level::Mapping(Some(_))) => {
                    let path: Option<Vec<String>> = open.iter().map(Level::key).collect();
                    if let Some(path) = path {
                        found.insert(path, text.into_owned());
                    }
                    finish_value(&mut open);
                }
                _ => {}
            },
            _ => {}
        }
    }
    Ok(found)
}

/// What is open around a place in a document.
enum Level {
    List,
    /// With the key that waits for its value.
    Mapping(Option<String>),
}

impl Level {
    fn key(&self) -> Option<String> {
        match self {
            Self::List => None,
            Self::Mapping(key) => key.clone(),
        }
    }
}

fn finish_value(open: &mut [Level]) {
    if let Some(Level::Mapping(key)) = open.last_mut() {
        *key = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &str = r#"
artifact_path: model
flavors:
  onnx:
    code: null
    data: model.onnx
    providers:
    - CUDAExecutionProvider
    - CPUExecutionProvider
  python_function:
    env:
      conda: conda.yaml
    loader_module: mlflow.onnx
signature:
  inputs: '[{"type": "string", "name": "marca", "required": true}, {"type": "long", "name":
    "año", "required": false}]'
  outputs: null
"#;

    #[test]
    fn what_mlflow_writes_is_read() {
        let read = ModelDescription::parse(COLUMNS).unwrap();
        assert_eq!(read.flavours, ["onnx", "python_function"]);
        assert_eq!(read.onnx_file.as_deref(), Some("model.onnx"));
        let ModelInputs::Columns(columns) = read.inputs else { panic!("{:?}", read.inputs) };
        assert_eq!(columns[0], SignatureColumn::required("marca", ColumnType::String));
        assert_eq!((columns[1].name.as_str(), columns[1].required), ("año", false));
        let tensors = r#"signature: {inputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 3]}}]'}"#;
        assert_eq!(ModelDescription::parse(tensors).unwrap().inputs, ModelInputs::Tensors(vec![None]));
        assert_eq!(ModelDescription::parse("").unwrap(), ModelDescription::default());
    }

    #[test]
    fn bombs_and_nonsense_are_refused_or_left_out() {
        let bomb = "a: &a [x, x]\nb: &b [*a, *a]\nflavors: *b\n";
        assert_eq!(ModelDescription::parse(bomb).unwrap(), ModelDescription::default());
        assert!(ModelDescription::parse(&"[".repeat(1000)).is_err());
        assert!(ModelDescription::parse("a: [").is_err());
        assert!(ModelDescription::parse("signature: {inputs: 'no'}").is_err());
    }
}
