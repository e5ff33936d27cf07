//! The car of the valuation: 14 fields, their kinds and limits, and what is wrong with a given one.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;
use validator::{ValidateArgs, ValidationError, ValidationErrors};

use crate::{Fault, Language};

/// Lowest and highest allowed value of a number field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits<T> {
    /// Lowest allowed value.
    pub min: T,
    /// Highest allowed value.
    pub max: T,
}

/// Oldest year that is valued.
pub const YEAR_MIN: i64 = 2000;
/// Limits of `kilometraje`, in km.
pub const KILOMETRAJE: Limits<i64> = Limits { min: 0, max: 2_000_000 };
/// Limits of `cilindrada`, in cm³.
pub const CILINDRADA: Limits<i64> = Limits { min: 0, max: 8000 };
/// Limits of `potencia`, in hp.
pub const POTENCIA: Limits<i64> = Limits { min: 10, max: 1500 };
/// Limits of `peso`, in kg.
pub const PESO: Limits<i64> = Limits { min: 300, max: 5000 };
/// Limits of `consumo`, in l/100 km.
pub const CONSUMO: Limits<f64> = Limits { min: 0.0, max: 40.0 };
/// Limits of `edad_propietarios`, a number of owners.
pub const EDAD_PROPIETARIOS: Limits<i64> = Limits { min: 0, max: 20 };
/// Limits of `calificacion_estado`, a score.
pub const CALIFICACION_ESTADO: Limits<f64> = Limits { min: 1.0, max: 10.0 };
/// Longest text, in characters.
pub const TEXT_MAX: u64 = 80;

/// What the rules of a car need to know about today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Calendar {
    /// The current year.
    pub current_year: i64,
}

impl Calendar {
    /// Newest year that is valued: next year's models are sold this year.
    #[must_use]
    pub fn year_max(self) -> i64 {
        self.current_year + 1
    }
}

/// A used car, as the tutorial's `/predict` describes it. Field names are the JSON names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, validator::Validate)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(example = json!({
    "marca": "Toyota", "tipo_carroceria": "SUV", "año": 2020, "kilometraje": 50000,
    "tipo_combustible": "Gasolina", "transmision": "Automática", "cilindrada": 2000, "potencia": 150,
    "peso": 1500, "consumo": 7.5, "color": "Blanco", "edad_propietarios": 1,
    "calificacion_estado": 8.5, "region_venta": "Norte"
})))]
#[validate(context = Calendar)]
pub struct Car {
    /// Make, such as `Toyota`.
    #[validate(length(min = 1, max = TEXT_MAX))]
    pub marca: String,
    /// Body, such as `SUV`.
    #[validate(length(min = 1, max = TEXT_MAX))]
    pub tipo_carroceria: String,
    /// Model year, from 2000 to next year.
    #[validate(custom(function = "not_after_next_year", use_context))]
    pub año: i64,
    /// Distance driven, in km.
    #[validate(range(min = KILOMETRAJE.min, max = KILOMETRAJE.max))]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 2_000_000))]
    pub kilometraje: i64,
    /// Fuel, such as `Gasolina`.
    #[validate(length(min = 1, max = TEXT_MAX))]
    pub tipo_combustible: String,
    /// Gearbox, such as `Automática`.
    #[validate(length(min = 1, max = TEXT_MAX))]
    pub transmision: String,
    /// Displacement, in cm³; 0 for electric cars.
    #[validate(range(min = CILINDRADA.min, max = CILINDRADA.max))]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 8000))]
    pub cilindrada: i64,
    /// Power, in hp.
    #[validate(range(min = POTENCIA.min, max = POTENCIA.max))]
    #[cfg_attr(feature = "openapi", schema(minimum = 10, maximum = 1500))]
    pub potencia: i64,
    /// Weight, in kg.
    #[validate(range(min = PESO.min, max = PESO.max))]
    #[cfg_attr(feature = "openapi", schema(minimum = 300, maximum = 5000))]
    pub peso: i64,
    /// Consumption, in l/100 km; 0 for electric cars.
    #[validate(range(min = CONSUMO.min, max = CONSUMO.max))]
    #[cfg_attr(feature = "openapi", schema(minimum = 0.0, maximum = 40.0))]
    pub consumo: f64,
    /// Colour, such as `Blanco`.
    #[validate(length(min = 1, max = TEXT_MAX))]
    pub color: String,
    /// Number of owners so far.
    #[validate(range(min = EDAD_PROPIETARIOS.min, max = EDAD_PROPIETARIOS.max))]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 20))]
    pub edad_propietarios: i64,
    /// Condition, from 1 (wreck) to 10 (as new).
    #[validate(range(min = CALIFICACION_ESTADO.min, max = CALIFICACION_ESTADO.max))]
    #[cfg_attr(feature = "openapi", schema(minimum = 1.0, maximum = 10.0))]
    pub calificacion_estado: f64,
    /// Region of the sale, such as `Norte`.
    #[validate(length(min = 1, max = TEXT_MAX))]
    pub region_venta: String,
}

#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::trivially_copy_pass_by_ref, reason = "validator passes a reference")
)]
fn not_after_next_year(year: i64, calendar: &Calendar) -> Result<(), ValidationError> {
    if year <= calendar.year_max() {
        return Ok(());
    }
    let mut error = ValidationError::new("range");
    error.add_param("max".into(), &calendar.year_max());
    error.add_param("value".into(), &year);
    Err(error)
}

/// What a field of a car holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A whole number.
    Integer,
    /// A number with decimals.
    Decimal,
    /// A text from an open list.
    Text,
}

/// The fields in the order of the tutorial, with their kinds.
pub const FIELDS: [(&str, FieldKind); 14] = [
    ("marca", FieldKind::Text),
    ("tipo_carroceria", FieldKind::Text),
    ("año", FieldKind::Integer),
    ("kilometraje", FieldKind::Integer),
    ("tipo_combustible", FieldKind::Text),
    ("transmision", FieldKind::Text),
    ("cilindrada", FieldKind::Integer),
    ("potencia", FieldKind::Integer),
    ("peso", FieldKind::Integer),
    ("consumo", FieldKind::Decimal),
    ("color", FieldKind::Text),
    ("edad_propietarios", FieldKind::Integer),
    ("calificacion_estado", FieldKind::Decimal),
    ("region_venta", FieldKind::Text),
];

/// Lowest and highest value of a number field; `None` for texts and unknown names.
#[must_use]
pub fn limits(field: &str, calendar: Calendar) -> Option<Limits<f64>> {
    #[expect(clippy::cast_precision_loss, reason = "limits are small")]
    let whole = |limits: Limits<i64>| Limits { min: limits.min as f64, max: limits.max as f64 };
    Some(match field {
        "año" => whole(Limits { min: YEAR_MIN, max: calendar.year_max() }),
        "kilometraje" => whole(KILOMETRAJE),
        "cilindrada" => whole(CILINDRADA),
        "potencia" => whole(POTENCIA),
        "peso" => whole(PESO),
        "consumo" => CONSUMO,
        "edad_propietarios" => whole(EDAD_PROPIETARIOS),
        "calificacion_estado" => CALIFICACION_ESTADO,
        _ => return None,
    })
}

/// A rule about the matter that a well-formed car breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CarRule {
    /// The car is older than [`YEAR_MIN`].
    TooOld,
}

impl CarRule {
    /// The sentence for people.
    #[must_use]
    pub fn sentence(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::TooOld, Language::Es) => "El año debe ser mayor a 2000",
            (Self::TooOld, Language::En) => "The year must be later than 2000",
        }
    }

    /// The field that the rule is about.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::TooOld => "año",
        }
    }
}

/// Why a text or JSON value is not a car.
#[derive(Debug, Clone, PartialEq)]
pub enum CarError {
    /// Single fields are wrong; all of them, in the order of [`FIELDS`].
    Faults(Vec<Fault>),
    /// All fields are well formed, but the car is not one that is valued.
    Rule(CarRule),
}

impl Car {
    /// Reads a car from JSON and checks all rules.
    ///
    /// As pydantic: integers may arrive as `"2020"` or `2020.0`, decimals as text; booleans and null are not
    /// numbers; texts are trimmed; unknown fields are ignored; names are compared in NFC.
    ///
    /// # Errors
    ///
    /// All faults of single fields at once, or else the first broken rule about the matter.
    pub fn from_json(body: &Value, calendar: Calendar) -> Result<Self, CarError> {
        let Value::Object(object) = body else {
            return Err(CarError::Faults(vec![Fault::not_object()]));
        };
        let object: Map<String, Value> =
            object.iter().map(|(name, value)| (name.nfc().collect(), value.clone())).collect();
        let mut reader = FieldReader { object, faults: Vec::new() };
        let car = Self {
            marca: reader.text("marca"),
            tipo_carroceria: reader.text("tipo_carroceria"),
            año: reader.integer("año"),
            kilometraje: reader.integer("kilometraje"),
            tipo_combustible: reader.text("tipo_combustible"),
            transmision: reader.text("transmision"),
            cilindrada: reader.integer("cilindrada"),
            potencia: reader.integer("potencia"),
            peso: reader.integer("peso"),
            consumo: reader.decimal("consumo"),
            color: reader.text("color"),
            edad_propietarios: reader.integer("edad_propietarios"),
            calificacion_estado: reader.decimal("calificacion_estado"),
            region_venta: reader.text("region_venta"),
        };
        let mut faults = reader.faults;
        if let Err(errors) = car.validate_with_args(&calendar) {
            // A field that could not be read holds a placeholder; what is wrong with that is nobody's business.
            let unread: Vec<String> = faults.iter().map(|fault| fault.field().to_owned()).collect();
            faults.extend(
                faults_of(&errors)
                    .into_iter()
                    .filter(|fault| !unread.iter().any(|name| name == fault.field())),
            );
        }
        if !faults.is_empty() {
            let position = |fault: &Fault| FIELDS.iter().position(|(name, _)| *name == fault.field());
            faults.sort_by_key(position);
            return Err(CarError::Faults(faults));
        }
        if car.año < YEAR_MIN {
            return Err(CarError::Rule(CarRule::TooOld));
        }
        Ok(car)
    }
}

/// The value of one field of a car.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CarValue<'a> {
    /// Of an integer or decimal field.
    Number(f64),
    /// Of a text field.
    Text(&'a str),
}

impl Car {
    /// The value of a field by its JSON name; `None` if there is no such field.
    #[must_use]
    pub fn value(&self, field: &str) -> Option<CarValue<'_>> {
        #[expect(clippy::cast_precision_loss, reason = "the limits keep integers small")]
        let whole = |number: i64| CarValue::Number(number as f64);
        Some(match field {
            "marca" => CarValue::Text(&self.marca),
            "tipo_carroceria" => CarValue::Text(&self.tipo_carroceria),
            "año" => whole(self.año),
            "kilometraje" => whole(self.kilometraje),
            "tipo_combustible" => CarValue::Text(&self.tipo_combustible),
            "transmision" => CarValue::Text(&self.transmision),
            "cilindrada" => whole(self.cilindrada),
            "potencia" => whole(self.potencia),
            "peso" => whole(self.peso),
            "consumo" => CarValue::Number(self.consumo),
            "color" => CarValue::Text(&self.color),
            "edad_propietarios" => whole(self.edad_propietarios),
            "calificacion_estado" => CarValue::Number(self.calificacion_estado),
            "region_venta" => CarValue::Text(&self.region_venta),
            _ => return None,
        })
    }
}

/// The car of the tutorial, as texts: what an empty form starts with and the documentation shows.
#[must_use]
pub fn example() -> [(&'static str, &'static str); 14] {
    [
        ("marca", "Toyota"),
        ("tipo_carroceria", "SUV"),
        ("año", "2020"),
        ("kilometraje", "50000"),
        ("tipo_combustible", "Gasolina"),
        ("transmision", "Automática"),
        ("cilindrada", "2000"),
        ("potencia", "150"),
        ("peso", "1500"),
        ("consumo", "7.5"),
        ("color", "Blanco"),
        ("edad_propietarios", "1"),
        ("calificacion_estado", "8.5"),
        ("region_venta", "Norte"),
    ]
}

/// Takes fields out of a JSON object and notes which could not be read.
struct FieldReader {
    object: Map<String, Value>,
    faults: Vec<Fault>,
}

impl FieldReader {
    fn read<T: Default>(
        &mut self,
        name: &str,
        parse: fn(&Value) -> Option<T>,
        fault: fn(&str) -> Fault,
    ) -> T {
        let parsed = match self.object.get(name) {
            None => Err(Fault::missing(name)),
            Some(value) => parse(value).ok_or_else(|| fault(name)),
        };
        parsed.unwrap_or_else(|fault| {
            self.faults.push(fault);
            T::default()
        })
    }

    fn integer(&mut self, name: &str) -> i64 {
        self.read(name, integer, Fault::not_integer)
    }

    fn decimal(&mut self, name: &str) -> f64 {
        self.read(name, decimal, Fault::not_float)
    }

    fn text(&mut self, name: &str) -> String {
        self.read(name, |value| value.as_str().map(|text| text.trim().nfc().collect()), Fault::not_text)
    }
}

/// A whole number from a JSON number or text; numbers past 64 bits become the nearest 64-bit number, so that
/// the range check names the limit.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is what we want")]
fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number
            .as_i64()
            .or_else(|| number.as_f64().filter(|number| number.fract() == 0.0).map(|number| number as i64)),
        Value::String(text) => {
            let text = text.trim();
            let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return None;
            }
            text.parse::<i64>().ok().or_else(|| text.parse::<f64>().ok().map(|number| number as i64))
        }
        _ => None,
    }
}

fn decimal(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

/// Translates validator's findings; each field has at most one.
fn faults_of(errors: &ValidationErrors) -> Vec<Fault> {
    let number = |error: &ValidationError, name: &'static str| error.params.get(name).and_then(Value::as_f64);
    let mut faults = Vec::new();
    for (field, errors) in errors.field_errors() {
        for error in errors {
            let length = error.params.get("value").and_then(Value::as_str).map(|text| text.chars().count());
            let (min, max) = (number(error, "min"), number(error, "max"));
            #[expect(clippy::cast_precision_loss, reason = "texts are short")]
            let value = length.map(|length| length as f64).or_else(|| number(error, "value"));
            let is_below = value.zip(min).is_some_and(|(value, min)| value < min);
            faults.extend(match (length.is_some(), is_below) {
                (true, true) => min.map(|limit| Fault::too_short(&field, limit)),
                (true, false) => max.map(|limit| Fault::too_long(&field, limit)),
                (false, true) => min.map(|limit| Fault::below(&field, limit)),
                (false, false) => max.map(|limit| Fault::above(&field, limit)),
            });
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CALENDAR: Calendar = Calendar { current_year: 2026 };

    fn example() -> Value {
        json!({
            "marca": "Toyota", "tipo_carroceria": "SUV", "año": 2020, "kilometraje": 50000,
            "tipo_combustible": "Gasolina", "transmision": "Automática", "cilindrada": 2000, "potencia": 150,
            "peso": 1500, "consumo": 7.5, "color": "Blanco", "edad_propietarios": 1,
            "calificacion_estado": 8.5, "region_venta": "Norte",
        })
    }

    fn with(field: &str, value: Value) -> Value {
        let mut body = example();
        body[field] = value;
        body
    }

    fn kinds(body: &Value) -> Vec<(String, String)> {
        match Car::from_json(body, CALENDAR) {
            Err(CarError::Faults(faults)) => {
                faults.into_iter().map(|fault| (fault.field().to_owned(), fault.kind)).collect()
            }
            other => panic!("expected faults, got {other:?}"),
        }
    }

    #[test]
    fn the_example_is_a_car() {
        assert_eq!(Car::from_json(&example(), CALENDAR).unwrap().año, 2020);
    }

    #[test]
    fn whole_numbers_may_be_written_as_text_or_with_a_zero_fraction() {
        for value in [json!("2020"), json!(2020.0), json!(" 2020 ")] {
            assert_eq!(Car::from_json(&with("año", value), CALENDAR).unwrap().año, 2020);
        }
        for value in [json!(2020.5), json!(true), json!(null), json!("2020.5"), json!([]), json!("")] {
            assert_eq!(kinds(&with("año", value)), [("año".to_owned(), "type_error.integer".to_owned())]);
        }
    }

    #[test]
    fn all_faults_are_told_at_once_in_the_order_of_the_fields() {
        let mut body = with("potencia", json!(9));
        body["marca"] = json!(5);
        body["consumo"] = json!("x");
        body["color"] = json!("");
        body["calificacion_estado"] = json!(10.5);
        body["año"] = json!(2028);
        body.as_object_mut().unwrap().remove("peso");
        let expected = [
            ("marca", "type_error.str"),
            ("año", "value_error.number.not_le"),
            ("potencia", "value_error.number.not_ge"),
            ("peso", "value_error.missing"),
            ("consumo", "type_error.float"),
            ("color", "value_error.any_str.min_length"),
            ("calificacion_estado", "value_error.number.not_le"),
        ];
        assert_eq!(kinds(&body), expected.map(|(field, kind)| (field.to_owned(), kind.to_owned())));
    }

    #[test]
    fn limits_are_named_as_pydantic_names_them() {
        let Err(CarError::Faults(faults)) = Car::from_json(&with("kilometraje", json!(-1)), CALENDAR) else {
            panic!("a negative distance passed");
        };
        let expected = json!([{
            "loc": ["body", "kilometraje"], "msg": "ensure this value is greater than or equal to 0",
            "type": "value_error.number.not_ge", "ctx": {"limit_value": 0},
        }]);
        assert_eq!(serde_json::to_value(faults).unwrap(), expected);
    }

    #[test]
    fn limits_themselves_pass() {
        for (field, _) in FIELDS {
            let Some(limits) = limits(field, CALENDAR) else { continue };
            for value in [limits.min, limits.max] {
                assert!(Car::from_json(&with(field, json!(value)), CALENDAR).is_ok(), "{field} {value}");
            }
            assert!(Car::from_json(&with(field, json!(limits.max + 1.0)), CALENDAR).is_err(), "{field}");
            assert!(Car::from_json(&with(field, json!(limits.min - 1.0)), CALENDAR).is_err(), "{field}");
        }
        let eighty = "x".repeat(80);
        assert!(Car::from_json(&with("marca", json!(eighty)), CALENDAR).is_ok());
        assert_eq!(kinds(&with("marca", json!(eighty + "x")))[0].1, "value_error.any_str.max_length");
    }

    #[test]
    fn a_car_of_the_last_century_breaks_a_rule_but_faults_go_first() {
        let body = with("año", json!(1999));
        assert_eq!(Car::from_json(&body, CALENDAR), Err(CarError::Rule(CarRule::TooOld)));
        let mut body = body;
        body["peso"] = json!("heavy");
        assert_eq!(kinds(&body), [("peso".to_owned(), "type_error.integer".to_owned())]);
    }

    #[test]
    fn the_year_may_be_spelled_with_a_combining_tilde() {
        let mut body = example();
        let year = body.as_object_mut().unwrap().remove("año").unwrap();
        body["an\u{303}o"] = year;
        assert_eq!(Car::from_json(&body, CALENDAR).unwrap().año, 2020);
    }

    #[test]
    fn what_is_no_object_is_no_car() {
        for body in [json!([]), json!("x"), json!(null), json!(1)] {
            assert_eq!(kinds(&body), [(String::new(), "type_error.dict".to_owned())]);
        }
    }

    #[test]
    fn numbers_past_64_bits_break_the_limit() {
        for value in [json!(1e300), json!("99999999999999999999"), json!(u64::MAX)] {
            assert_eq!(kinds(&with("kilometraje", value))[0].1, "value_error.number.not_le");
        }
    }
}
