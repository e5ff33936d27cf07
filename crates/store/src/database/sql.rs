//! Statements that are put together at run time.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder};

use super::{Connection, on_connection};
use crate::Result;

/// Adds text and values to the builder of either database.
macro_rules! write_pieces {
    ($sql:expr, $builder:ident) => {
        for piece in $sql.pieces {
            match piece {
                Piece::Text(text) => $builder.push(text),
                Piece::Value(Value::Integer(value)) => $builder.push_bind(value),
                Piece::Value(Value::Real(value)) => $builder.push_bind(value),
                Piece::Value(Value::Text(value)) => $builder.push_bind(value),
            };
        }
    };
}

/// A statement under construction, for either database.
///
/// Text can only be pushed if it is part of the program; everything else is bound as a value. So nothing that
/// a user wrote can become SQL.
#[derive(Debug, Default)]
pub(crate) struct Sql {
    pieces: Vec<Piece>,
    is_one_off: bool,
}

#[derive(Debug)]
enum Piece {
    Text(&'static str),
    Value(Value),
}

/// A bound value.
#[derive(Debug)]
pub(crate) enum Value {
    Integer(i64),
    Real(f64),
    Text(String),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl Sql {
    pub(crate) fn new(text: &'static str) -> Self {
        Self { pieces: vec![Piece::Text(text)], is_one_off: false }
    }

    pub(crate) fn push(&mut self, text: &'static str) -> &mut Self {
        self.pieces.push(Piece::Text(text));
        self
    }

    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.pieces.push(Piece::Value(value.into()));
        self
    }

    /// Adds the values in parentheses: `($1, $2)`. Without values it is `(NULL)`, which equals nothing.
    pub(crate) fn bind_list<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        self.push("(");
        let mut is_empty = true;
        for value in values {
            if !is_empty {
                self.push(", ");
            }
            is_empty = false;
            self.bind(value);
        }
        self.push(if is_empty { "NULL)" } else { ")" })
    }

    /// Whether the statement is kept prepared: a small one for a row or two comes again and again. Others come
    /// in endless variety and would push the common ones out of the cache.
    fn is_common(&self) -> bool {
        const PIECES_MAX: usize = 100;
        !self.is_one_off && self.pieces.len() <= PIECES_MAX
    }

    /// Says that the shape of the statement depends on what a user asked for.
    pub(crate) fn one_off(&mut self) -> &mut Self {
        self.is_one_off = true;
        self
    }

    pub(crate) async fn execute(self, connection: &mut Connection<'_>) -> Result<u64> {
        let is_common = self.is_common();
        let changed = on_connection!(*connection, |c| {
            let mut builder = QueryBuilder::new("");
            write_pieces!(self, builder);
            builder.build().persistent(is_common).execute(c).await.map(|done| done.rows_affected())
        })?;
        Ok(changed)
    }

    pub(crate) async fn fetch_all<R>(self, connection: &mut Connection<'_>) -> Result<Vec<R>>
    where
        R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let is_common = self.is_common();
        let rows = on_connection!(*connection, |c| {
            let mut builder = QueryBuilder::new("");
            write_pieces!(self, builder);
            builder.build_query_as::<R>().persistent(is_common).fetch_all(c).await
        })?;
        Ok(rows)
    }
}
