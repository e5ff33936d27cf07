-- Twin: migrations/sqlite/0009_create_settings.sql
-- Small facts about this store, by name.
CREATE TABLE settings (
    key   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL
);
