//! Messages of requests: protobuf's JSON with MLflow's checks.
//!
//! [`message!`](crate::mlflow::message::message) declares one. Its fields are read straight from the text, without a tree in
//! between. Nothing that is well-formed JSON fails while it is read: each field notes whether it is absent, given
//! or of the wrong type, and the checks follow in the order of the declaration, so that the first problem that is
//! told is the one that MLflow tells.
//!
//! The rules are those of `mlflow.server.handlers._get_request_message`: whole numbers come as numbers or as
//! decimal text, texts only as text; null is absent, and for a required field so is `""`; unknown fields are
//! ignored. A field that is given twice is refused.

mod place;
mod query;

use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

pub(crate) use place::Place;
use query::QueryPairs;

use super::error::MlflowError;

/// What a field held.
#[derive(Debug, Default)]
pub(crate) enum Field<T> {
    /// Nothing, or null.
    #[default]
    Absent,
    /// A value of its type.
    Given(T),
    /// Something else.
    Wrong(Value),
}

/// A type that fields can have before they are checked. What is not overridden is of the wrong type.
pub(crate) trait Held: Sized {
    /// Whether a name of a query string that comes once still is a list.
    const IS_LIST: bool = false;

    fn from_text(text: &str) -> Field<Self> {
        Field::Wrong(text.into())
    }

    fn from_integer(number: i64) -> Field<Self> {
        Field::Wrong(number.into())
    }

    fn from_real(number: f64) -> Field<Self> {
        Field::Wrong(number.into())
    }

    fn from_flag(flag: bool) -> Field<Self> {
        Field::Wrong(flag.into())
    }

    fn from_list<'de, A: SeqAccess<'de>>(items: A) -> Result<Field<Self>, A::Error> {
        Value::deserialize(SeqAccessDeserializer::new(items)).map(Field::Wrong)
    }

    fn from_members<'de, A: MapAccess<'de>>(members: A) -> Result<Field<Self>, A::Error> {
        Value::deserialize(MapAccessDeserializer::new(members)).map(Field::Wrong)
    }
}

struct HeldVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Held> Visitor<'de> for HeldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Field<T>, E> {
        Ok(T::from_text(text))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Field<T>, E> {
        Ok(T::from_integer(number))
    }

    #[expect(clippy::cast_precision_loss, reason = "past 2^63 it can only be a double")]
    fn visit_u64<E: Error>(self, number: u64) -> Result<Field<T>, E> {
        Ok(i64::try_from(number).map_or_else(|_| T::from_real(number as f64), T::from_integer))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Field<T>, E> {
        Ok(T::from_real(number))
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Field<T>, E> {
        Ok(T::from_flag(flag))
    }

    fn visit_unit<E: Error>(self) -> Result<Field<T>, E> {
        Ok(Field::Absent)
    }

    /// JSON has no such thing: the hint is only for query strings.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Field<T>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Field<T>, A::Error> {
        T::from_list(items)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Field<T>, A::Error> {
        T::from_members(members)
    }
}

impl<'de, T: Held> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let visitor = HeldVisitor(std::marker::PhantomData);
        if T::IS_LIST {
            deserializer.deserialize_newtype_struct("list", visitor)
        } else {
            deserializer.deserialize_any(visitor)
        }
    }
}

impl Held for String {
    fn from_text(text: &str) -> Field<Self> {
        Field::Given(text.to_owned())
    }
}

impl Held for i64 {
    fn from_text(text: &str) -> Field<Self> {
        text.parse().map_or_else(|_| Field::Wrong(text.into()), Field::Given)
    }

    fn from_integer(number: i64) -> Field<Self> {
        Field::Given(number)
    }

    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
    fn from_real(number: f64) -> Field<Self> {
        // Beyond 2^53 a double does not say which whole number was meant.
        if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 {
            Field::Given(number as Self)
        } else {
            Field::Wrong(number.into())
        }
    }
}

impl Held for f64 {
    fn from_text(text: &str) -> Field<Self> {
        let number = match text {
            "NaN" => Some(Self::NAN),
            "Infinity" => Some(Self::INFINITY),
            "-Infinity" => Some(Self::NEG_INFINITY),
            // Rust also reads `inf`, and large exponents as infinite.
            _ => text.parse().ok().filter(|number: &Self| number.is_finite()),
        };
        number.map_or_else(|| Field::Wrong(text.into()), Field::Given)
    }

    #[expect(clippy::cast_precision_loss, reason = "the field is a double")]
    fn from_integer(number: i64) -> Field<Self> {
        Field::Given(number as Self)
    }

    fn from_real(number: f64) -> Field<Self> {
        Field::Given(number)
    }
}

impl Held for bool {
    /// Queries have only texts.
    fn from_text(text: &str) -> Field<Self> {
        match text {
            _ if text.eq_ignore_ascii_case("true") => Field::Given(true),
            _ if text.eq_ignore_ascii_case("false") => Field::Given(false),
            _ => Field::Wrong(text.into()),
        }
    }

    fn from_flag(flag: bool) -> Field<Self> {
        Field::Given(flag)
    }
}

impl<T: Held> Held for Vec<Field<T>> {
    const IS_LIST: bool = true;

    fn from_list<'de, A: SeqAccess<'de>>(mut items: A) -> Result<Field<Self>, A::Error> {
        let mut list = Self::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Field::Given(list))
    }
}

/// A type of a field as the handler wants it.
pub(crate) trait FieldType: Sized {
    /// The type as it comes in.
    type Held: Held;

    /// Checks what came in at `place`.
    fn checked(held: Self::Held, place: &Place<'_>) -> Result<Self, MlflowError>;

    /// Whether a required field counts as missing with this value.
    fn is_empty(&self) -> bool {
        false
    }
}

macro_rules! scalars {
    ($($name:ty: $empty:expr,)*) => {
        $(impl FieldType for $name {
            type Held = Self;

            fn checked(held: Self, _: &Place<'_>) -> Result<Self, MlflowError> {
                Ok(held)
            }

            fn is_empty(&self) -> bool {
                let is_empty: fn(&Self) -> bool = $empty;
                is_empty(self)
            }
        })*
    };
}

scalars! {
    String: String::is_empty,
    i64: |_| false,
    f64: |_| false,
    bool: |_| false,
}

impl<T: FieldType> FieldType for Vec<T> {
    type Held = Vec<Field<T::Held>>;

    fn checked(held: Self::Held, place: &Place<'_>) -> Result<Self, MlflowError> {
        let items = held.into_iter().enumerate();
        items
            .map(|(index, item)| match item {
                Field::Given(held) => T::checked(held, &Place::Item(place, index)),
                Field::Absent => Err(Place::Item(place, index).wrong(&Value::Null)),
                Field::Wrong(value) => Err(Place::Item(place, index).wrong(&value)),
            })
            .collect()
    }
}

/// How a field is checked; the names are those that declarations use.
pub(crate) mod presence {
    use super::{Field, FieldType, MlflowError, Place, Value};

    /// A field that must be there.
    pub(crate) fn required<T: FieldType>(field: Field<T::Held>, place: &Place<'_>) -> Result<T, MlflowError> {
        match field {
            Field::Absent => Err(place.missing()),
            Field::Wrong(Value::String(text)) if text.is_empty() => Err(place.missing()),
            Field::Wrong(value) => Err(place.wrong(&value)),
            Field::Given(held) => {
                let value = T::checked(held, place)?;
                if value.is_empty() { Err(place.missing()) } else { Ok(value) }
            }
        }
    }

    /// A field that may be absent.
    pub(crate) fn optional<T: FieldType>(
        field: Field<T::Held>,
        place: &Place<'_>,
    ) -> Result<Option<T>, MlflowError> {
        match field {
            Field::Absent => Ok(None),
            Field::Wrong(value) => Err(place.wrong(&value)),
            Field::Given(held) => T::checked(held, place).map(Some),
        }
    }

    /// A field that is empty (`""`, an empty list) when absent.
    pub(crate) fn plain<T: FieldType + Default>(
        field: Field<T::Held>,
        place: &Place<'_>,
    ) -> Result<T, MlflowError> {
        optional(field, place).map(Option::unwrap_or_default)
    }
}

/// A message of a request.
pub(crate) trait Message: Sized {
    /// The fields as they come in.
    type Fields: Default + Held;

    /// Checks the fields in their order.
    fn checked(fields: Self::Fields, place: &Place<'_>) -> Result<Self, MlflowError>;

    /// Reads a JSON body. Text that is no JSON counts as an empty object, as in MLflow; so does JSON that is no
    /// object. Some old clients send the object as a JSON text.
    fn from_json(body: &[u8]) -> Result<Self, MlflowError> {
        let fields = match serde_json::from_slice::<Field<Self::Fields>>(body) {
            Ok(Field::Given(fields)) => fields,
            Ok(Field::Wrong(Value::String(text))) if text.starts_with('{') => {
                return Self::from_json(text.as_bytes());
            }
            // The only thing that well-formed JSON can do wrong here.
            Err(error) if error.is_data() => {
                return Err(MlflowError::invalid(format!("The request is ambiguous: {error}")));
            }
            Ok(_) | Err(_) => Self::Fields::default(),
        };
        Self::checked(fields, &Place::Root)
    }

    /// Reads a query string: a repeated name is a list.
    fn from_query(query: &str) -> Result<Self, MlflowError> {
        let pairs = QueryPairs::of(query);
        let fields = Self::Fields::from_members(pairs);
        let fields =
            fields.map_err(|error: serde::de::value::Error| MlflowError::invalid(error.to_string()))?;
        match fields {
            Field::Given(fields) => Self::checked(fields, &Place::Root),
            Field::Absent | Field::Wrong(_) => Self::checked(Self::Fields::default(), &Place::Root),
        }
    }
}

/// Reads a name of a field that a message knows.
pub(crate) struct KnownName(pub(crate) &'static [&'static str]);

impl<'de> DeserializeSeed<'de> for KnownName {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for KnownName {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Option<usize>, E> {
        Ok(self.0.iter().position(|known| *known == name))
    }
}

/// Declares a message. Each field is `required`, `optional` (an [`Option`]) or `plain` (empty when absent).
macro_rules! message {
    (
        $(#[$attribute:meta])*
        struct $name:ident {
            $( $(#[$field_attribute:meta])* $presence:ident $field:ident: $type:ty, )*
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug)]
        pub(crate) struct $name {
            $( $(#[$field_attribute])* pub(crate) $field: $crate::mlflow::message::present!($presence $type), )*
        }

        const _: () = {
            use $crate::mlflow::message::{Field, FieldType, Held, KnownName, Message, Place, presence};

            #[derive(Default)]
            pub(crate) struct Fields {
                $( $field: Field<<$type as FieldType>::Held>, )*
            }

            const NAMES: &[&str] = &[$( stringify!($field), )*];

            impl Held for Fields {
                fn from_members<'de, A: serde::de::MapAccess<'de>>(
                    mut members: A,
                ) -> Result<Field<Self>, A::Error> {
                    let mut fields = Self::default();
                    let mut seen = 0_u64;
                    while let Some(known) = members.next_key_seed(KnownName(NAMES))? {
                        let Some(index) = known else {
                            members.next_value::<serde::de::IgnoredAny>()?;
                            continue;
                        };
                        if seen & 1 << index != 0 {
                            return Err(serde::de::Error::duplicate_field(NAMES[index]));
                        }
                        seen |= 1 << index;
                        let mut number = 0..;
                        $(
                            if number.next() == Some(index) {
                                fields.$field = members.next_value()?;
                                continue;
                            }
                        )*
                    }
                    Ok(Field::Given(fields))
                }
            }

            impl Message for $name {
                type Fields = Fields;

                fn checked(fields: Fields, place: &Place<'_>) -> Result<Self, $crate::mlflow::error::MlflowError> {
                    Ok(Self {
                        $( $field: presence::$presence::<$type>(
                            fields.$field,
                            &Place::Field(place, stringify!($field)),
                        )?, )*
                    })
                }
            }

            impl FieldType for $name {
                type Held = Fields;

                fn checked(held: Fields, place: &Place<'_>) -> Result<Self, $crate::mlflow::error::MlflowError> {
                    <Self as Message>::checked(held, place)
                }
            }
        };
    };
}

/// The type that a field has in the struct.
macro_rules! present {
    (required $type:ty) => { $type };
    (plain $type:ty) => { $type };
    (optional $type:ty) => { Option<$type> };
}

pub(crate) use {message, present};
