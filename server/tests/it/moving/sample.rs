//! A small folder as MLflow's file store writes it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

pub(super) const EXPERIMENT: &str = "602796912587732989";
pub(super) const TRASHED: &str = "122474198744146677";
pub(super) const RUN: &str = "027d660b733144f6a752e3cac93068b5";
pub(super) const DELETED_RUN: &str = "154674f5f7dc435fa3eba1ce8d776ad3";
pub(super) const RUNNING_RUN: &str = "d2c241d2a5ef4ecb93450dc2d76e21dc";
pub(super) const TRASHED_RUN: &str = "1856dba56eac40d68f4225191ead89b9";
pub(super) const MODEL: &str = "m-a2d9ad0277564017ad264c1442bef307";
pub(super) const DATASET: &str = "b56742cb032d0591134be97be605d3c3";

/// Writes a file and the folders above it.
pub(super) fn put(root: &Path, path: &str, content: impl AsRef<[u8]>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// The `meta.yaml` of a run.
pub(super) fn run_meta(experiment: &str, run: &str, name: &str, status: u8, stage: &str) -> String {
    let end = if status == 1 { "null" } else { "1795833794930" };
    let deleted = if stage == "deleted" { "deleted_time: 1795833795000\n" } else { "" };
    format!(
        "artifact_uri: file:///home/ana/mlruns/{experiment}/{run}/artifacts\n{deleted}end_time: {end}\n\
         entry_point_name: ''\nexperiment_id: '{experiment}'\nlifecycle_stage: {stage}\nrun_id: {run}\nrun_name: {name}\n\
         run_uuid: {run}\nsource_name: ''\nsource_type: 4\nsource_version: ''\nstart_time: 1795833786704\n\
         status: {status}\ntags: []\nuser_id: ana\n"
    )
}

/// The `meta.yaml` of an experiment.
pub(super) fn experiment_meta(id: &str, name: &str, stage: &str) -> String {
    format!(
        "artifact_location: file:///home/ana/mlruns/{id}\ncreation_time: 1795833786607\nexperiment_id: '{id}'\n\
         last_update_time: 1795833786999\nlifecycle_stage: {stage}\nname: {name}\n"
    )
}

/// Two experiments, one of them deleted, with four runs. `history` points belong to the first run.
pub(super) fn write(root: &Path, history: u32) {
    put(root, "0/meta.yaml", experiment_meta("0", "Default", "active"));
    let experiment = root.join(EXPERIMENT);
    put(&experiment, "meta.yaml", experiment_meta(EXPERIMENT, "'coches: año/1'", "active"));
    put(&experiment, "tags/mlflow.note.content", "línea 1\nlínea 2: \"x\"");
    put(&experiment, "tags/k/with/slash", "v");
    put(
        &experiment,
        &format!("datasets/{DATASET}/meta.yaml"),
        "digest: b7a2cd05\nname: cars train\nprofile: '{\"num_rows\": 2, \"num_elements\": 4}'\nschema: \
         '{\"mlflow_colspec\": [{\"type\": \"double\", \"name\": \"x\", \"required\": true}, {\"type\":\n  \"long\", \"name\": \
         \"y\", \"required\": true}]}'\nsource: '{\"uri\": \"/data/cars.csv\"}'\nsource_type: local\n",
    );

    let run = experiment.join(RUN);
    put(&run, "meta.yaml", run_meta(EXPERIMENT, RUN, "12e5", 3, "active"));
    put(&run, "params/lr", "0.1");
    put(&run, "params/deep/name", "x".repeat(600));
    put(&run, "params/multi", "a\nb");
    put(&run, "tags/mlflow.runName", "12e5");
    put(&run, "tags/mlflow.user", "ana");
    put(&run, "metrics/val/loss", "1795833786731 1.0 0\n1795833786732 0.5 1\n1795833786733 1e-07 2\n");
    put(&run, "metrics/odd", "1795833786731 nan 0\n1795833786731 inf 1\n1795833786731 -inf 2\n");
    let mut long = String::new();
    for step in 0..history {
        writeln!(long, "{} {}.25 {step}", 1_795_833_786_731_u64 + u64::from(step), step % 1000).unwrap();
    }
    if history > 0 {
        put(&run, "metrics/long", long);
    }
    put(&run, "artifacts/notes/ñ file.txt", "hola ñ");
    put(&run, "artifacts/plot.bin", [0_u8, 1, 2, 255].repeat(1000));
    put(
        &run,
        "inputs/f4e7dca048e4722dcb91e96f792e7468/meta.yaml",
        format!(
            "destination_id: {DATASET}\ndestination_type: RUN\nsource_id: {DATASET}\nsource_type: DATASET\ntags:\n  foo: \
             bar\n  mlflow.data.context: training\n"
        ),
    );

    put(
        &experiment,
        &format!("{DELETED_RUN}/meta.yaml"),
        run_meta(EXPERIMENT, DELETED_RUN, "gone", 4, "deleted"),
    );
    put(&experiment, &format!("{DELETED_RUN}/params/gone"), "1");
    put(
        &experiment,
        &format!("{RUNNING_RUN}/meta.yaml"),
        run_meta(EXPERIMENT, RUNNING_RUN, "at-work", 1, "active"),
    );
    put(&experiment, &format!("{RUNNING_RUN}/metrics/m"), "1795833786731 1 0\n");

    let trashed = root.join(".trash").join(TRASHED);
    put(&trashed, "meta.yaml", experiment_meta(TRASHED, "old ideas", "deleted"));
    put(
        &trashed,
        &format!("{TRASHED_RUN}/meta.yaml"),
        run_meta(TRASHED, TRASHED_RUN, "upset-robin-490", 3, "deleted"),
    );
}

/// A logged model of the first run, registered under a name with an alias, a stage and tags.
pub(super) fn write_models(root: &Path) {
    let model = root.join(EXPERIMENT).join("models").join(MODEL);
    put(
        &model,
        "meta.yaml",
        format!(
            "artifact_location: file:///home/ana/mlruns/{EXPERIMENT}/models/{MODEL}/artifacts\n\
             creation_timestamp: 1795833787927\nexperiment_id: '{EXPERIMENT}'\nlast_updated_timestamp: 1795833794891\n\
             lifecycle_stage: active\nmodel_id: {MODEL}\nmodel_type: null\nname: model\nsource_run_id: {RUN}\nstatus: 2\n\
             status_message: null\n"
        ),
    );
    put(&model, "params/p", "1");
    put(&model, "tags/t", "2");
    put(&model, "metrics/val/loss", format!("1795833786733 1e-07 2 {RUN} cars train b7a2cd05\n"));
    put(&model, "artifacts/MLmodel", "flavors: {}\n");
    put(&model, "artifacts/data/model.bin", "weights");
    put(
        &root.join(EXPERIMENT).join(RUN),
        &format!("outputs/{MODEL}/meta.yaml"),
        format!(
            "destination_id: {MODEL}\ndestination_type: MODEL_OUTPUT\nsource_id: {MODEL}\nsource_type: RUN_OUTPUT\nstep: 7\n\
             tags: {{}}\n"
        ),
    );
    let registered = root.join("models/car-model");
    put(
        &registered,
        "meta.yaml",
        "aliases:\n  champion: '2'\ncreation_timestamp: 1795833794896\ndescription: desc of model\n\
         last_updated_timestamp: 1795833795020\nname: car-model\n",
    );
    put(&registered, "tags/team", "x");
    put(&registered, "aliases/champion", "2");
    put(
        &registered,
        "version-2/meta.yaml",
        format!(
            "creation_timestamp: 1795833794897\ncurrent_stage: Production\ndescription: desc of version\n\
             last_updated_timestamp: 1795833795020\nmodel_id: {MODEL}\nname: car-model\nrun_id: {RUN}\nrun_link: null\n\
             source: models:/{MODEL}\nstatus: READY\nstatus_message: null\nstorage_location: \
             file:///home/ana/mlruns/{EXPERIMENT}/models/{MODEL}/artifacts\nuser_id: null\nversion: 2\n"
        ),
    );
    put(&registered, "version-2/tags/q", "z");
}
