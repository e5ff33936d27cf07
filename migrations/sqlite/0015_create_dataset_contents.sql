-- Twin: migrations/postgres/0015_create_dataset_contents.sql
-- What is known about the content of a dataset, whatever its names: what a person wrote about it and its columns, and what a
-- look at it found. Datasets without a row here have not been looked at yet.
CREATE TABLE dataset_contents (
    digest      TEXT NOT NULL PRIMARY KEY,
    description TEXT NOT NULL DEFAULT '',
    edits_json  TEXT NOT NULL DEFAULT '{}',
    report_json TEXT
) STRICT, WITHOUT ROWID;
