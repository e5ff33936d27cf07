use cuaderno_store::{Error, PredictionRecord};
use types::{Millis, ModelName, PredictionId};

use crate::fixture::*;

conformance!(predictions_are_logged_for_registered_models, |store| async move {
    let run = store.given_run(1).await;
    let record = PredictionRecord {
        id: PredictionId::from_bits(1),
        model: ModelName::cars(),
        version: 1,
        input_json: r#"{"año":2020}"#.to_owned(),
        output: 18_500.0,
        latency_us: 80,
        created_at: Millis(5),
    };
    assert!(matches!(store.insert_prediction(&record).await, Err(Error::Missing { what: "model", .. })));
    store.insert_model_version(&ModelName::cars(), &run, "", Millis(1)).await?;
    store.insert_prediction(&record).await?;
    let nan = PredictionRecord { id: PredictionId::from_bits(2), output: f64::NAN, ..record.clone() };
    store.insert_prediction(&nan).await?;
    assert!(store.insert_prediction(&record).await.is_err(), "an identifier is used once");
    Ok(())
});

conformance!(settings_are_replaced, |store| async move {
    assert_eq!(store.setting("language").await?, None);
    store.set_setting("language", "es").await?;
    store.set_setting("language", "").await?;
    assert_eq!(store.setting("language").await?, Some(String::new()));
    Ok(())
});
