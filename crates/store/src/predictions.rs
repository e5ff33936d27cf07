//! The log of what served models answered.

use futures::FutureExt;
use types::{Millis, ModelName, PredictionId};

use crate::database::{Change, execute};
use crate::{Error, Result, Store};

// No row is inserted if the model is unknown. SQLite keeps NaN as NULL; the column allows it.
const INSERT_PREDICTION: &str = "
    INSERT INTO predictions (
        prediction_id, registered_model, version, input_json, output, latency_us, created_at_ms
    )
    SELECT $1, registered_model, $3, $4, $5, $6, $7
    FROM registered_models
    WHERE name = $2";

/// One answer of a served model.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictionRecord {
    /// Identifier.
    pub id: PredictionId,
    /// The model that answered.
    pub model: ModelName,
    /// Its version.
    pub version: i64,
    /// The question, as JSON.
    pub input_json: String,
    /// The answer.
    pub output: f64,
    /// Time taken, in microseconds.
    pub latency_us: i64,
    /// When it was given.
    pub created_at: Millis,
}

impl Store {
    /// Adds an answer to the log.
    ///
    /// # Errors
    ///
    /// `Missing` if the model is not registered.
    pub async fn insert_prediction(&self, record: &PredictionRecord) -> Result<()> {
        let record = record.clone();
        self.write(move |mut connection| {
            async move {
                let inserted = execute!(
                    connection,
                    INSERT_PREDICTION,
                    record.id.as_str(),
                    record.model.as_str(),
                    record.version,
                    &record.input_json,
                    record.output,
                    record.latency_us,
                    record.created_at.0
                )?;
                if inserted == 0 {
                    return Err(Error::Missing { what: "model", id: record.model.to_string() });
                }
                Ok(Change::Keep(()))
            }
            .boxed()
        })
        .await
    }
}
