//! `predict`: value a car with the champion.

use std::io::Write;

use camino::Utf8PathBuf;
use domain::{Ctx, valuation};
use serde_json::{Map, Value, json};
use types::Car;

use super::{Usage, input, output};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The 14 fields, such as marca=Toyota año=2020
    #[arg(value_name = "FIELD=VALUE", required_unless_present = "json_input", conflicts_with = "json_input")]
    fields: Vec<String>,

    /// JSON file with the 14 fields; `-` is standard input
    #[arg(long, value_name = "FILE")]
    json_input: Option<Utf8PathBuf>,

    /// Print the valuation as JSON
    #[arg(long)]
    json: bool,
}

/// Values one car.
///
/// # Errors
///
/// All fields that are wrong, or that no model has been promoted.
pub(super) async fn run(args: Args, ctx: &Ctx, out: &mut impl Write) -> anyhow::Result<()> {
    let body = match &args.json_input {
        Some(file) => input::json(file)?,
        None => object(&args.fields)?,
    };
    let car = Car::from_json(&body, ctx.calendar()).map_err(domain::Error::from)?;
    let prediction = valuation::value(ctx, car).await?;
    let price = (prediction.price * 100.0).round() / 100.0;
    if args.json {
        output::json(
            out,
            &json!({
                "precio_predicho": price,
                "modelo_usado": prediction.estimator,
                "version": prediction.version,
                "run_id": prediction.run_id,
                "prediction_id": prediction.id,
            }),
        )?;
    } else {
        let (estimator, version) = (&prediction.estimator, prediction.version);
        writeln!(out, "{price:.2} USD ({estimator}, version {version})")?;
    }
    Ok(())
}

/// Texts only: numbers are read from them as from JSON strings.
fn object(fields: &[String]) -> Result<Value, Usage> {
    let mut object = Map::new();
    for field in fields {
        let (name, value) =
            field.split_once('=').ok_or_else(|| Usage(format!("`{field}` is not written as field=value")))?;
        if object.insert(name.trim().to_owned(), value.into()).is_some() {
            return Err(Usage(format!("the field `{}` is given twice", name.trim())));
        }
    }
    Ok(Value::Object(object))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_become_an_object() {
        let fields = ["marca=Toyota", "año = 2020"].map(str::to_owned);
        assert_eq!(object(&fields).unwrap(), json!({ "marca": "Toyota", "año": " 2020" }));
        assert!(object(&["marca".to_owned()]).is_err());
        assert!(object(&["a=1".to_owned(), "a=2".to_owned()]).is_err());
    }
}
