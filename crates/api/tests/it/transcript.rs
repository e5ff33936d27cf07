//! Requests to MLflow's door and their answers, as text for snapshots.

use std::fmt::Write as _;

use http::Method;
use serde_json::{Value, json};

use crate::{Answer, TestApp};

pub(crate) const MLFLOW: &str = "/api/2.0/mlflow";

/// Requests and answers, one after the other, without what differs from run to run.
pub(crate) struct Transcript {
    pub(crate) app: TestApp,
    text: String,
    /// Identifiers that were handed out, with what stands for them.
    names: Vec<(String, String)>,
}

impl Transcript {
    pub(crate) async fn start() -> Self {
        Self { app: TestApp::start().await, text: String::new(), names: Vec::new() }
    }

    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Value {
        let answer = self.app.post(&format!("{MLFLOW}/{path}"), &body).await;
        self.note(&format!("POST {path} {body}"), &answer)
    }

    pub(crate) async fn get(&mut self, path: &str) -> Value {
        let answer = self.app.get(&format!("{MLFLOW}/{path}")).await;
        self.note(&format!("GET {path}"), &answer)
    }

    /// Sends JSON with another method.
    pub(crate) async fn json(&mut self, method: Method, path: &str, body: Value) -> Value {
        let told = format!("{method} {path} {body}");
        let answer = self.app.json(method, &format!("{MLFLOW}/{path}"), &body).await;
        self.note(&told, &answer)
    }

    /// Says what stands for an identifier in the transcript.
    pub(crate) fn call(&mut self, identifier: &str, name: &str) {
        self.names.push((identifier.to_owned(), format!("[{name}]")));
    }

    fn note(&mut self, request: &str, answer: &Answer) -> Value {
        let value = answer.value();
        writeln!(self.text, "{request}\n{} {}\n", answer.status.as_u16(), timeless(value.clone())).unwrap();
        value
    }

    /// A new run in the experiment `Default`, called `name` in the transcript.
    pub(crate) async fn run(&mut self, name: &str) -> String {
        let body = json!({"experiment_id": "0", "run_name": name, "user_id": "ana", "start_time": 1});
        let run = self.post("runs/create", body).await["run"]["info"]["run_id"].as_str().unwrap().to_owned();
        self.names.push((run.clone(), format!("[{name}]")));
        run
    }

    pub(crate) fn finish(self) -> String {
        self.names.iter().fold(self.text, |text, (name, stands)| text.replace(name, stands))
    }
}

/// Times of today are told as such.
fn timeless(value: Value) -> Value {
    match value {
        Value::Number(number) if number.as_i64().is_some_and(|number| number > 1_600_000_000_000) => {
            json!("[now]")
        }
        Value::Array(items) => items.into_iter().map(timeless).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, timeless(value))).collect(),
        other => other,
    }
}
