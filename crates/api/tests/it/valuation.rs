//! The tutorial's addresses.

use axum::body::Body;
use axum::extract::Request;
use domain::models::Checks;
use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use types::{Algorithm, DatasetName, ExperimentName, ModelName, NewTrainingJob, TrainingSpec};

use crate::{Answer, TestApp};

/// The request of the tutorial.
pub(crate) fn car() -> Value {
    json!({
        "marca": "Toyota", "tipo_carroceria": "SUV", "año": 2020, "kilometraje": 50000,
        "tipo_combustible": "Gasolina", "transmision": "Automática", "cilindrada": 2000, "potencia": 150,
        "peso": 1500, "consumo": 7.5, "color": "Blanco", "edad_propietarios": 1,
        "calificacion_estado": 8.5, "region_venta": "Norte"
    })
}

fn car_with(field: &str, value: Value) -> Value {
    let mut car = car();
    car[field] = value;
    car
}

impl TestApp {
    /// An app whose champion is a linear model of 300 sample cars.
    pub(crate) async fn with_champion() -> Self {
        let app = Self::start().await;
        let csv = domain::sample::csv(300, 7).into_bytes().into();
        let name = DatasetName::parse("sample").unwrap();
        let dataset = domain::datasets::import_csv(&app.ctx, name, "sample", csv).await.unwrap();
        let job = NewTrainingJob {
            experiment: ExperimentName::parse("cars").unwrap(),
            run_name: None,
            dataset: dataset.digest,
            spec: TrainingSpec::new("precio", Algorithm::linear()),
        };
        let result = domain::training::train(&app.ctx, job, &|_| {}).await.unwrap();
        domain::models::promote(&app.ctx, &result.run_id, &ModelName::cars(), Checks::Waived).await.unwrap();
        app
    }

    async fn predict_in(&self, language: &str, car: &Value) -> Answer {
        let request = Request::post("/predict")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT_LANGUAGE, language);
        self.send(request.body(Body::from(car.to_string())).unwrap()).await
    }
}

#[tokio::test]
async fn the_request_of_the_tutorial_is_answered() {
    let app = TestApp::with_champion().await;

    let answer = app.post("/predict", &car()).await;

    let body = answer.value();
    assert_eq!(answer.status, StatusCode::OK, "{body}");
    let price = body["precio_predicho"].as_f64().unwrap();
    assert!((1000.0..200_000.0).contains(&price), "{body}");
    assert!(((price * 100.0).round() - price * 100.0).abs() < 1e-6, "{body}");
    let formatted = body["precio_formateado"].as_str().unwrap();
    assert!(formatted.starts_with('$') && formatted.ends_with(" USD"), "{body}");
    let digits: f64 =
        formatted.trim_start_matches('$').trim_end_matches(" USD").replace(',', "").parse().unwrap();
    assert!((digits - price).abs() < 0.005, "{body}");
    assert_eq!((&body["modelo_usado"], &body["status"]), (&json!("LinearRegression"), &json!("success")));
    assert_eq!(body.as_object().unwrap().len(), 4);
}

#[tokio::test]
async fn numbers_as_text_unknown_categories_and_extra_fields_are_answered() {
    let app = TestApp::with_champion().await;
    let expected = app.post("/predict", &car()).await.value();

    for body in
        [car_with("año", json!("2020")), car_with("año", json!(2020.0)), car_with("extra", json!([1]))]
    {
        assert_eq!(app.post("/predict", &body).await.value(), expected);
    }
    let decomposed = car().to_string().replace("año", "an\u{303}o");
    let answer = app.text(Method::POST, "/predict", "application/json; charset=utf-8", decomposed).await;
    assert_eq!(answer.value(), expected);
    let twice = car().to_string().replacen('{', r#"{"marca": 5, "#, 1);
    let answer = app.text(Method::POST, "/predict", "application/json", twice).await;
    assert_eq!(answer.value(), expected, "of a repeated field the last counts");

    let unknown = app.post("/predict", &car_with("marca", json!("Nave Espacial"))).await;
    assert_eq!(unknown.status, StatusCode::OK);
}

#[tokio::test]
async fn all_faults_of_a_car_are_told_at_once() {
    let app = TestApp::start().await;
    let mut body = car();
    body["año"] = json!("hoy");
    body["kilometraje"] = json!(-1);
    body["consumo"] = json!(true);
    body["color"] = json!(7);
    body.as_object_mut().unwrap().remove("peso");

    app.post("/predict", &body).await.is(
        422,
        &json!({"detail": [
            {"loc": ["body", "año"], "msg": "value is not a valid integer", "type": "type_error.integer"},
            {"loc": ["body", "kilometraje"], "msg": "ensure this value is greater than or equal to 0",
             "type": "value_error.number.not_ge", "ctx": {"limit_value": 0}},
            {"loc": ["body", "peso"], "msg": "field required", "type": "value_error.missing"},
            {"loc": ["body", "consumo"], "msg": "value is not a valid float", "type": "type_error.float"},
            {"loc": ["body", "color"], "msg": "str type expected", "type": "type_error.str"},
        ]}),
    );
    app.post("/predict", &car_with("año", json!(2020.5)))
        .await
        .is_fault(&json!(["body", "año"]), "type_error.integer");
    app.post("/predict", &car_with("potencia", json!(1501)))
        .await
        .is_fault(&json!(["body", "potencia"]), "value_error.number.not_le");
}

#[tokio::test]
async fn sentences_follow_the_language_of_the_request() {
    let app = TestApp::start().await;
    let old = car_with("año", json!(1999));
    let spanish = json!({"detail": "El año debe ser mayor a 2000"});

    app.post("/predict", &old).await.is(400, &spanish);
    app.predict_in("es-MX", &old).await.is(400, &spanish);
    app.predict_in("de", &old).await.is(400, &spanish);
    let english = app.predict_in("en-US,en;q=0.9,es;q=0.8", &old).await;
    english.is(400, &json!({"detail": "The year must be later than 2000"}));
    assert_eq!(english.header("content-language"), "en");

    let with_fault = car_with("año", json!(1999)).to_string().replace("7.5", "null");
    let answer = app.text(Method::POST, "/predict", "application/json", with_fault).await;
    answer.is_fault(&json!(["body", "consumo"]), "type_error.float");
}

#[tokio::test]
async fn without_a_champion_the_service_says_what_to_do() {
    let app = TestApp::start().await;

    let health = app.get("/health").await;
    assert_eq!(health.status, StatusCode::OK);
    assert_eq!(health.value()["status"], "healthy");
    assert_eq!(health.value()["model_loaded"], false);

    let info = app.get("/model-info").await;
    assert_eq!(info.status, StatusCode::OK);
    for (name, value) in info.value().as_object().unwrap() {
        let expected = if name == "model_loaded" { json!(false) } else { Value::Null };
        assert_eq!(value, &expected, "{name}");
    }

    let answer = app.post("/predict", &car()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.value()["detail"].as_str().unwrap().contains("cuaderno models promote"));
}

#[tokio::test]
async fn the_champion_describes_itself() {
    let app = TestApp::with_champion().await;

    assert_eq!(app.get("/health").await.value()["model_loaded"], true);
    let info = app.get("/model-info").await.value();
    assert_eq!(info["model_type"], "LinearRegression");
    assert_eq!(info["version"], 1);
    assert_eq!(info["n_estimators"], Value::Null);
    assert!(info["metrics"]["test_rmse"].as_f64().unwrap() > 0.0, "{info}");
    assert_eq!(info["features"].as_array().unwrap().len(), 14);

    let models = app.get("/api/v1/models").await.value();
    assert_eq!(models["models"][0]["name"], "automoviles");
    let model = app.get("/api/v1/models/automoviles").await.value();
    assert_eq!(model["versions"][0]["aliases"], json!(["champion"]));
    let alias = "/api/v1/models/automoviles/aliases/champion";
    let set = app.json(Method::PUT, alias, &json!({"version": 1})).await;
    assert_eq!((set.status.as_u16(), &set.value()["version"]), (200, &json!(1)));
    assert_eq!(app.json(Method::PUT, alias, &json!({"version": 9})).await.status, StatusCode::NOT_FOUND);
    app.json(Method::PUT, alias, &json!({}))
        .await
        .is_fault(&json!(["body", "version"]), "value_error.missing");
    app.json(Method::PUT, "/api/v1/models/automoviles/aliases/v1", &json!({"version": 1}))
        .await
        .is_fault(&json!(["path", "alias"]), "value_error");
}
