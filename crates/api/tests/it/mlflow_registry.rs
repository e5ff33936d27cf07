//! The model registry over MLflow's door.

use domain::models::{self, Unservable};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use types::{Alias, ModelName};

use crate::transcript::{MLFLOW, Transcript};

#[tokio::test]
async fn registered_models_answer_as_mlflow_does() {
    let mut t = Transcript::start().await;
    t.post("registered-models/create", json!({"name": "cars", "tags": [{"key": "team", "value": "prices"}]}))
        .await;
    t.post("registered-models/create", json!({"name": "cars"})).await;
    t.post("registered-models/create", json!({"name": "a/b"})).await;
    t.post("registered-models/create", json!({})).await;
    t.get("registered-models/get?name=cars").await;
    t.get("registered-models/get?name=none").await;
    t.json(
        Method::PATCH,
        "registered-models/update",
        json!({"name": "cars", "description": "prices of cars"}),
    )
    .await;
    t.post("registered-models/set-tag", json!({"name": "cars", "key": "a", "value": "b"})).await;
    t.post("registered-models/set-tag", json!({"name": "none", "key": "a", "value": "b"})).await;
    t.json(Method::DELETE, "registered-models/delete-tag", json!({"name": "cars", "key": "a"})).await;
    t.json(Method::DELETE, "registered-models/delete-tag", json!({"name": "cars", "key": "a"})).await;
    t.post("registered-models/create", json!({"name": "bikes"})).await;
    t.post("registered-models/rename", json!({"name": "cars", "new_name": "bikes"})).await;
    t.post("registered-models/rename", json!({"name": "cars", "new_name": "used cars"})).await;
    t.get("registered-models/search").await;
    t.get("registered-models/search?max_results=1001").await;
    t.get("registered-models/get-latest-versions?name=bikes").await;
    t.json(Method::DELETE, "registered-models/delete", json!({"name": "bikes"})).await;
    t.json(Method::DELETE, "registered-models/delete", json!({"name": "bikes"})).await;
    insta::assert_snapshot!("mlflow_registered_models", t.finish());
}

#[tokio::test]
async fn versions_and_aliases_answer_as_mlflow_does() {
    let mut t = Transcript::start().await;
    let run = t.run("training").await;
    t.post("registered-models/create", json!({"name": "cars"})).await;
    let source = format!("mlflow-artifacts:/0/{run}/artifacts/model");
    let create = json!({"name": "cars", "source": source, "run_id": run, "description": "first",
        "tags": [{"key": "k", "value": "v"}]});
    t.post("model-versions/create", create).await;
    t.post("model-versions/create", json!({"name": "none", "source": source, "run_id": run})).await;
    t.get("model-versions/get?name=cars&version=1").await;
    t.get("model-versions/get?name=cars&version=7").await;
    t.get("model-versions/get?name=cars&version=x").await;
    t.json(
        Method::PATCH,
        "model-versions/update",
        json!({"name": "cars", "version": "1", "description": "best"}),
    )
    .await;
    t.get("model-versions/get-download-uri?name=cars&version=1").await;
    t.post("model-versions/set-tag", json!({"name": "cars", "version": "1", "key": "a", "value": "b"})).await;
    t.json(Method::DELETE, "model-versions/delete-tag", json!({"name": "cars", "version": "1", "key": "k"}))
        .await;
    let stage = |stage: &str, archive: bool| json!({"name": "cars", "version": "1", "stage": stage, "archive_existing_versions": archive});
    t.post("model-versions/transition-stage", stage("production", true)).await;
    t.post("model-versions/transition-stage", stage("Archived", true)).await;
    t.post("model-versions/transition-stage", stage("Somewhere", false)).await;
    t.post("registered-models/get-latest-versions", json!({"name": "cars", "stages": ["Production"]})).await;
    t.post("registered-models/get-latest-versions", json!({"name": "cars", "stages": ["Staging"]})).await;

    t.post("registered-models/alias", json!({"name": "cars", "alias": "best", "version": "1"})).await;
    t.post("registered-models/alias", json!({"name": "cars", "alias": "best", "version": "9"})).await;
    t.post("registered-models/alias", json!({"name": "cars", "alias": "latest", "version": "1"})).await;
    t.post("registered-models/alias", json!({"name": "cars", "alias": "v2", "version": "1"})).await;
    t.post("registered-models/alias", json!({"name": "cars", "alias": "a b", "version": "1"})).await;
    t.get("registered-models/alias?name=cars&alias=best").await;
    t.get("registered-models/alias?name=cars&alias=none").await;
    t.get("registered-models/get?name=cars").await;
    t.json(Method::DELETE, "registered-models/alias", json!({"name": "cars", "alias": "none"})).await;
    t.json(Method::DELETE, "model-versions/delete", json!({"name": "cars", "version": "1"})).await;
    t.json(Method::DELETE, "model-versions/delete", json!({"name": "cars", "version": "1"})).await;
    t.get("registered-models/alias?name=cars&alias=best").await;
    t.get("registered-models/get?name=cars").await;
    insta::assert_snapshot!("mlflow_model_versions", t.finish());
}

#[tokio::test]
async fn a_version_is_made_of_files_that_are_here_and_of_nothing_else() {
    let mut t = Transcript::start().await;
    let (run, other) = (t.run("training").await, t.run("other").await);
    let model = t.logged_model(&run, "forest").await;
    t.post("registered-models/create", json!({"name": "cars"})).await;
    let location = format!("mlflow-artifacts:/0/models/{model}/artifacts");
    let create = async |body: Value| {
        let mut all = json!({"name": "cars"});
        all.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        t.app.post(&format!("{MLFLOW}/model-versions/create"), &all).await
    };
    let uri = async |version: &str| {
        let path = format!("{MLFLOW}/model-versions/get-download-uri?name=cars&version={version}");
        t.app.get(&path).await.value()["artifact_uri"].as_str().unwrap().to_owned()
    };
    for (body, place) in [
        (json!({"source": format!("models:/{model}"), "model_id": model}), location.clone()),
        (json!({"source": "models:/cars/1"}), location.clone()),
        (json!({"source": "models:/cars/latest", "model_id": model, "run_id": run}), location.clone()),
        (json!({"source": format!("{location}/x"), "model_id": model}), format!("{location}/x")),
        (
            json!({"source": format!("runs:/{run}/model"), "run_id": run}),
            format!("mlflow-artifacts:/0/{run}/artifacts/model"),
        ),
    ] {
        let answer = create(body.clone()).await;
        assert_eq!(answer.status, StatusCode::OK, "{body}: {}", answer.text());
        let version = answer.value()["model_version"].clone();
        assert_eq!(version["run_id"], json!(run), "{body}");
        assert_eq!(uri(version["version"].as_str().unwrap()).await, place, "{body}");
    }
    let answer = create(json!({"source": "models:/cars/2"})).await.value();
    assert_eq!(answer["model_version"]["source"], "models:/cars/2");
    let tags =
        t.app.get(&format!("{MLFLOW}/logged-models/{model}")).await.value()["model"]["info"]["tags"].clone();
    assert!(tags.to_string().contains("mlflow.modelVersions"), "{tags}");

    let prompt = json!([{"key": "mlflow.prompt.is_prompt", "value": "true"}]);
    for (body, status) in [
        (json!({"source": "/etc"}), 400),
        (json!({"source": "file:///etc", "run_id": run}), 400),
        (json!({"source": "s3://bucket/model", "run_id": run}), 400),
        (json!({"source": "mlflow", "tags": prompt}), 400),
        (json!({"source": "http://localhost/api/2.0/mlflow-artifacts/artifacts/0/x"}), 400),
        (json!({"source": format!("runs:/{run}/model")}), 400),
        (json!({"source": format!("runs:/{run}/model"), "run_id": other}), 400),
        (json!({"source": format!("runs:/{run}/../x"), "run_id": run}), 400),
        (json!({"source": format!("runs:/{run}/model"), "run_id": run, "model_id": model}), 400),
        (json!({"source": format!("models:/{model}")}), 400),
        (json!({"source": "models:/cars/99"}), 404),
        (json!({"source": "models:/none/1"}), 404),
        (json!({"source": "models:/cars/1/../../etc"}), 400),
        (json!({"source": "models:/cars@latest"}), 400),
        (json!({"source": "models:/cars@none"}), 400),
        (json!({"source": "models:/cars/1", "run_id": other}), 400),
        (json!({"source": format!("mlflow-artifacts:/0/{run}/artifacts/model")}), 400),
        (json!({"source": format!("mlflow-artifacts:/7/{run}/artifacts/model"), "run_id": run}), 400),
        (json!({"source": "mlflow-artifacts:/..%2f..%2fetc", "run_id": run}), 400),
    ] {
        let answer = create(body.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text());
    }
}

#[tokio::test]
async fn files_of_a_version_are_fetched_by_its_number() {
    let mut t = Transcript::start().await;
    let run = t.run("training").await;
    let model = t.logged_model(&run, "forest").await;
    let file = format!("/api/2.0/mlflow-artifacts/artifacts/0/models/{model}/artifacts/data/x");
    t.app.text(Method::PUT, &file, "text/plain", "x").await.is(200, &json!({}));
    t.post("registered-models/create", json!({"name": "cars"})).await;
    let create = json!({"name": "cars", "source": format!("models:/{model}"), "model_id": model});
    t.post("model-versions/create", create).await;
    let get = async |query: &str| t.app.get(&format!("/model-versions/get-artifact?{query}")).await;
    assert_eq!(get("name=cars&version=1&path=data/x").await.text(), "x");
    for (query, status) in [
        ("name=cars&version=1&path=data", 404),
        ("name=cars&version=2&path=data/x", 404),
        ("name=cars&version=1&path=../x", 400),
        ("name=cars&version=1", 400),
        ("name=cars&version=one&path=x", 400),
    ] {
        assert_eq!(get(query).await.status.as_u16(), status, "{query}");
    }
}

#[tokio::test]
async fn the_registry_is_found_by_its_own_languages() {
    let mut t = Transcript::start().await;
    let run = t.run("training").await;
    for (name, team) in [("alpha", "a"), ("beta", "b")] {
        let tags = json!([{"key": "team", "value": team}]);
        t.post("registered-models/create", json!({"name": name, "tags": tags})).await;
        let source = format!("runs:/{run}/model");
        let create = json!({"name": name, "source": source, "run_id": run, "tags": tags});
        t.post("model-versions/create", create.clone()).await;
        t.post("model-versions/create", create).await;
    }
    let search = async |what: &str, pairs: &[(&str, &str)]| {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        t.app.get(&format!("{MLFLOW}/{what}/search?{query}")).await
    };
    for (filter, names) in [
        ("", vec!["alpha", "beta"]),
        ("name = 'beta'", vec!["beta"]),
        ("name ILIKE 'AL%'", vec!["alpha"]),
        ("name IN ('alpha', 'beta')", vec!["alpha", "beta"]),
        ("tags.team = 'b' AND tags.`mlflow.prompt.is_prompt` != 'true'", vec!["beta"]),
        ("tags.`mlflow.prompt.is_prompt` != 'true'", vec!["alpha", "beta"]),
        ("tags.`mlflow.prompt.is_prompt` = 'true'", vec![]),
        ("name = 'alpha' OR tags.team = 'b'", vec!["alpha", "beta"]),
    ] {
        let value = search("registered-models", &[("filter", filter)]).await.value();
        let found = value["registered_models"].as_array().into_iter().flatten();
        let found: Vec<_> = found.map(|model| model["name"].as_str().unwrap()).collect();
        assert_eq!(found, names, "{filter}");
    }
    for (filter, order, count, first) in [
        ("", "", 4, ""),
        ("name = 'alpha'", "version_number DESC", 2, "2"),
        ("name = 'alpha'", "version_number ASC", 2, "1"),
        ("version_number >= 2", "name", 2, "2"),
        ("tags.team = 'a'", "creation_timestamp", 2, ""),
        ("source_path LIKE 'runs:/%' and tags.`mlflow.prompt.is_prompt` != 'true'", "", 4, ""),
    ] {
        let mut pairs = vec![("filter", filter)];
        pairs.extend((!order.is_empty()).then_some(("order_by", order)));
        let value = search("model-versions", &pairs).await.value();
        let found: Vec<_> = value["model_versions"].as_array().into_iter().flatten().collect();
        assert_eq!(found.len(), count, "{filter}");
        assert!(first.is_empty() || found[0]["version"] == first, "{filter}: {value}");
    }
    let of_run = format!("run_id IN ('{run}')");
    let pairs = [("filter", of_run.as_str()), ("max_results", "3")];
    let page = search("model-versions", &pairs).await.value();
    assert_eq!(page["model_versions"].as_array().unwrap().len(), 3);
    let token = page["next_page_token"].as_str().unwrap();
    let rest = search("model-versions", &[pairs[0], ("page_token", token)]).await.value();
    assert_eq!(rest["model_versions"].as_array().unwrap().len(), 1);

    for (what, pairs) in [
        ("registered-models", ("filter", "colour = 'x'")),
        ("registered-models", ("filter", "name = 'x';")),
        ("registered-models", ("order_by", "colour")),
        ("registered-models", ("page_token", "x")),
        ("model-versions", ("filter", "version_number = 'x'")),
        ("model-versions", ("filter", "metrics.x > 1")),
        ("model-versions", ("order_by", "tags.team")),
        ("model-versions", ("max_results", "0")),
        ("model-versions", ("max_results", "200001")),
    ] {
        let answer = search(what, &[pairs]).await;
        assert_eq!(answer.value()["error_code"], "INVALID_PARAMETER_VALUE", "{what} {pairs:?}");
    }
}

#[tokio::test]
async fn a_champion_that_cannot_answer_is_one_in_name_only() {
    let mut t = Transcript::start().await;
    let run = t.run("training").await;
    // Anybody can send a file that has the name of a model.
    let file = format!("/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/model/model.cuaderno");
    t.app.text(Method::PUT, &file, "text/plain", "no model").await.is(200, &json!({}));
    t.post("registered-models/create", json!({"name": "automoviles"})).await;
    let create = json!({"name": "automoviles", "source": format!("runs:/{run}/model"), "run_id": run});
    t.post("model-versions/create", create).await;
    let alias = json!({"name": "automoviles", "alias": "champion", "version": "1"});
    t.post("registered-models/alias", alias).await;
    let value = t.get("registered-models/alias?name=automoviles&alias=champion").await;
    assert_eq!(value["model_version"]["version"], "1");
    assert_eq!(t.app.get("/health").await.value()["model_loaded"], false);
    let refused =
        models::set_alias(&t.app.ctx, &ModelName::cars(), &Alias::champion(), 1, Unservable::Refused).await;
    assert!(refused.unwrap_err().to_string().contains("cannot be read"));
    t.app.text(Method::DELETE, &file, "application/json", "{}").await.is(200, &json!({}));
    let refused =
        models::set_alias(&t.app.ctx, &ModelName::cars(), &Alias::champion(), 1, Unservable::Refused).await;
    assert!(refused.unwrap_err().to_string().contains("was not trained here"));
    let listed = t.app.get("/api/v1/models/automoviles").await.value();
    assert_eq!(listed["versions"][0]["is_native"], false);
}
