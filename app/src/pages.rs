//! The pages, one file for each route.

pub mod compare;
pub mod dataset;
pub mod dataset_list;
pub mod experiment;
pub mod experiment_list;
pub mod home;
pub mod job;
pub mod models;
pub mod not_found;
pub mod run;
pub mod train;
pub mod value;

pub use compare::ComparePage;
pub use dataset::DatasetPage;
pub use dataset_list::DatasetListPage;
pub use experiment::ExperimentPage;
pub use experiment_list::ExperimentListPage;
pub use home::HomePage;
pub use job::JobPage;
pub use models::ModelsPage;
pub use not_found::NotFoundPage;
pub use run::RunPage;
pub use train::TrainPage;
pub use value::ValuePage;
