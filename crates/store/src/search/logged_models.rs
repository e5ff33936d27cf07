//! Searching logged models.

use types::search::{Field, LoggedModelAttribute, Test};
use types::{DatasetReference, LoggedModelOrder, LoggedModelPage, LoggedModelQuery};

use super::filter::{check_size, write_exists, write_rest, write_test, write_tree};
use super::offset_token::OffsetToken;
use crate::database::{Dialect, Sql};
use crate::logged_models::{LoggedModelRow, complete_models, logged_model_columns};
use crate::{Error, Result, Store};

/// Columns by which models can be sorted, and so the keys that an order may have.
const SORTED: [&str; 8] = ["o0", "o1", "o2", "o3", "o4", "o5", "o6", "o7"];

/// Datasets that a search may name.
const DATASETS_MAX: usize = 100;

impl Store {
    /// Returns one page of the logged models in use that fit.
    ///
    /// A comparison of a metric is true if one of its points fits; else comparisons are those of
    /// [`Store::search_runs`].
    ///
    /// # Errors
    ///
    /// - `PageToken` if the token is damaged or belongs to another query. The size of the page may change.
    /// - `Query` if filter or order are too large, or compare a text with a number.
    pub async fn search_logged_models(&self, query: &LoggedModelQuery) -> Result<LoggedModelPage> {
        let LoggedModelQuery { experiment_ids, filter, datasets, order_by, max_results, page_token } = query;
        if order_by.len() > SORTED.len() {
            return Err(Error::Query("a search of models can be ordered by at most 8 keys"));
        }
        if datasets.len() > DATASETS_MAX {
            return Err(Error::Query("a search of models can name at most 100 datasets"));
        }
        filter.as_ref().map_or(Ok(()), check_size)?;
        let token = OffsetToken::read(
            page_token.as_deref(),
            &("logged models", experiment_ids, filter, datasets, order_by),
        )?;
        if experiment_ids.is_empty() {
            return Ok(LoggedModelPage { models: Vec::new(), next_page_token: None });
        }

        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        let dialect = connection.dialect();
        let mut sql = Sql::new(concat!("SELECT ", logged_model_columns!()));
        for (order, name) in order_by.iter().zip(SORTED) {
            sql.push(", ");
            write_sorted(&mut sql, order)?;
            sql.push(" AS ").push(name);
        }
        sql.push(" FROM logged_models m LEFT JOIN runs r ON r.run = m.run");
        sql.push(" WHERE m.deleted = 0 AND m.experiment IN ");
        sql.bind_list(experiment_ids.iter().map(|id| id.0));
        if !datasets.is_empty() {
            sql.push(
                " AND EXISTS (SELECT 1 FROM logged_model_metrics f WHERE f.logged_model = m.logged_model",
            );
            write_datasets(&mut sql, datasets);
            sql.push(")");
        }
        if let Some(filter) = filter {
            sql.push(" AND ");
            write_tree(&mut sql, filter, &|sql, field, test| {
                write_comparison(sql, field, test, datasets, dialect)
            })?;
        }
        sql.push(" ORDER BY ");
        for (order, name) in order_by.iter().zip(SORTED) {
            sql.push(name).push(if order.descending { " DESC NULLS LAST, " } else { " NULLS LAST, " });
        }
        // One more than the page tells whether there is another.
        sql.push("m.created_at_ms DESC, m.model_id LIMIT ").bind(i64::from(*max_results) + 1);
        sql.push(" OFFSET ").bind(token.before()).one_off();
        let mut rows = sql.fetch_all::<LoggedModelRow>(&mut connection).await?;
        let next_page_token = token.cut(&mut rows, *max_results);
        Ok(LoggedModelPage { models: complete_models(&mut connection, rows).await?, next_page_token })
    }
}

fn column(attribute: LoggedModelAttribute) -> &'static str {
    match attribute {
        LoggedModelAttribute::Name => "m.name",
        LoggedModelAttribute::Id => "m.model_id",
        LoggedModelAttribute::ModelType => "m.model_type",
        LoggedModelAttribute::Status => "m.status",
        LoggedModelAttribute::SourceRunId => "r.run_id",
        LoggedModelAttribute::CreatedAt => "m.created_at_ms",
        LoggedModelAttribute::UpdatedAt => "m.updated_at_ms",
    }
}

/// Writes the value that models are sorted by; of a metric, that of the latest point.
fn write_sorted(sql: &mut Sql, order: &LoggedModelOrder) -> Result<()> {
    match &order.field {
        Field::Attribute(attribute) => {
            sql.push(column(*attribute));
        }
        Field::Metric { key, .. } if !key.contains('\0') => {
            sql.push(
                "(SELECT CASE WHEN f.is_nan = 1 THEN NULL ELSE f.value END
                FROM logged_model_metrics f
                WHERE f.logged_model = m.logged_model AND f.key = ",
            );
            sql.bind(key.as_str());
            if let Some(dataset) = &order.dataset {
                write_datasets(sql, std::slice::from_ref(dataset));
            }
            sql.push(" ORDER BY f.timestamp_ms DESC, f.step DESC, f.run LIMIT 1)");
        }
        _ => return Err(Error::Query("models are sorted by attributes and metrics")),
    }
    Ok(())
}

/// Writes ` AND` the condition that a point `f` was measured on one of the datasets.
fn write_datasets(sql: &mut Sql, datasets: &[DatasetReference]) {
    let is_storable = |text: &str| !text.contains('\0');
    sql.push(" AND (1 = 0");
    for DatasetReference { name, digest } in datasets {
        if is_storable(name) && is_storable(digest) {
            sql.push(" OR f.dataset_name = ").bind(name.as_str());
            if !digest.is_empty() {
                sql.push(" AND f.dataset_digest = ").bind(digest.as_str());
            }
        }
    }
    sql.push(")");
}

fn write_comparison(
    sql: &mut Sql,
    field: &Field<LoggedModelAttribute>,
    test: &Test,
    datasets: &[DatasetReference],
    dialect: Dialect,
) -> Result<()> {
    match field {
        Field::Attribute(attribute) => {
            let column = column(*attribute);
            if let Test::IsNull { negated } = test {
                sql.push(column).push(if *negated { " IS NOT NULL" } else { " IS NULL" });
                return Ok(());
            }
            // Only the run can be absent; AND makes the comparison false then.
            sql.push("(").push(column).push(" IS NOT NULL AND ");
            write_test(sql, column, test, attribute.is_number(), dialect)?;
            sql.push(")");
            Ok(())
        }
        Field::Metric { key, .. } | Field::Param(key) | Field::Tag(key) if key.contains('\0') => {
            sql.push(if matches!(test, Test::IsNull { negated: false }) { "1 = 1" } else { "1 = 0" });
            Ok(())
        }
        Field::Metric { key, .. } => {
            let points = "SELECT 1 FROM logged_model_metrics f WHERE f.logged_model = m.logged_model";
            write_exists(sql, test, points);
            if !datasets.is_empty() {
                write_datasets(sql, datasets);
            }
            sql.push(" AND f.key = ").bind(key.as_str());
            write_rest(sql, " AND f.is_nan = 0 AND ", "f.value", test, true, dialect)
        }
        Field::Param(key) => {
            let params =
                "SELECT 1 FROM logged_model_params f WHERE f.logged_model = m.logged_model AND f.key = ";
            write_exists(sql, test, params);
            sql.bind(key.as_str());
            write_rest(sql, " AND ", "f.value", test, false, dialect)
        }
        Field::Tag(key) => {
            let tags = "SELECT 1 FROM logged_model_tags f WHERE f.logged_model = m.logged_model AND f.key = ";
            write_exists(sql, test, tags);
            sql.bind(key.as_str());
            write_rest(sql, " AND ", "f.value", test, false, dialect)
        }
        Field::Dataset(_) => Err(Error::Query("models are searched by attributes, metrics, params and tags")),
    }
}
