//! Conformance tests: every function of the store, on SQLite always and on PostgreSQL if `TEST_POSTGRES_URL`
//! says where one is.

#![expect(clippy::unwrap_used, reason = "what a test cannot unwrap, it reports by failing")]

mod artifacts;
mod datasets;
mod experiments;
mod filter_properties;
mod filters;
mod fixture;
mod importing;
mod jobs;
mod logged_models;
mod logs;
mod metrics;
mod opening;
mod paging;
mod registry;
mod runs;
mod schema;
mod writing;
