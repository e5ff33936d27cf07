//! The counter: what is this car worth?

use std::collections::BTreeMap;
use std::time::Instant;

use ml::Cell;
use store::PredictionRecord;
use tracing::{instrument, warn};
use types::car::{self, CarValue, FieldKind};
use types::{
    Algorithm, Car, ColumnProfile, FormOptions, Health, Language, ModelInfo, ModelName, Prediction,
    PredictionId, RANGE_COVERAGE, Valuation,
};

/// Texts that a profile lists at most.
const LEVELS_LISTED: usize = 100;

use crate::serving::Champion;
use crate::{Ctx, Error, Result};

/// Values a car with the champion and logs the answer.
///
/// # Errors
///
/// `NoChampion` if no model has been promoted.
#[instrument(name = "valuation.value", level = "debug", skip_all)]
pub async fn value(ctx: &Ctx, car: Car) -> Result<Prediction> {
    let champion = ctx.serving().champion(ctx.store()).await?.ok_or(Error::NoChampion)?;
    answer(ctx, &champion, &car).await
}

/// Values a car as [`value`] does, with the range of the price, its reasons, and a warning about what the model does not
/// know.
///
/// # Errors
///
/// `NoChampion` if no model has been promoted.
#[instrument(name = "valuation.explain", level = "debug", skip_all)]
pub async fn explain(ctx: &Ctx, car: Car) -> Result<Valuation> {
    let champion = ctx.serving().champion(ctx.store()).await?.ok_or(Error::NoChampion)?;
    let prediction = answer(ctx, &champion, &car).await?;
    // Reasons of a large forest take tens of milliseconds: too long for a thread that answers others.
    tokio::task::spawn_blocking(move || {
        let features = champion.model.features();
        let cells: Vec<Cell<'_>> = features.iter().map(|feature| cell(car.value(&feature.name))).collect();
        let unfamiliar = features
            .iter()
            .zip(&cells)
            .filter(|(feature, cell)| is_unfamiliar(&feature.profile, **cell))
            .map(|(feature, _)| feature.name.clone())
            .collect();
        let range = champion.model.range(prediction.price, RANGE_COVERAGE);
        let range = range.map(|(low, high)| (low.max(0.0), high.max(0.0)));
        Ok(Valuation { range, drivers: champion.model.drivers(&cells), unfamiliar, prediction })
    })
    .await?
}

/// Whether no training row had such a value: a text that did not occur, or a number beyond all others.
fn is_unfamiliar(profile: &ColumnProfile, cell: Cell<'_>) -> bool {
    match cell {
        Cell::Missing => false,
        Cell::Number(number) => {
            profile.min.is_some_and(|min| number < min) || profile.max.is_some_and(|max| number > max)
        }
        // The profile lists the most frequent texts; behind a full list there may be others.
        Cell::Text(text) => {
            profile.levels.len() < LEVELS_LISTED
                && !profile.levels.iter().any(|(level, _)| level == text.trim())
        }
    }
}

async fn answer(ctx: &Ctx, champion: &Champion, car: &Car) -> Result<Prediction> {
    let began = Instant::now();
    let cells: Vec<Cell<'_>> =
        champion.model.features().iter().map(|feature| cell(car.value(&feature.name))).collect();
    // A linear model can extrapolate below zero; a car never costs less than nothing.
    let price = champion.model.predict_row(&cells).max(0.0);

    let prediction = Prediction {
        id: PredictionId::from_bits(ctx.new_id()),
        price,
        estimator: champion.model.estimator().to_owned(),
        version: champion.version.version,
        run_id: champion.version.run_id.clone(),
    };
    log(ctx, &prediction, car, began).await?;
    Ok(prediction)
}

/// Says whether there is a model to answer; never fails, so that it can be asked before all is ready.
pub async fn health(ctx: &Ctx, language: Language) -> Health {
    let model_loaded = match ctx.serving().champion(ctx.store()).await {
        Ok(champion) => champion.is_some(),
        Err(error) => {
            warn!(error = &error as &dyn std::error::Error, "the champion could not be loaded");
            false
        }
    };
    let message = match (model_loaded, language) {
        (true, Language::Es) => "El servicio está listo y el modelo está cargado",
        (true, Language::En) => "The service is ready and the model is loaded",
        (false, Language::Es) => "El servicio está listo, pero todavía no hay ningún modelo en producción",
        (false, Language::En) => "The service is ready, but no model is in production yet",
    };
    Health { status: "healthy".to_owned(), model_loaded, message: message.to_owned() }
}

/// Describes the champion; only `model_loaded: false` if there is none.
///
/// # Errors
///
/// Only those of the store.
pub async fn model_info(ctx: &Ctx) -> Result<ModelInfo> {
    let Some(champion) = ctx.serving().champion(ctx.store()).await? else {
        return Ok(ModelInfo::default());
    };
    let run = match &champion.version.run_id {
        Some(run_id) => ctx.store().run(run_id).await?,
        None => None,
    };
    let metrics: BTreeMap<String, f64> = run
        .map(|run| {
            run.metrics.into_iter().map(|metric| (metric.key.to_string(), metric.last.value)).collect()
        })
        .unwrap_or_default();
    let (n_estimators, max_depth) = match champion.model.algorithm() {
        Algorithm::RandomForest(forest) => (Some(forest.n_estimators), forest.max_depth),
        Algorithm::GradientBoosting(boosting) => (Some(boosting.n_estimators), boosting.max_depth),
        Algorithm::DecisionTree(tree) => (None, tree.max_depth),
        _ => (None, None),
    };
    Ok(ModelInfo {
        model_loaded: true,
        model_type: Some(champion.model.estimator().to_owned()),
        n_estimators,
        max_depth,
        version: Some(champion.version.version),
        run_id: champion.version.run_id.clone(),
        metrics: Some(metrics.into_iter().filter(|(_, value)| value.is_finite()).collect()),
        features: Some(champion.model.features().iter().map(|feature| feature.name.clone()).collect()),
    })
}

/// Returns what the form offers: known texts, sensible start values and limits.
///
/// # Errors
///
/// Only those of the store.
pub async fn form_options(ctx: &Ctx) -> Result<FormOptions> {
    let champion = ctx.serving().champion(ctx.store()).await?;
    let calendar = ctx.calendar();
    let limits = car::FIELDS
        .iter()
        .filter_map(|(name, _)| {
            car::limits(name, calendar).map(|limits| ((*name).to_owned(), (limits.min, limits.max)))
        })
        .collect();
    let mut options = FormOptions {
        levels: BTreeMap::new(),
        defaults: car::example()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        limits,
        has_champion: champion.is_some(),
    };
    if let Some(champion) = champion {
        learn_from(&champion, &mut options);
    }
    Ok(options)
}

/// Takes levels and typical values from the rows that the champion was trained on.
fn learn_from(champion: &Champion, options: &mut FormOptions) {
    for feature in champion.model.features() {
        let Some((_, kind)) = car::FIELDS.iter().find(|(name, _)| *name == feature.name) else { continue };
        let typical = match kind {
            FieldKind::Integer => feature.median.map(|median| format!("{median:.0}")),
            FieldKind::Decimal => feature.median.map(|median| format!("{median:.1}")),
            FieldKind::Text => feature.profile.levels.first().map(|(level, _)| level.clone()),
        };
        if let Some(typical) = typical {
            options.defaults.insert(feature.name.clone(), typical);
        }
        if *kind == FieldKind::Text {
            let levels = feature.profile.levels.iter().map(|(level, _)| level.clone()).collect();
            options.levels.insert(feature.name.clone(), levels);
        }
    }
}

fn cell(value: Option<CarValue<'_>>) -> Cell<'_> {
    match value {
        Some(CarValue::Number(number)) => Cell::Number(number),
        Some(CarValue::Text(text)) => Cell::Text(text),
        None => Cell::Missing,
    }
}

async fn log(ctx: &Ctx, prediction: &Prediction, car: &Car, began: Instant) -> Result<()> {
    let record = PredictionRecord {
        id: prediction.id.clone(),
        model: ModelName::cars(),
        version: prediction.version,
        input_json: serde_json::to_string(car)?,
        output: prediction.price,
        latency_us: i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX),
        created_at: ctx.now(),
    };
    match ctx.engine().predictions() {
        Some(log) => {
            if log.try_send(record).is_err() {
                warn!("the prediction log is full; one answer was not logged");
            }
            Ok(())
        }
        None => Ok(ctx.store().insert_prediction(&record).await?),
    }
}
