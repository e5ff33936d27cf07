"""What a data scientist does with MLflow's Python client, against the server of MLFLOW_TRACKING_URI.

Runs with both generations of the client, unmodified. Every step checks what comes back; the first difference ends the
tour with a traceback.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV

THIRD = int(mlflow.__version__.split(".")[0]) >= 3
X = pd.DataFrame({"year": [2010.0, 2015.0, 2018.0, 2020.0, 2022.0, 2024.0], "power": [70.0, 90.0, 110.0, 130.0, 150.0, 190.0]})
Y = np.array([2000.0, 5000.0, 9000.0, 14000.0, 19000.0, 28000.0])
client = MlflowClient()


def refused(code, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except MlflowException as error:
        assert error.error_code == code, (error.error_code, code, str(error))
        return str(error)
    raise AssertionError(f"{call} was not refused")


def log_model(model, name, **kwargs):
    """The first argument of the second generation became a name in the third."""
    where = {"name": name} if THIRD else {"artifact_path": name}
    return mlflow.sklearn.log_model(model, pip_requirements=["scikit-learn"], **where, **kwargs)


def tracking():
    experiment = mlflow.set_experiment("tour")
    with mlflow.start_run(run_name="parent", tags={"team": "prices"}) as parent:
        mlflow.log_params({"depth": 3, "model": "forest"})
        mlflow.log_param("alpha", 0.5)
        for step in range(5):
            mlflow.log_metric("loss", 1.0 / (step + 1), step=step)
        mlflow.log_metrics({"rmse": 12.5, "r2": 0.9}, step=1)
        mlflow.log_metric("async", 1.0, synchronous=False).wait()
        with mlflow.start_run(run_name="child", nested=True) as child:
            mlflow.log_metric("rmse", 10.0)
        dataset = mlflow.data.from_pandas(X, name="cars")
        mlflow.log_input(dataset, context="training")
    run = client.get_run(parent.info.run_id)
    assert run.data.metrics["loss"] == 0.2 and run.data.params["depth"] == "3", run.data
    assert run.inputs.dataset_inputs[0].dataset.name == "cars"
    assert [point.value for point in client.get_metric_history(run.info.run_id, "loss")][-1] == 0.2
    found = mlflow.search_runs(experiment_names=["tour"], filter_string="metrics.rmse < 11", output_format="list")
    assert [one.info.run_id for one in found] == [child.info.run_id]
    refused("INVALID_PARAMETER_VALUE", client.log_param, run.info.run_id, "depth", 4)
    return experiment


def files():
    with mlflow.start_run(run_name="files") as run:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "inside").mkdir()
            (root / "año 1.txt").write_text("hola", encoding="utf-8")
            (root / "inside" / "big.bin").write_bytes(os.urandom(3_000_000))
            mlflow.log_artifact(root / "año 1.txt")
            mlflow.log_artifact(root / "año 1.txt", artifact_path="deep/er")
            mlflow.log_artifacts(folder, artifact_path="all")
            big = (root / "inside" / "big.bin").read_bytes()
        mlflow.log_text("some text", "notes/note.txt")
        mlflow.log_dict({"a": [1, 2]}, "config.json")
        figure, axes = plt.subplots()
        axes.plot([1, 2, 3])
        mlflow.log_figure(figure, "plots/line.png")
        mlflow.log_image(np.zeros((8, 8, 3), dtype=np.uint8), "plots/black.png")
        mlflow.log_image(np.zeros((8, 8, 3), dtype=np.uint8), key="frames", step=1)
        mlflow.log_table({"price": [1, 2]}, "table.json")
        mlflow.log_table({"price": [3]}, "table.json")
        mlflow.flush_artifact_async_logging()
    run_id = run.info.run_id
    names = {file.path for file in client.list_artifacts(run_id)}
    assert {"año 1.txt", "deep", "all", "notes", "config.json", "plots", "table.json"} <= names, names
    inside = client.list_artifacts(run_id, "all/inside")
    assert [(file.path, file.file_size, file.is_dir) for file in inside] == [("all/inside/big.bin", 3_000_000, False)]
    with tempfile.TemporaryDirectory() as folder:
        local = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="all", dst_path=folder)
        assert pathlib.Path(local, "inside", "big.bin").read_bytes() == big
        whole = mlflow.artifacts.download_artifacts(f"runs:/{run_id}/", dst_path=str(pathlib.Path(folder, "whole")))
        assert pathlib.Path(whole, "deep", "er", "año 1.txt").read_text(encoding="utf-8") == "hola"
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/notes/note.txt") == "some text"
    assert mlflow.artifacts.load_dict(f"runs:/{run_id}/config.json") == {"a": [1, 2]}
    assert mlflow.artifacts.load_image(f"runs:/{run_id}/plots/black.png").size == (8, 8)
    table = mlflow.load_table("table.json", run_ids=[run_id])
    assert list(table["price"]) == [1, 2, 3], table
    return run_id


def models():
    forest = RandomForestRegressor(n_estimators=5, random_state=1).fit(X, Y)
    expected = forest.predict(X)
    with mlflow.start_run(run_name="model") as run:
        log_model(forest, "model", input_example=X.head(2))
        info = log_model(forest, "registered", registered_model_name="tour-cars")
        if THIRD:
            mlflow.log_metric("rmse", 3.5, model_id=info.model_id, dataset=mlflow.data.from_pandas(X, name="cars"))
    run_id = run.info.run_id
    if THIRD:
        logged = client.get_logged_model(info.model_id)
        assert logged.source_run_id == run_id and str(logged.status) == "READY", logged
        assert [(metric.key, metric.value, metric.dataset_name) for metric in logged.metrics] == [("rmse", 3.5, "cars")]
        found = mlflow.search_logged_models(
            experiment_ids=[run.info.experiment_id],
            filter_string=f"source_run_id = '{run_id}' AND metrics.rmse < 4",
            order_by=[{"field_name": "metrics.rmse", "ascending": False}],
            output_format="list",
        )
        assert [model.model_id for model in found] == [info.model_id]
        client.set_logged_model_tags(info.model_id, {"team": "prices"})
        assert client.get_logged_model(info.model_id).tags["team"] == "prices"
        client.delete_logged_model_tag(info.model_id, "team")
        assert np.allclose(mlflow.pyfunc.load_model(f"models:/{info.model_id}").predict(X), expected)
        spare = client.create_logged_model(run.info.experiment_id, name="spare", params={"a": "1"})
        client.delete_logged_model(spare.model_id)
        refused("RESOURCE_DOES_NOT_EXIST", client.get_logged_model, spare.model_id)
    client.set_registered_model_alias("tour-cars", "best", 1)
    for uri in [f"runs:/{run_id}/model", f"runs:/{run_id}/registered", "models:/tour-cars/1", "models:/tour-cars@best", "models:/tour-cars/latest"]:
        assert np.allclose(mlflow.pyfunc.load_model(uri).predict(X), expected), uri
        assert np.allclose(mlflow.sklearn.load_model(uri).predict(X), expected), uri
    version = mlflow.register_model(f"runs:/{run_id}/model", "tour-cars", tags={"from": "run"})
    assert str(version.version) == "2" and version.run_id == run_id, version
    with tempfile.TemporaryDirectory() as folder:
        local = mlflow.artifacts.download_artifacts("models:/tour-cars/2", dst_path=folder)
        assert pathlib.Path(local, "MLmodel").exists()
    return run_id


def registry(run_id):
    client.create_registered_model("tour-empty", tags={"team": "prices"}, description="nothing yet")
    refused("RESOURCE_ALREADY_EXISTS", client.create_registered_model, "tour-empty")
    refused("RESOURCE_DOES_NOT_EXIST", client.get_registered_model, "nobody")
    client.update_registered_model("tour-empty", "still nothing")
    client.set_registered_model_tag("tour-empty", "a", "b")
    client.delete_registered_model_tag("tour-empty", "a")
    assert client.get_registered_model("tour-empty").description == "still nothing"
    client.rename_registered_model("tour-empty", "tour-renamed")
    names = [model.name for model in client.search_registered_models("name LIKE 'tour-%'")]
    assert names == ["tour-cars", "tour-renamed"], names
    assert [model.name for model in client.search_registered_models("tags.team = 'prices'")] == ["tour-renamed"]
    assert len(client.search_registered_models(order_by=["name DESC"], max_results=1)) == 1
    client.delete_registered_model("tour-renamed")

    client.update_model_version("tour-cars", "1", description="the first")
    client.set_model_version_tag("tour-cars", "1", "checked", "yes")
    one = client.get_model_version("tour-cars", "1")
    assert one.description == "the first" and one.tags["checked"] == "yes" and one.aliases == ["best"], one
    client.delete_model_version_tag("tour-cars", "1", "checked")
    assert client.get_model_version_by_alias("tour-cars", "best").version == one.version
    found = client.search_model_versions("name = 'tour-cars'", order_by=["version_number ASC"])
    assert [str(version.version) for version in found] == ["1", "2"], found
    assert {version.name for version in client.search_model_versions(f"run_id = '{run_id}'")} == {"tour-cars"}
    client.transition_model_version_stage("tour-cars", "1", "Production")
    moved = client.transition_model_version_stage("tour-cars", "2", "production", archive_existing_versions=True)
    assert moved.current_stage == "Production"
    assert client.get_model_version("tour-cars", "1").current_stage == "Archived"
    latest = client.get_latest_versions("tour-cars", stages=["Production"])
    assert [str(version.version) for version in latest] == ["2"]
    copy = client.copy_model_version("models:/tour-cars/2", "tour-copy")
    assert str(copy.version) == "1"
    assert mlflow.sklearn.load_model("models:/tour-copy/1").n_estimators == 5
    client.delete_registered_model_alias("tour-cars", "best")
    refused("INVALID_PARAMETER_VALUE", client.get_model_version_by_alias, "tour-cars", "best")
    client.delete_model_version("tour-cars", "2")
    refused("RESOURCE_DOES_NOT_EXIST", client.get_model_version, "tour-cars", "2")
    refused("INVALID_PARAMETER_VALUE", client.create_model_version, "tour-cars", "file:///etc")


def autologging():
    mlflow.sklearn.autolog(log_datasets=True, silent=True)
    with mlflow.start_run(run_name="autolog") as run:
        LinearRegression().fit(X, Y)
    logged = client.get_run(run.info.run_id)
    assert "training_r2_score" in logged.data.metrics and logged.data.params["fit_intercept"] == "True", logged.data
    assert mlflow.sklearn.load_model(f"runs:/{run.info.run_id}/model").coef_.shape == (2,)
    with mlflow.start_run(run_name="search") as parent:
        GridSearchCV(RandomForestRegressor(random_state=1), {"n_estimators": [2, 3]}, cv=2).fit(X, Y)
    children = client.search_runs(
        [parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{parent.info.run_id}'"
    )
    assert len(children) == 2, children
    mlflow.sklearn.autolog(disable=True)


def command_line(experiment, run_id):
    def mlflow_command(*args):
        done = subprocess.run([sys.executable, "-m", "mlflow", *args], capture_output=True, text=True)
        assert done.returncode == 0, (args, done.stdout, done.stderr)
        return done.stdout

    assert "tour" in mlflow_command("experiments", "search")
    assert run_id in mlflow_command("runs", "list", "--experiment-id", experiment.experiment_id)
    listed = json.loads(mlflow_command("artifacts", "list", "--run-id", run_id))
    assert any(file["path"] == "notes" for file in listed), listed
    with tempfile.TemporaryDirectory() as folder:
        mlflow_command("artifacts", "download", "--run-id", run_id, "--artifact-path", "notes", "--dst-path", folder)
        assert pathlib.Path(folder, "notes", "note.txt").read_text() == "some text"


if __name__ == "__main__":
    experiment = tracking()
    with_files = files()
    with_models = models()
    registry(with_models)
    autologging()
    command_line(experiment, with_files)
    print(f"the tour of {mlflow.__version__} is over")
