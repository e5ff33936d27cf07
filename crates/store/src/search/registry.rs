//! Searching registered models and their versions.
//!
//! MLflow keeps prompts in its registry too, marked by a tag. They are found only by those who ask for the tag, and
//! what has no such tag counts as having it with the value `false`.

use types::search::{Field, Filter, ModelVersionAttribute, OrderBy, RegisteredModelAttribute, Test};
use types::{RegistryPage, RegistryQuery, VersionPage, VersionQuery};

use super::filter::{WriteLeaf, check_size, write_exists, write_rest, write_test, write_tree};
use super::offset_token::OffsetToken;
use crate::database::{Dialect, Sql};
use crate::registered_models::complete_entries;
use crate::registry::{ModelRow, VersionRow, complete_versions, versions_where};
use crate::{Error, Result, Store};

/// Tag of prompts.
const PROMPT_TAG: &str = "mlflow.prompt.is_prompt";

/// Keys that an order may have.
const KEYS_MAX: usize = 16;

const TOO_MANY_KEYS: Error = Error::Query("a search can be ordered by at most 16 keys");

impl Store {
    /// Returns one page of the registered models that fit. Comparisons are those of [`Store::search_runs`].
    ///
    /// # Errors
    ///
    /// - `PageToken` if the token is damaged or belongs to another query. The size of the page may change.
    /// - `Query` if filter or order are too large, or compare a text with a number.
    pub async fn search_registry(&self, query: &RegistryQuery) -> Result<RegistryPage> {
        let RegistryQuery { filter, order_by, max_results, page_token } = query;
        if order_by.len() > KEYS_MAX {
            return Err(TOO_MANY_KEYS);
        }
        filter.as_ref().map_or(Ok(()), check_size)?;
        let token = OffsetToken::read(page_token.as_deref(), &("models", filter, order_by))?;

        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        let dialect = connection.dialect();
        let mut sql = Sql::new(
            "SELECT m.registered_model, m.name, m.description, m.created_at_ms, m.updated_at_ms
            FROM registered_models m
            WHERE ",
        );
        write_condition(&mut sql, filter.as_ref(), &OF_MODELS, &|sql, field, test| {
            write_comparison(sql, field, test, &OF_MODELS, dialect)
        })?;
        write_order(&mut sql, order_by);
        // One more than the page tells whether there is another.
        sql.push("m.name LIMIT ").bind(i64::from(*max_results) + 1);
        sql.push(" OFFSET ").bind(token.before()).one_off();
        let mut rows = sql.fetch_all::<ModelRow>(&mut connection).await?;
        let next_page_token = token.cut(&mut rows, *max_results);
        Ok(RegistryPage { models: complete_entries(&mut connection, rows).await?, next_page_token })
    }

    /// Returns one page of the versions that fit. Comparisons are those of [`Store::search_runs`].
    ///
    /// # Errors
    ///
    /// As [`Store::search_registry`].
    pub async fn search_versions(&self, query: &VersionQuery) -> Result<VersionPage> {
        let VersionQuery { filter, order_by, max_results, page_token } = query;
        if order_by.len() > KEYS_MAX {
            return Err(TOO_MANY_KEYS);
        }
        filter.as_ref().map_or(Ok(()), check_size)?;
        let token = OffsetToken::read(page_token.as_deref(), &("versions", filter, order_by))?;

        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        let dialect = connection.dialect();
        let mut sql = Sql::new(versions_where!("WHERE v.deleted = 0 AND "));
        write_condition(&mut sql, filter.as_ref(), &OF_VERSIONS, &|sql, field, test| {
            write_comparison(sql, field, test, &OF_VERSIONS, dialect)
        })?;
        write_order(&mut sql, order_by);
        if order_by.is_empty() {
            sql.push("v.updated_at_ms DESC, ");
        }
        sql.push("m.name, v.version DESC LIMIT ").bind(i64::from(*max_results) + 1);
        sql.push(" OFFSET ").bind(token.before()).one_off();
        let mut rows = sql.fetch_all::<VersionRow>(&mut connection).await?;
        let next_page_token = token.cut(&mut rows, *max_results);
        Ok(VersionPage { versions: complete_versions(&mut connection, rows).await?, next_page_token })
    }
}

/// What the two searches do not share.
struct Words {
    /// Begins the look for a tag by its key.
    tag: &'static str,
    /// The value of the tag of prompts.
    prompt: &'static str,
    /// Condition that leaves prompts out.
    no_prompts: &'static str,
}

const OF_MODELS: Words = Words {
    tag: "SELECT 1 FROM registered_model_tags f WHERE f.registered_model = m.registered_model AND f.key = ",
    prompt: "COALESCE((
        SELECT f.value
        FROM registered_model_tags f
        WHERE f.registered_model = m.registered_model AND f.key = 'mlflow.prompt.is_prompt'
    ), 'false')",
    no_prompts: "NOT EXISTS (
        SELECT 1
        FROM registered_model_tags f
        WHERE f.registered_model = m.registered_model AND f.key = 'mlflow.prompt.is_prompt' AND f.value = 'true'
    )",
};

const OF_VERSIONS: Words = Words {
    tag: "SELECT 1 FROM model_version_tags f
        WHERE f.registered_model = v.registered_model AND f.version = v.version AND f.key = ",
    prompt: "COALESCE((
        SELECT f.value
        FROM model_version_tags f
        WHERE f.registered_model = v.registered_model AND f.version = v.version
            AND f.key = 'mlflow.prompt.is_prompt'
    ), 'false')",
    no_prompts: "NOT EXISTS (
        SELECT 1
        FROM model_version_tags f
        WHERE f.registered_model = v.registered_model AND f.version = v.version
            AND f.key = 'mlflow.prompt.is_prompt' AND f.value = 'true'
    )",
};

/// An attribute with its column.
trait Attribute: Copy {
    fn column(self) -> &'static str;
    fn holds_number(self) -> bool;
}

impl Attribute for RegisteredModelAttribute {
    fn column(self) -> &'static str {
        match self {
            Self::Name => "m.name",
            Self::CreatedAt => "m.created_at_ms",
            Self::UpdatedAt => "m.updated_at_ms",
        }
    }

    fn holds_number(self) -> bool {
        self.is_number()
    }
}

impl Attribute for ModelVersionAttribute {
    fn column(self) -> &'static str {
        match self {
            Self::Name => "m.name",
            Self::RunId => "COALESCE(r.run_id, '')",
            Self::SourcePath => "v.source",
            Self::VersionNumber => "v.version",
            Self::CreatedAt => "v.created_at_ms",
            Self::UpdatedAt => "v.updated_at_ms",
        }
    }

    fn holds_number(self) -> bool {
        self.is_number()
    }
}

fn write_condition<A>(
    sql: &mut Sql,
    filter: Option<&Filter<A>>,
    words: &Words,
    write_leaf: &WriteLeaf<'_, A>,
) -> Result<()> {
    if !filter.is_some_and(asks_for_prompts) {
        sql.push(words.no_prompts).push(" AND ");
    }
    if let Some(filter) = filter {
        return write_tree(sql, filter, write_leaf);
    }
    sql.push("1 = 1");
    Ok(())
}

fn asks_for_prompts<A>(filter: &Filter<A>) -> bool {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(asks_for_prompts),
        Filter::Not(part) => asks_for_prompts(part),
        Filter::Compare { field, .. } => matches!(field, Field::Tag(key) if key == PROMPT_TAG),
    }
}

/// Writes ` ORDER BY` with what was asked for; the rest of the order follows.
fn write_order<A: Attribute>(sql: &mut Sql, order_by: &[OrderBy<A>]) {
    sql.push(" ORDER BY ");
    for order in order_by {
        if let Field::Attribute(attribute) = &order.field {
            sql.push(attribute.column()).push(if order.descending { " DESC, " } else { ", " });
        }
    }
}

fn write_comparison<A: Attribute>(
    sql: &mut Sql,
    field: &Field<A>,
    test: &Test,
    words: &Words,
    dialect: Dialect,
) -> Result<()> {
    match field {
        Field::Attribute(attribute) => {
            if let Test::IsNull { negated } = test {
                sql.push(if *negated { "1 = 1" } else { "1 = 0" });
                return Ok(());
            }
            sql.push("(");
            write_test(sql, attribute.column(), test, attribute.holds_number(), dialect)?;
            sql.push(")");
            Ok(())
        }
        Field::Tag(key) if key == PROMPT_TAG && !matches!(test, Test::IsNull { .. }) => {
            sql.push("(");
            write_test(sql, words.prompt, test, false, dialect)?;
            sql.push(")");
            Ok(())
        }
        Field::Tag(key) if key.contains('\0') => {
            sql.push(if matches!(test, Test::IsNull { negated: false }) { "1 = 1" } else { "1 = 0" });
            Ok(())
        }
        Field::Tag(key) => {
            write_exists(sql, test, words.tag);
            sql.bind(key.as_str());
            write_rest(sql, " AND ", "f.value", test, false, dialect)
        }
        Field::Metric { .. } | Field::Param(_) | Field::Dataset(_) => {
            Err(Error::Query("registered models have attributes and tags"))
        }
    }
}
