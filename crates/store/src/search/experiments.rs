//! Searching experiments.
//!
//! There are thousands of them at most, so pages count rows: a token says how many came before.

use std::collections::HashMap;

use types::search::{ExperimentAttribute, Field, Test};
use types::{ExperimentPage, ExperimentQuery, Tag, TagKey, View};

use super::filter::{check_size, write_rest, write_test, write_tree};
use super::offset_token::OffsetToken;
use crate::database::{Dialect, Sql};
use crate::experiments::ExperimentRow;
use crate::{Error, Result, Store};

/// Keys that an order may have.
const KEYS_MAX: usize = 16;

/// Experiments whose tags are fetched with one statement.
const AT_ONCE: usize = 8000;

impl Store {
    /// Returns one page of the experiments that fit. Comparisons are those of [`Store::search_runs`].
    ///
    /// # Errors
    ///
    /// - `PageToken` if the token is damaged or belongs to another query. The size of the page may change.
    /// - `Query` if filter or order are too large, or compare a text with a number.
    pub async fn search_experiments(&self, query: &ExperimentQuery) -> Result<ExperimentPage> {
        let ExperimentQuery { filter, order_by, view, max_results, page_token } = query;
        if order_by.len() > KEYS_MAX {
            return Err(Error::Query("a search can be ordered by at most 16 keys"));
        }
        filter.as_ref().map_or(Ok(()), check_size)?;
        let token = OffsetToken::read(page_token.as_deref(), &("experiments", filter, order_by, view))?;

        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        let dialect = connection.dialect();
        let mut sql = Sql::new(
            "SELECT e.experiment, e.name, e.deleted, e.goal_metric, e.goal_direction, e.created_at_ms,
                e.updated_at_ms
            FROM experiments e
            WHERE ",
        );
        sql.push(match view {
            View::Active => "e.deleted = 0",
            View::Deleted => "e.deleted = 1",
            View::All => "1 = 1",
        });
        if let Some(filter) = filter {
            sql.push(" AND ");
            write_tree(&mut sql, filter, &|sql, field, test| write_comparison(sql, field, test, dialect))?;
        }
        sql.push(" ORDER BY ");
        for order in order_by {
            if let Field::Attribute(attribute) = &order.field {
                sql.push(sort_column(*attribute)).push(if order.descending { " DESC, " } else { ", " });
            }
        }
        // One more than the page tells whether there is another.
        sql.push("e.created_at_ms DESC, e.experiment DESC LIMIT ").bind(i64::from(*max_results) + 1);
        sql.push(" OFFSET ").bind(token.before()).one_off();
        let mut rows = sql.fetch_all::<ExperimentRow>(&mut connection).await?;
        let next_page_token = token.cut(&mut rows, *max_results);

        let keys: Vec<i64> = rows.iter().map(|row| row.experiment).collect();
        let mut tags: HashMap<i64, Vec<Tag>> = HashMap::new();
        for keys in keys.chunks(AT_ONCE) {
            let mut sql = Sql::new("SELECT experiment, key, value FROM experiment_tags WHERE experiment IN ");
            sql.bind_list(keys.iter().copied()).push(" ORDER BY experiment, key").one_off();
            for (experiment, key, value) in sql.fetch_all::<(i64, String, String)>(&mut connection).await? {
                tags.entry(experiment).or_default().push(Tag { key: TagKey::parse(&key)?, value });
            }
        }
        let experiments = rows.into_iter().map(|row| {
            let tags = tags.remove(&row.experiment).unwrap_or_default();
            row.into_experiment(tags)
        });
        Ok(ExperimentPage { experiments: experiments.collect::<Result<_>>()?, next_page_token })
    }
}

fn sort_column(attribute: ExperimentAttribute) -> &'static str {
    match attribute {
        ExperimentAttribute::Name => "e.name",
        ExperimentAttribute::Id => "e.experiment",
        ExperimentAttribute::CreatedAt => "e.created_at_ms",
        ExperimentAttribute::UpdatedAt => "e.updated_at_ms",
    }
}

fn write_comparison(
    sql: &mut Sql,
    field: &Field<ExperimentAttribute>,
    test: &Test,
    dialect: Dialect,
) -> Result<()> {
    match field {
        Field::Attribute(attribute) => {
            let column = match attribute {
                // It is compared as clients see it.
                ExperimentAttribute::Id => "CAST(e.experiment AS TEXT)",
                other => sort_column(*other),
            };
            if let Test::IsNull { negated } = test {
                sql.push(if *negated { "1 = 1" } else { "1 = 0" });
                return Ok(());
            }
            sql.push("(");
            write_test(sql, column, test, attribute.is_number(), dialect)?;
            sql.push(")");
            Ok(())
        }
        Field::Tag(key) => {
            let absent = matches!(test, Test::IsNull { negated: false });
            if key.contains('\0') {
                sql.push(if absent { "1 = 1" } else { "1 = 0" });
                return Ok(());
            }
            sql.push(if absent { "NOT EXISTS (" } else { "EXISTS (" });
            sql.push("SELECT 1 FROM experiment_tags f WHERE f.experiment = e.experiment AND f.key = ");
            sql.bind(key.as_str());
            write_rest(sql, " AND ", "f.value", test, false, dialect)
        }
        Field::Metric { .. } | Field::Param(_) | Field::Dataset(_) => {
            Err(Error::Query("experiments have attributes and tags"))
        }
    }
}
