//! The folder `model/` of a run as MLflow's clients know it: `mlflow.pyfunc.load_model("runs:/…/model")` opens it.
//!
//! Beside our own file there is the same model as ONNX, with the two flavours that MLflow's loader asks for. What cannot be
//! written as ONNX has only our own flavour, and the reason why.

use std::fmt::Write as _;

use ml::onnx::{ColumnType, SignatureColumn};
use serde_json::{Value, json};
use types::{ColumnKind, Millis, RunId};

use crate::Result;

/// The folder's path among the run's files.
const FOLDER: &str = "model";

/// Name of our own file in it.
const NATIVE: &str = "model.cuaderno";

/// Python module that opens the ONNX file, in the folder `code`.
const LOADER: &str = "cuaderno_onnx";
const LOADER_CODE: &str = include_str!("cuaderno_onnx.py");

/// Python packages that the loader needs.
const REQUIREMENTS: [&str; 5] = ["mlflow", "numpy", "onnx>=1.16", "onnxruntime>=1.18", "pandas"];

/// Python that these packages are known to work with.
const PYTHON: &str = "3.11";

/// What a training leaves for other programs.
pub(super) struct Folder {
    /// Path and content of each file, but for our own model file.
    pub(super) files: Vec<(String, Vec<u8>)>,
    /// Value of the tag `mlflow.log-model.history`, by which MLflow finds models of runs.
    pub(super) history: String,
    /// Why there is no ONNX, if so.
    pub(super) obstacle: Option<String>,
}

impl Folder {
    /// The files of a model that `run_id` left at `now`; `onnx` is what became of it, `unique` a number that no other model
    /// has.
    pub(super) fn new(
        model: &ml::Model,
        onnx: &std::result::Result<Vec<u8>, String>,
        run_id: &RunId,
        now: Millis,
        unique: u128,
    ) -> Result<Self> {
        let (inputs, outputs) = (model.onnx_inputs(), model.onnx_outputs());
        let example = example(model, &inputs);
        let uuid = format!("{unique:032x}");
        let mut files = Vec::new();
        let mut put = |name: &str, content: Vec<u8>| files.push((format!("{FOLDER}/{name}"), content));
        put("MLmodel", description(model, onnx, run_id, now, &uuid)?.into_bytes());
        put("input_example.json", serde_json::to_vec_pretty(&example)?);
        put("serving_input_example.json", serde_json::to_vec_pretty(&json!({"dataframe_split": example}))?);
        let mut flavours = json!({"cuaderno": {"data": NATIVE, "version": env!("CARGO_PKG_VERSION")}});
        if let Ok(content) = onnx {
            put("model.onnx", content.clone());
            put("requirements.txt", format!("{}\n", REQUIREMENTS.join("\n")).into_bytes());
            put("python_env.yaml", python_env().into_bytes());
            put("conda.yaml", conda().into_bytes());
            put(&format!("code/{LOADER}.py"), LOADER_CODE.as_bytes().to_vec());
            flavours["onnx"] = json!({"data": "model.onnx", "providers": ["CPUExecutionProvider"]});
            flavours["python_function"] =
                json!({"code": "code", "data": "model.onnx", "loader_module": LOADER});
        }
        let history = json!([{
            "run_id": run_id.as_str(),
            "artifact_path": FOLDER,
            "utc_time_created": format!("{now}.000000"),
            "model_uuid": uuid,
            "flavors": flavours,
            "signature": {
                "inputs": serde_json::to_string(&inputs)?,
                "outputs": serde_json::to_string(&outputs)?,
                "params": null,
            },
        }]);
        let mut history = history;
        if history.to_string().len() > types::TAG_VALUE_MAX {
            // Hundreds of columns: the file `MLmodel` has them.
            history[0]["signature"] = Value::Null;
        }
        Ok(Self { files, history: history.to_string(), obstacle: onnx.as_ref().err().cloned() })
    }
}

/// The file `MLmodel`. Texts are written as JSON, which YAML reads.
fn description(
    model: &ml::Model,
    onnx: &std::result::Result<Vec<u8>, String>,
    run_id: &RunId,
    now: Millis,
    uuid: &str,
) -> Result<String> {
    let quoted = |text: &str| serde_json::to_string(text);
    let mut text = format!("artifact_path: {FOLDER}\nflavors:\n");
    let version = env!("CARGO_PKG_VERSION");
    let estimator = quoted(model.estimator())?;
    let _ = writeln!(
        text,
        "  cuaderno:\n    data: {NATIVE}\n    model_type: {estimator}\n    version: \"{version}\""
    );
    match onnx {
        Ok(_) => {
            let _ = write!(
                text,
                "  onnx:\n    code: null\n    data: model.onnx\n    onnx_session_options: null\n    providers:\n    - CPUExecutionProvider\n  \
                 python_function:\n    code: code\n    data: model.onnx\n    env:\n      conda: conda.yaml\n      virtualenv: python_env.yaml\n    \
                 loader_module: {LOADER}\n    python_version: \"{PYTHON}\"\n"
            );
        }
        Err(obstacle) => {
            let _ = writeln!(text, "metadata:\n  onnx: {}", quoted(obstacle)?);
        }
    }
    let (inputs, outputs) = (model.onnx_inputs(), model.onnx_outputs());
    let _ = write!(
        text,
        "model_uuid: \"{uuid}\"\nrun_id: \"{run_id}\"\nsaved_input_example_info:\n  artifact_path: input_example.json\n  \
         pandas_orient: split\n  serving_input_path: serving_input_example.json\n  type: dataframe\nsignature:\n  inputs: {}\n  \
         outputs: {}\n  params: null\nutc_time_created: \"{now}.000000\"\n",
        quoted(&serde_json::to_string(&inputs)?)?,
        quoted(&serde_json::to_string(&outputs)?)?,
    );
    Ok(text)
}

fn python_env() -> String {
    format!("python: \"{PYTHON}\"\nbuild_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n")
}

fn conda() -> String {
    let packages: String =
        REQUIREMENTS.iter().fold(String::new(), |text, package| text + "  - " + package + "\n");
    format!(
        "channels:\n- conda-forge\ndependencies:\n- python={PYTHON}\n- pip\n- pip:\n{packages}name: mlflow-env\n"
    )
}

/// The row that a model knows best, as pandas writes tables with `orient="split"`.
fn example(model: &ml::Model, inputs: &[SignatureColumn]) -> Value {
    let cell = |(feature, input): (&ml::Feature, &SignatureColumn)| match (feature.profile.kind, input.r#type)
    {
        (ColumnKind::Text, _) => json!(feature.profile.levels.first().map_or("", |(text, _)| text)),
        #[expect(clippy::cast_possible_truncation, reason = "a median of whole numbers; casts saturate")]
        (_, ColumnType::Long) => json!(feature.median.unwrap_or(0.0).round() as i64),
        _ => json!(feature.median.unwrap_or(0.0)),
    };
    let columns: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
    let row: Vec<Value> = model.features().iter().zip(inputs).map(cell).collect();
    json!({"columns": columns, "data": [row]})
}
