//! Tokens that say where the next page begins.

use serde::{Deserialize, Serialize};
use types::search::Field;
use types::{Run, RunId, RunQuery};

use super::order::Keys;
use super::sort_value;
use crate::database::Sql;
use crate::files::{hex, sha256_hex};
use crate::{Error, Result};

/// Longest token that is read, in bytes: 16 texts of params, written as hexadecimal digits, and then some.
const LENGTH_MAX: usize = 1 << 20;

/// Digits of a fingerprint.
const FINGERPRINT: usize = 32;

/// The value of a sort key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Key {
    Integer(i64),
    /// The bits of a number, since JSON has no infinities.
    Real(u64),
    Text(String),
}

impl Key {
    pub(crate) fn bind_to(&self, sql: &mut Sql) {
        match self {
            Self::Integer(value) => sql.bind(*value),
            Self::Real(bits) => sql.bind(f64::from_bits(*bits)),
            Self::Text(value) => sql.bind(value.as_str()),
        };
    }
}

/// Sort keys of the last run of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PageToken {
    keys: Vec<(u8, Key)>,
    started_at_ms: i64,
    run_id: RunId,
}

/// Identifies a query: a token of another one is refused.
pub(crate) fn fingerprint(query: &RunQuery) -> String {
    let RunQuery { experiment_ids, filter, order_by, view, max_results: _, page_token: _ } = query;
    let text = format!("1 {experiment_ids:?} {filter:?} {order_by:?} {view:?}");
    let mut digest = sha256_hex(text.as_bytes());
    digest.truncate(FINGERPRINT);
    digest
}

impl PageToken {
    /// The token of the page that begins after `run`.
    pub(crate) fn after(run: &Run, keys: &Keys) -> Self {
        Self {
            keys: keys.fields().map(|field| sort_value(run, field)).collect(),
            started_at_ms: run.started_at.0,
            run_id: run.id.clone(),
        }
    }

    /// Writes fingerprint and keys as hexadecimal digits, which need no escaping anywhere.
    pub(crate) fn write(&self, fingerprint: &str) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        format!("{fingerprint}{}", hex(&json))
    }

    /// Reads a token of the query with this fingerprint.
    pub(crate) fn read(text: &str, fingerprint: &str, keys: &Keys) -> Result<Self> {
        let digits = text.strip_prefix(fingerprint).filter(|digits| digits.len() <= LENGTH_MAX);
        let token: Self = digits
            .and_then(bytes_from_hex)
            .and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or(Error::PageToken)?;
        let fits = token.keys.len() == keys.fields().len()
            && token.keys.iter().zip(keys.fields()).all(|(key, field)| is_key_of(key, field));
        if fits { Ok(token) } else { Err(Error::PageToken) }
    }

    pub(crate) fn keys(&self) -> &[(u8, Key)] {
        &self.keys
    }

    pub(crate) fn first_class(&self) -> u8 {
        self.keys.first().map_or(0, |(class, _)| *class)
    }

    pub(crate) fn started_at(&self) -> i64 {
        self.started_at_ms
    }

    pub(crate) fn run_id(&self) -> &str {
        self.run_id.as_str()
    }
}

/// Whether a key read from a token can be one of this field.
fn is_key_of((class, key): &(u8, Key), field: &Field) -> bool {
    match (field, key) {
        (Field::Metric { .. }, Key::Real(bits)) => *class <= 2 && !f64::from_bits(*bits).is_nan(),
        (Field::Param(_) | Field::Tag(_), Key::Text(text)) => matches!(class, 0 | 2) && !text.contains('\0'),
        (Field::Attribute(attribute), Key::Integer(_)) => matches!(class, 0 | 2) && attribute.is_number(),
        (Field::Attribute(attribute), Key::Text(text)) => {
            *class == 0 && !attribute.is_number() && !text.contains('\0')
        }
        _ => false,
    }
}

fn bytes_from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes().chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}
