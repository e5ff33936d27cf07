//! The schema that an empty database gets, as a snapshot for each database.

use std::fmt::Write as _;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection as _, PgConnection};

use crate::fixture::*;

#[tokio::test]
async fn the_schema_of_sqlite_is_this() {
    on_sqlite(|store| async move {
        let options: SqliteConnectOptions = store.options.database_url.parse()?;
        let mut connection = options.connect().await?;
        let texts: Vec<String> = sqlx::query_scalar(
            "SELECT sql
            FROM sqlite_schema
            WHERE sql IS NOT NULL AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
            ORDER BY tbl_name, type DESC, name",
        )
        .fetch_all(&mut connection)
        .await?;
        connection.close().await?;
        insta::assert_snapshot!("schema_sqlite", texts.join("\n\n"));
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_schema_of_postgres_is_this() {
    on_postgres(|store| async move {
        let mut connection = PgConnection::connect(&store.options.database_url).await?;
        let mut schema = String::new();
        let columns: Vec<(String, String, String, String, Option<String>)> = sqlx::query_as(
            "SELECT table_name::text, column_name::text,
                data_type::text || COALESCE(' COLLATE ' || collation_name, ''), is_nullable::text,
                COALESCE(column_default::text, CASE is_identity WHEN 'YES' THEN 'identity' END)
            FROM information_schema.columns
            WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_%'
            ORDER BY table_name, ordinal_position",
        )
        .fetch_all(&mut connection)
        .await?;
        for (table, column, kind, nullable, default) in columns {
            let null = if nullable == "YES" { "" } else { " NOT NULL" };
            let default = default.map(|default| format!(" DEFAULT {default}")).unwrap_or_default();
            writeln!(schema, "{table}.{column} {kind}{null}{default}")?;
        }
        let constraints: Vec<(String, String)> = sqlx::query_as(
            "SELECT conrelid::regclass::text, pg_get_constraintdef(oid)
            FROM pg_constraint
            WHERE connamespace = current_schema()::regnamespace AND conrelid::regclass::text NOT LIKE '\\_%'
            ORDER BY 1, 2",
        )
        .fetch_all(&mut connection)
        .await?;
        for (table, constraint) in constraints {
            writeln!(schema, "{table}: {constraint}")?;
        }
        let indexes: Vec<(String,)> = sqlx::query_as(
            "SELECT replace(indexdef, schemaname || '.', '')
            FROM pg_indexes
            WHERE schemaname = current_schema() AND tablename NOT LIKE '\\_%'
            ORDER BY tablename, indexname",
        )
        .fetch_all(&mut connection)
        .await?;
        for (index,) in indexes {
            writeln!(schema, "{index}")?;
        }
        connection.close().await?;
        insta::assert_snapshot!("schema_postgres", schema);
        Ok(())
    })
    .await;
}
