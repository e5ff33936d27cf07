//! Reads JSON field by field and collects everything that is wrong with it, as FastAPI (with pydantic 1) does.
//!
//! Bodies are declared with [`wire!`]; each field names the function that reads it.

use std::cell::RefCell;
use std::str::FromStr;

use serde_json::{Map, Value};
use types::fault::FaultContext;
use types::{Fault, InvalidValue, Location};

/// What can be read from a request.
pub(crate) trait Wire: Sized {
    /// Reads the value at `input`; `None` after a fault has been noted.
    fn read(input: &Input<'_>) -> Option<Self>;

    /// Reads `value`, which stands at `root` (`body` or `query`) of the request.
    ///
    /// # Errors
    ///
    /// All faults at once.
    fn from_value(value: &Value, root: &str) -> Result<Self, Vec<Fault>> {
        let faults = RefCell::new(Vec::new());
        let input = Input { value, loc: vec![Location::Name(root.to_owned())], faults: &faults };
        match Self::read(&input) {
            Some(wire) if faults.borrow().is_empty() => Ok(wire),
            _ => Err(faults.into_inner()),
        }
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn read(input: &Input<'_>) -> Option<Self> {
        input.list(T::read)
    }
}

/// One value of a request, and the way to it.
pub(crate) struct Input<'a> {
    value: &'a Value,
    loc: Vec<Location>,
    faults: &'a RefCell<Vec<Fault>>,
}

impl<'a> Input<'a> {
    /// Notes a fault of this value.
    pub(crate) fn fault<T>(&self, msg: impl Into<String>, kind: &str) -> Option<T> {
        self.note(self.loc.clone(), msg, kind, None)
    }

    /// Notes a fault of the field `name` of this object.
    pub(crate) fn fault_at<T>(&self, name: &str, msg: impl Into<String>, kind: &str) -> Option<T> {
        self.note(self.way_to(Location::Name(name.to_owned())), msg, kind, None)
    }

    /// The value as it is.
    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    /// The members of an object.
    pub(crate) fn object(&self) -> Option<Object<'_, 'a>> {
        match self.value {
            Value::Object(members) => Some(Object { input: self, members }),
            _ => self.fault("value is not a valid dict", "type_error.dict"),
        }
    }

    /// The items of a list, all read before the first fault counts.
    pub(crate) fn list<T>(&self, read: impl Fn(&Self) -> Option<T>) -> Option<Vec<T>> {
        let Value::Array(items) = self.value else {
            return self.fault("value is not a valid list", "type_error.list");
        };
        let read_all: Vec<Option<T>> = items
            .iter()
            .zip(0..)
            .map(|(value, index)| {
                read(&Input { value, loc: self.way_to(Location::Index(index)), faults: self.faults })
            })
            .collect();
        read_all.into_iter().collect()
    }

    /// A text.
    pub(crate) fn text(&self) -> Option<String> {
        match self.value {
            Value::String(text) => Some(text.clone()),
            _ => self.fault("str type expected", "type_error.str"),
        }
    }

    /// A whole number of 64 bits; `"7"` and `7.0` are whole numbers too.
    pub(crate) fn integer(&self) -> Option<i64> {
        let number = match self.value {
            Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(whole)),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.or_else(|| self.fault("value is not a valid integer", "type_error.integer"))
    }

    /// A whole number from `min` to `max`.
    pub(crate) fn integer_within(&self, min: u32, max: u32) -> Option<u32> {
        let number = self.integer()?;
        if number < i64::from(min) {
            self.limit(min.into(), "greater than or equal to", "value_error.number.not_ge")
        } else if number > i64::from(max) {
            self.limit(max.into(), "less than or equal to", "value_error.number.not_le")
        } else {
            u32::try_from(number).ok()
        }
    }

    /// A number, as JSON or as text; NaN and infinities only as text.
    pub(crate) fn number(&self) -> Option<f64> {
        let number = match self.value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.or_else(|| self.fault("value is not a valid float", "type_error.float"))
    }

    /// A number above 0 and below 1.
    pub(crate) fn share(&self) -> Option<f64> {
        let number = self.number()?;
        if number <= 0.0 || number.is_nan() {
            self.limit(0.0, "greater than", "value_error.number.not_gt")
        } else if number >= 1.0 {
            self.limit(1.0, "less than", "value_error.number.not_lt")
        } else {
            Some(number)
        }
    }

    /// A flag, in the spellings that pydantic takes.
    pub(crate) fn flag(&self) -> Option<bool> {
        let text = match self.value {
            Value::Bool(flag) => return Some(*flag),
            Value::String(text) => text.to_ascii_lowercase(),
            other => other.to_string(),
        };
        match text.as_str() {
            "1" | "true" | "on" | "yes" | "y" | "t" => Some(true),
            "0" | "false" | "off" | "no" | "n" | "f" => Some(false),
            _ => self.fault("value could not be parsed to a boolean", "type_error.bool"),
        }
    }

    /// A text that follows the rules of its type.
    pub(crate) fn parsed<T: FromStr<Err = InvalidValue>>(&self) -> Option<T> {
        self.checked(&self.text()?)
    }

    /// The same for identifiers that may also come as a number.
    pub(crate) fn number_or_parsed<T: FromStr<Err = InvalidValue>>(&self) -> Option<T> {
        match self.value {
            Value::Number(number) => self.checked(&number.to_string()),
            _ => self.parsed(),
        }
    }

    /// One of the named values.
    pub(crate) fn one_of<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice).or_else(|| {
            let names: Vec<String> = choices.iter().map(|(name, _)| format!("'{name}'")).collect();
            let msg = format!("value is not a valid enumeration member; permitted: {}", names.join(", "));
            self.fault(msg, "type_error.enum")
        })
    }

    fn checked<T: FromStr<Err = InvalidValue>>(&self, text: &str) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            Err(invalid) => self.fault(invalid.to_string(), "value_error"),
        }
    }

    fn limit<T>(&self, limit_value: f64, relation: &str, kind: &str) -> Option<T> {
        let msg = format!("ensure this value is {relation} {limit_value}");
        self.note(self.loc.clone(), msg, kind, Some(FaultContext { limit_value }))
    }

    fn note<T>(
        &self,
        loc: Vec<Location>,
        msg: impl Into<String>,
        kind: &str,
        ctx: Option<FaultContext>,
    ) -> Option<T> {
        self.faults.borrow_mut().push(Fault { loc, msg: msg.into(), kind: kind.to_owned(), ctx });
        None
    }

    fn way_to(&self, step: Location) -> Vec<Location> {
        let mut loc = self.loc.clone();
        loc.push(step);
        loc
    }
}

/// A number without decimals, if 64 bits can hold it.
#[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
fn whole(number: f64) -> Option<i64> {
    const LIMIT: f64 = 9_007_199_254_740_992.0; // 2^53: beyond it, doubles skip whole numbers
    (number.fract() == 0.0 && number.abs() <= LIMIT).then_some(number as i64)
}

/// The members of a JSON object. Unknown ones are ignored.
pub(crate) struct Object<'i, 'a> {
    input: &'i Input<'a>,
    members: &'a Map<String, Value>,
}

impl<'a> Object<'_, 'a> {
    /// A member that must be there.
    pub(crate) fn required<T>(&self, name: &str, read: impl Fn(&Input<'a>) -> Option<T>) -> Option<T> {
        match self.members.get(name) {
            None => self.input.fault_at(name, "field required", "value_error.missing"),
            Some(Value::Null) => {
                self.input.fault_at(name, "none is not an allowed value", "type_error.none.not_allowed")
            }
            Some(value) => read(&self.member(name, value)),
        }
    }

    /// A member that may be absent or null.
    #[expect(clippy::option_option, reason = "outer: could it be read; inner: is it there")]
    pub(crate) fn optional<T>(
        &self,
        name: &str,
        read: impl Fn(&Input<'a>) -> Option<T>,
    ) -> Option<Option<T>> {
        match self.members.get(name) {
            None | Some(Value::Null) => Some(None),
            Some(value) => read(&self.member(name, value)).map(Some),
        }
    }

    /// All members with their names, each read by `read`.
    pub(crate) fn each<T>(&self, read: impl Fn(&Input<'a>) -> Option<T>) -> Option<Vec<(String, T)>> {
        let read_all: Vec<Option<(String, T)>> = self
            .members
            .iter()
            .map(|(name, value)| Some((name.clone(), read(&self.member(name, value))?)))
            .collect();
        read_all.into_iter().collect()
    }

    fn member(&self, name: &str, value: &'a Value) -> Input<'a> {
        Input { value, loc: self.input.way_to(Location::Name(name.to_owned())), faults: self.input.faults }
    }
}

/// Declares an object of a request: each field is `required` or `optional` and says how it is read.
///
/// All fields are read before the first fault ends the reading, so that a caller learns of all of them.
macro_rules! wire {
    (
        $(#[$attribute:meta])*
        struct $name:ident {
            $( $(#[$field_attribute:meta])* $presence:ident $field:ident: $type:ty = $read:expr, )*
        }
    ) => {
        #[derive(Debug, Clone, PartialEq, utoipa::ToSchema)]
        $(#[$attribute])*
        pub(crate) struct $name {
            $( $(#[$field_attribute])* pub(crate) $field: $type, )*
        }

        impl $crate::v1::fields::Wire for $name {
            fn read(input: &$crate::v1::fields::Input<'_>) -> Option<Self> {
                let object = input.object()?;
                $( let $field = object.$presence(stringify!($field), $read); )*
                Some(Self { $( $field: $field?, )* })
            }
        }
    };
}

pub(crate) use wire;

#[cfg(test)]
mod tests {
    use serde_json::json;
    use types::RunName;

    use super::*;

    wire! {
        /// One of each.
        struct Sample {
            required count: i64 = Input::integer,
            required value: f64 = Input::number,
            optional name: Option<RunName> = Input::parsed,
            optional rows: Option<Vec<u32>> = |input| input.list(|row| row.integer_within(0, 9)),
            optional share: Option<f64> = Input::share,
            optional way: Option<bool> = |input| input.one_of(&[("up", true), ("down", false)]),
        }
    }

    fn faults(body: &Value) -> Vec<String> {
        Sample::from_value(body, "body")
            .unwrap_err()
            .iter()
            .map(|fault| format!("{} {}", serde_json::to_string(&fault.loc).unwrap(), fault.kind))
            .collect()
    }

    #[test]
    fn all_faults_are_collected_with_the_way_to_each() {
        let body = json!({
            "count": 1.5, "name": "", "rows": [1, "x", 10, -1], "share": 1, "way": "left", "unknown": 1,
        });
        assert_eq!(
            faults(&body),
            [
                r#"["body","count"] type_error.integer"#,
                r#"["body","value"] value_error.missing"#,
                r#"["body","name"] value_error"#,
                r#"["body","rows",1] type_error.integer"#,
                r#"["body","rows",2] value_error.number.not_le"#,
                r#"["body","rows",3] value_error.number.not_ge"#,
                r#"["body","share"] value_error.number.not_lt"#,
                r#"["body","way"] type_error.enum"#,
            ]
        );
        assert_eq!(faults(&json!([1])), [r#"["body"] type_error.dict"#]);
        assert_eq!(
            faults(&json!({"count": null, "value": true})),
            [r#"["body","count"] type_error.none.not_allowed"#, r#"["body","value"] type_error.float"#]
        );
    }

    #[test]
    fn numbers_may_come_as_text_and_optional_fields_as_null() {
        let body = json!({"count": "7", "value": "NaN", "name": null, "rows": [3.0]});
        let sample = Sample::from_value(&body, "body").unwrap();
        assert_eq!(sample.count, 7);
        assert!(sample.value.is_nan());
        assert_eq!(sample.rows, Some(vec![3]));
        assert!(Sample::from_value(&json!({"count": 1e300, "value": 1}), "body").is_err());
    }
}
