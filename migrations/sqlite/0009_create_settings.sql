-- Twin: migrations/postgres/0009_create_settings.sql
-- Small facts about this store, by name.
CREATE TABLE settings (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
