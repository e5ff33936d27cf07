"""Fills a store of MLflow, and tells what a store holds, with MLflow's own client.

    moving.py log URI      logs runs of many kinds
    moving.py dump URI     prints everything as JSON, without addresses and numbers of experiments
"""

import hashlib
import json
import math
import os
import sys
import tempfile
import warnings

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
warnings.filterwarnings("ignore")

import mlflow
import pandas
from mlflow import MlflowClient
from mlflow.entities import ViewType

THREE = int(mlflow.__version__.split(".")[0]) >= 3


def log(uri):
    mlflow.set_tracking_uri(uri)
    client = MlflowClient()
    tags = {"mlflow.note.content": 'línea 1\nlínea 2: "x"', "k/with/slash": "v"}
    experiment = client.create_experiment("coches: año 1", tags=tags)
    mlflow.set_experiment(experiment_id=experiment)
    frame = pandas.DataFrame({"x": [1.0, 2.0, 3.0], "y": [3.0, 4.0, 5.0]})
    with mlflow.start_run(run_name="12e5"):
        mlflow.log_params({"lr": 0.1, "deep/name": "x" * 400, "multi": "a\nb", "empty": ""})
        for step in range(50):
            mlflow.log_metric("val/loss", 1 / (step + 1), step=step)
        mlflow.log_metric("nan", float("nan"))
        mlflow.log_metric("inf", float("inf"))
        mlflow.log_text("hola ñ", "notes/ñ file.txt")
        mlflow.log_dict({"a": 1}, "d.json")
        dataset = mlflow.data.from_pandas(frame, source="/data/cars.csv", name="cars train")
        mlflow.log_input(dataset, context="training")
        model(frame)
        with mlflow.start_run(nested=True, run_name="child"):
            mlflow.log_metric("m", 1)
    with mlflow.start_run() as gone:
        mlflow.log_param("gone", "1")
    client.delete_run(gone.info.run_id)
    try:
        with mlflow.start_run(run_name="fails"):
            raise ValueError
    except ValueError:
        pass
    client.create_run(experiment, run_name="at work")
    old = client.create_experiment("old ideas")
    client.set_terminated(client.create_run(old).info.run_id)
    client.delete_experiment(old)
    client.set_registered_model_alias("car-model", "champion", "1")
    client.set_registered_model_tag("car-model", "team", "x")
    client.set_model_version_tag("car-model", "1", "q", "z")
    client.update_model_version("car-model", "1", "words about the version")
    client.update_registered_model("car-model", "words about the model")
    client.transition_model_version_stage("car-model", "1", "Production")


def model(frame):
    from sklearn.linear_model import LinearRegression

    fitted = LinearRegression().fit(frame[["x"]], frame["y"])
    if THREE:
        mlflow.sklearn.log_model(fitted, name="model", registered_model_name="car-model", params={"p": "1"})
    else:
        mlflow.sklearn.log_model(fitted, "model", registered_model_name="car-model")


def dump(uri):
    mlflow.set_tracking_uri(uri)
    client = MlflowClient()
    found = {"experiments": {}, "models": {}}
    for experiment in client.search_experiments(view_type=ViewType.ALL):
        runs = client.search_runs([experiment.experiment_id], run_view_type=ViewType.ALL)
        found["experiments"][experiment.name] = {
            "stage": experiment.lifecycle_stage,
            "created": experiment.creation_time if experiment.name != "Default" else None,
            "tags": experiment.tags,
            "runs": {run.info.run_id: run_of(client, run) for run in runs},
            "logged models": logged_models(client, experiment.experiment_id),
        }
    for model in client.search_registered_models():
        found["models"][model.name] = {
            "description": model.description,
            "created": model.creation_timestamp,
            "tags": model.tags,
            "aliases": {alias: str(version) for alias, version in model.aliases.items()},
            "versions": {
                str(version.version): {
                    "run": version.run_id,
                    "stage": version.current_stage,
                    "description": version.description,
                    "created": version.creation_timestamp,
                    "tags": version.tags,
                    "files": version_files(model.name, version.version),
                }
                for version in client.search_model_versions(f"name = '{model.name}'")
            },
        }
    json.dump(found, sys.stdout, indent=1, sort_keys=True, ensure_ascii=False)


def run_of(client, run):
    info, data = run.info, run.data
    return {
        "name": info.run_name,
        "status": info.status,
        "stage": info.lifecycle_stage,
        "user": info.user_id,
        "start": info.start_time,
        "end": info.end_time,
        "params": data.params,
        "tags": data.tags,
        "metrics": {key: history(client, info.run_id, key) for key in data.metrics},
        "inputs": sorted(
            (
                {
                    "dataset": vars_of(used.dataset),
                    "tags": sorted((tag.key, tag.value) for tag in used.tags),
                }
                for used in run.inputs.dataset_inputs
            ),
            key=json.dumps,
        ),
        "outputs": sorted((made.model_id, made.step) for made in run.outputs.model_outputs) if THREE and run.outputs else [],
        "files": files(client, info.run_id),
    }


def vars_of(dataset):
    return {key: getattr(dataset, key) for key in ("name", "digest", "source_type", "source", "schema", "profile")}


def history(client, run_id, key):
    """The different points; databases keep an infinity as the greatest number."""
    points = {(p.step, p.timestamp, plain(p.value)) for p in client.get_metric_history(run_id, key)}
    return sorted(points)


def plain(value):
    if math.isnan(value):
        return "nan"
    if abs(value) >= 1.7976931348623157e308:
        return "inf" if value > 0 else "-inf"
    return repr(value)


def files(client, run_id, folder=None):
    found = {}
    for entry in client.list_artifacts(run_id, folder):
        if entry.is_dir:
            found.update(files(client, run_id, entry.path))
        else:
            with tempfile.TemporaryDirectory() as place:
                found[entry.path] = digest(client.download_artifacts(run_id, entry.path, place))
    return found


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def logged_models(client, experiment_id):
    if not THREE:
        return {}
    return {
        model.model_id: {
            "name": model.name,
            "status": str(model.status),
            "run": model.source_run_id,
            "created": model.creation_timestamp,
            "params": model.params,
            "tags": {key: value for key, value in model.tags.items() if key != "mlflow.modelVersions"},
            "metrics": sorted({(m.key, m.step, m.timestamp, plain(m.value), m.run_id) for m in model.metrics or []}),
            "files": tree(f"models:/{model.model_id}"),
        }
        for model in client.search_logged_models(experiment_ids=[experiment_id])
    }


def version_files(name, version):
    return tree(f"models:/{name}/{version}")


def tree(uri):
    with tempfile.TemporaryDirectory() as place:
        root = mlflow.artifacts.download_artifacts(uri, dst_path=place)
        # MLflow notes in its copy which version was asked for.
        return {
            os.path.relpath(os.path.join(folder, name), root): digest(os.path.join(folder, name))
            for folder, _, names in os.walk(root)
            for name in names
            if name != "registered_model_meta"
        }


if __name__ == "__main__":
    {"log": log, "dump": dump}[sys.argv[1]](sys.argv[2])
