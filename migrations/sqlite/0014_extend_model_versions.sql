-- Twin: migrations/postgres/0014_extend_model_versions.sql
-- What MLflow's clients say about versions. `source` is what the version was made from, as they wrote it;
-- `location` is where its files are, as `<experiment>/<run>/artifacts/<path>` or
-- `<experiment>/models/<model>/artifacts/<path>`. Both are empty for older versions: those are the folder `model` of
-- their run. A deleted version keeps its number, so that it is not given twice.
ALTER TABLE model_versions ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE model_versions ADD COLUMN location TEXT NOT NULL DEFAULT '';
ALTER TABLE model_versions ADD COLUMN run_link TEXT NOT NULL DEFAULT '';
ALTER TABLE model_versions ADD COLUMN stage TEXT NOT NULL DEFAULT 'None'
    CHECK (stage IN ('None', 'Staging', 'Production', 'Archived'));
ALTER TABLE model_versions ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1));
ALTER TABLE model_versions ADD COLUMN updated_at_ms INTEGER NOT NULL DEFAULT 0;
