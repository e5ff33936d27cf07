//! What runs used and made: datasets and logged models.

use futures::FutureExt;
use types::{DatasetDetails, DatasetInput, DatasetSummary, ExperimentId, ModelRole, RunId, RunModel};

use crate::batch::RunKeys;
use crate::database::{Change, Connection, Sql, execute, fetch_optional};
use crate::{Error, Result, Store};

/// Datasets that are listed at most; MLflow's number.
const DATASETS_MAX: i64 = 1000;

const RUN_KEYS: &str = "SELECT run, experiment FROM runs WHERE run_id = $1";

const INSERT_DATASET: &str = "
    INSERT INTO input_datasets (experiment, name, digest, source_type, source, schema, profile)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (experiment, name, digest) DO NOTHING";

const INSERT_INPUT: &str = "
    INSERT INTO run_inputs (run, name, digest, context, tags_json)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (run, name, digest, context) DO NOTHING";

const LOGGED_MODEL_KEY: &str = "SELECT logged_model FROM logged_models WHERE model_id = $1 AND deleted = 0";

const INSERT_MODEL: &str = "
    INSERT INTO run_models (run, role, logged_model, step)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (run, role, logged_model) DO NOTHING";

/// The name of a role in the database.
pub(crate) fn role_name(role: ModelRole) -> &'static str {
    match role {
        ModelRole::Input => "input",
        ModelRole::Output => "output",
    }
}

impl Store {
    /// Adds datasets and logged models that a run used or made; those it has already stay. `false` if there is no
    /// such run.
    ///
    /// # Errors
    ///
    /// - `Missing` if there is no such logged model.
    /// - `ZeroCharacter` if a text contains U+0000.
    pub async fn insert_inputs(
        &self,
        id: &RunId,
        datasets: &[DatasetInput],
        models: &[RunModel],
    ) -> Result<bool> {
        for input in datasets {
            refuse_zero(input)?;
        }
        let (id, datasets, models) = (id.clone(), datasets.to_vec(), models.to_vec());
        self.write(move |mut connection| {
            async move {
                let found = fetch_optional!(connection, (i64, i64), RUN_KEYS, id.as_str())?;
                let Some((run, experiment)) = found else { return Ok(Change::Undo(false)) };
                insert_input_rows(&mut connection, RunKeys { run, experiment }, &datasets).await?;
                for model in &models {
                    insert_model_row(&mut connection, run, model).await?;
                }
                Ok(Change::Keep(true))
            }
            .boxed()
        })
        .await
    }

    /// Returns the datasets that runs of these experiments used, each with each of its contexts; 1000 at most.
    pub async fn input_datasets(&self, experiments: &[ExperimentId]) -> Result<Vec<DatasetSummary>> {
        let mut snapshot = self.snapshot().await?;
        let mut connection = snapshot.connection();
        let mut sql = Sql::new(
            "SELECT DISTINCT r.experiment, i.name, i.digest, i.context
            FROM runs r
            JOIN run_inputs i ON i.run = r.run
            WHERE r.experiment IN ",
        );
        sql.bind_list(experiments.iter().map(|id| id.0));
        sql.push(" ORDER BY r.experiment, i.name, i.digest, i.context LIMIT ").bind(DATASETS_MAX).one_off();
        let rows = sql.fetch_all::<(i64, String, String, String)>(&mut connection).await?;
        let summary = |(experiment, name, digest, context)| DatasetSummary {
            experiment_id: ExperimentId(experiment),
            name,
            digest,
            context,
        };
        Ok(rows.into_iter().map(summary).collect())
    }
}

fn refuse_zero(input: &DatasetInput) -> Result<()> {
    let DatasetInput { name, digest, context, details } = input;
    let mut texts = vec![name, digest, context];
    if let Some(DatasetDetails { source_type, source, schema, profile, tags }) = details {
        texts.extend([source_type, source]);
        texts.extend(schema.iter().chain(profile));
        texts.extend(tags.iter().flat_map(|(key, value)| [key, value]));
    }
    if texts.iter().any(|text| text.contains('\0')) {
        return Err(Error::ZeroCharacter { what: "a text of a dataset".to_owned() });
    }
    Ok(())
}

/// Stores the use of datasets, and what is said about those that are new to the experiment.
pub(crate) async fn insert_input_rows(
    connection: &mut Connection<'_>,
    keys: RunKeys,
    inputs: &[DatasetInput],
) -> Result<()> {
    for input in inputs {
        let mut tags = "[]".to_owned();
        if let Some(details) = &input.details {
            execute!(
                *connection,
                INSERT_DATASET,
                keys.experiment,
                &input.name,
                &input.digest,
                &details.source_type,
                &details.source,
                &details.schema,
                &details.profile
            )?;
            tags = serde_json::to_string(&details.tags)
                .map_err(|error| Error::inconsistent(format!("tags of a dataset: {error}")))?;
        }
        execute!(*connection, INSERT_INPUT, keys.run, &input.name, &input.digest, &input.context, &tags)?;
    }
    Ok(())
}

async fn insert_model_row(connection: &mut Connection<'_>, run: i64, model: &RunModel) -> Result<()> {
    let found = fetch_optional!(*connection, (i64,), LOGGED_MODEL_KEY, &model.model_id)?;
    let Some((logged_model,)) = found else {
        return Err(Error::Missing { what: "logged model", id: model.model_id.clone() });
    };
    execute!(*connection, INSERT_MODEL, run, role_name(model.role), logged_model, model.step)?;
    Ok(())
}
