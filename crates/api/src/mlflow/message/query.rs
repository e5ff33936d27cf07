//! A query string as the members of a message.

use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, Visitor};

/// The names and texts of a query string, with the values of one name together.
pub(super) struct QueryPairs(std::vec::IntoIter<(String, Vec<String>)>, Vec<String>);

impl QueryPairs {
    pub(super) fn of(query: &str) -> Self {
        let mut groups: Vec<(String, Vec<String>)> = Vec::new();
        for (name, text) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            match groups.iter_mut().find(|(known, _)| *known == name) {
                Some((_, texts)) => texts.push(text),
                None => groups.push((name, vec![text])),
            }
        }
        Self(groups.into_iter(), Vec::new())
    }
}

impl<'de> MapAccess<'de> for QueryPairs {
    type Error = serde::de::value::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error> {
        let Some((name, texts)) = self.0.next() else { return Ok(None) };
        self.1 = texts;
        seed.deserialize(serde::de::value::StringDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Self::Error> {
        seed.deserialize(QueryTexts(std::mem::take(&mut self.1)))
    }
}

/// The values of one name in a query string.
struct QueryTexts(Vec<String>);

impl<'de> Deserializer<'de> for QueryTexts {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        // The first counts, as in Flask.
        visitor.visit_str(self.0.first().map_or("", String::as_str))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_seq(serde::de::value::SeqDeserializer::new(self.0.into_iter()))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
