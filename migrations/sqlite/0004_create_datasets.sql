-- Twin: migrations/postgres/0004_create_datasets.sql
-- Stored tables. The file is found by its digest; one file may have several names.
CREATE TABLE datasets (
    dataset       INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT NOT NULL,
    digest        TEXT NOT NULL,
    source        TEXT NOT NULL,
    row_count     INTEGER NOT NULL,
    columns_json  TEXT NOT NULL,
    size_bytes    INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    UNIQUE (name, digest)
) STRICT;

CREATE INDEX datasets_by_digest ON datasets (digest);

-- Datasets that runs say they used; clients also name tables that are not stored here.
CREATE TABLE run_inputs (
    run     INTEGER NOT NULL REFERENCES runs (run) ON DELETE CASCADE,
    name    TEXT NOT NULL,
    digest  TEXT NOT NULL,
    context TEXT NOT NULL,
    PRIMARY KEY (run, name, digest, context)
) STRICT, WITHOUT ROWID;
