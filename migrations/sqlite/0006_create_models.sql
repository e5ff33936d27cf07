-- Twin: migrations/postgres/0006_create_models.sql
-- Models that runs produced, in MLflow's sense of "logged model".
CREATE TABLE logged_models (
    logged_model  INTEGER PRIMARY KEY AUTOINCREMENT,
    model_id      TEXT NOT NULL UNIQUE,
    experiment    INTEGER NOT NULL REFERENCES experiments (experiment),
    run           INTEGER REFERENCES runs (run) ON DELETE CASCADE,
    name          TEXT NOT NULL,
    model_type    TEXT NOT NULL,
    status        TEXT NOT NULL,
    deleted       INTEGER NOT NULL DEFAULT 0 CHECK (deleted IN (0, 1)),
    created_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX logged_models_by_experiment ON logged_models (experiment, created_at_ms DESC);
CREATE INDEX logged_models_by_run ON logged_models (run);

-- The registry: names, their versions, and aliases that point to versions.
CREATE TABLE registered_models (
    registered_model INTEGER PRIMARY KEY AUTOINCREMENT,
    name             TEXT NOT NULL UNIQUE,
    description      TEXT NOT NULL DEFAULT '',
    created_at_ms    INTEGER NOT NULL,
    updated_at_ms    INTEGER NOT NULL
) STRICT;

CREATE TABLE registered_model_tags (
    registered_model INTEGER NOT NULL REFERENCES registered_models (registered_model) ON DELETE CASCADE,
    key              TEXT NOT NULL,
    value            TEXT NOT NULL,
    PRIMARY KEY (registered_model, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE model_versions (
    registered_model INTEGER NOT NULL REFERENCES registered_models (registered_model) ON DELETE CASCADE,
    version          INTEGER NOT NULL CHECK (version > 0),
    run              INTEGER REFERENCES runs (run) ON DELETE SET NULL,
    logged_model     INTEGER REFERENCES logged_models (logged_model) ON DELETE SET NULL,
    model_type       TEXT NOT NULL,
    description      TEXT NOT NULL DEFAULT '',
    created_at_ms    INTEGER NOT NULL,
    PRIMARY KEY (registered_model, version)
) STRICT, WITHOUT ROWID;

CREATE INDEX model_versions_by_run ON model_versions (run);
CREATE INDEX model_versions_by_logged_model ON model_versions (logged_model);

CREATE TABLE model_version_tags (
    registered_model INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    key              TEXT NOT NULL,
    value            TEXT NOT NULL,
    PRIMARY KEY (registered_model, version, key),
    FOREIGN KEY (registered_model, version) REFERENCES model_versions (registered_model, version)
        ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE model_aliases (
    registered_model INTEGER NOT NULL,
    alias            TEXT NOT NULL,
    version          INTEGER NOT NULL,
    PRIMARY KEY (registered_model, alias),
    FOREIGN KEY (registered_model, version) REFERENCES model_versions (registered_model, version)
        ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX model_aliases_by_version ON model_aliases (registered_model, version);

-- Every change of an alias, only ever added to. No version means that the alias was removed.
CREATE TABLE alias_events (
    alias_event      INTEGER PRIMARY KEY AUTOINCREMENT,
    registered_model INTEGER NOT NULL REFERENCES registered_models (registered_model) ON DELETE CASCADE,
    alias            TEXT NOT NULL,
    version          INTEGER,
    at_ms            INTEGER NOT NULL,
    changed_by       TEXT NOT NULL
) STRICT;

CREATE INDEX alias_events_by_model ON alias_events (registered_model, alias_event);
