//! The tutorial's addresses: a price for a car, and how the model behind it is.

use axum::Json;
use domain::valuation;
use serde::Serialize;
use types::{Car, Health, ModelInfo, Prediction};
use utoipa::ToSchema;

use super::error::{ListProblems, PredictProblems, Problem};
use super::op::{Asked, JsonBody, Op};

/// The price of a car.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PredictResponse {
    /// Estimated price in US dollars, to the cent.
    #[schema(example = 18500.0)]
    precio_predicho: f64,
    /// The same for people.
    #[schema(example = "$18,500.00 USD")]
    precio_formateado: String,
    /// Kind of model in scikit-learn's words.
    #[schema(example = "RandomForestRegressor")]
    modelo_usado: String,
    /// Always `success`.
    #[schema(example = "success")]
    status: &'static str,
}

impl From<Prediction> for PredictResponse {
    fn from(prediction: Prediction) -> Self {
        let price = (prediction.price * 100.0).round() / 100.0;
        Self {
            precio_predicho: price,
            precio_formateado: dollars(price),
            modelo_usado: prediction.estimator,
            status: "success",
        }
    }
}

/// `18500.0` as `$18,500.00 USD`.
fn dollars(price: f64) -> String {
    let digits = format!("{:.2}", price.abs());
    let (whole, cents) = digits.split_once('.').unwrap_or((&digits, "00"));
    let sign = if price < 0.0 { "-" } else { "" };
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}${grouped}.{cents} USD")
}

/// Value a car
///
/// Answers with the model that the alias `champion` of `automoviles` points to. Integers may be sent as `"2020"` or
/// `2020.0`; categories that the model has never seen are answered; other fields are ignored.
#[utoipa::path(
    post,
    path = "/predict",
    tag = "valuation",
    request_body = Car,
    responses((status = 200, description = "The price", body = PredictResponse), PredictProblems),
)]
pub(crate) async fn predict(Op(ctx): Op, JsonBody(body): JsonBody) -> Result<Json<PredictResponse>, Problem> {
    let car = Car::from_json(&body, ctx.calendar()).map_err(domain::Error::from)?;
    let prediction = valuation::value(&ctx, car).await?;
    Ok(Json(prediction.into()))
}

/// Ask whether the service works
///
/// Always 200 while the server runs; `model_loaded` says whether `/predict` can answer.
#[utoipa::path(
    get,
    path = "/health",
    tag = "valuation",
    responses((status = 200, description = "The service works", body = Health)),
)]
pub(crate) async fn get_health(Op(ctx): Op, Asked(language): Asked) -> Json<Health> {
    Json(valuation::health(&ctx, language).await)
}

/// Describe the model behind the valuation
///
/// Without a champion, `model_loaded` is false and everything else null.
#[utoipa::path(
    get,
    path = "/model-info",
    tag = "valuation",
    responses((status = 200, description = "The model", body = ModelInfo), ListProblems),
)]
pub(crate) async fn get_model_info(Op(ctx): Op) -> Result<Json<ModelInfo>, Problem> {
    Ok(Json(valuation::model_info(&ctx).await?))
}

#[cfg(test)]
mod tests {
    use super::dollars;

    #[test]
    fn prices_have_cents_and_thousands() {
        let cases = [
            (0.0, "$0.00 USD"),
            (999.999, "$1,000.00 USD"),
            (18_500.0, "$18,500.00 USD"),
            (123_456.7, "$123,456.70 USD"),
            (1_234_567.89, "$1,234,567.89 USD"),
            (-1500.5, "-$1,500.50 USD"),
        ];
        for (price, text) in cases {
            assert_eq!(dollars(price), text);
        }
    }
}
