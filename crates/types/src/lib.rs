#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod algorithm;
mod artifact;
mod artifact_location;
pub mod car;
mod dataset;
mod dataset_report;
mod error_kind;
mod evaluation;
mod experiment;
mod explanation;
pub mod fault;
mod identifier;
mod invalid;
mod job;
mod language;
mod logged_model;
mod metric;
mod model;
mod prediction;
pub mod real;
mod response;
mod run;
pub mod search;
mod tag;
mod text;
mod time;
mod training;
mod verdict;

pub use algorithm::{Algorithm, MaxFeatures};
pub use artifact::{ARTIFACT_PATH_MAX, Artifact, ArtifactPath, Preview};
pub use artifact_location::{ArtifactEntry, ArtifactLocation, ArtifactOwner};
pub use car::Car;
pub use dataset::{
    ColumnEdits, ColumnKind, ColumnProfile, ColumnUnit, DESCRIPTION_MAX, Dataset, DatasetDetails,
    DatasetInput, DatasetLineage, DatasetName, DatasetOverview, DatasetRows, DatasetRun, DatasetSummary,
    DatasetUpdate, TableFormat,
};
pub use dataset_report::{
    ColumnReport, DataFinding, DataFindingKind, DatasetReport, DateProblem, DomainProblem, Histogram,
    Indicator, Quantile, Severity,
};
pub use error_kind::ErrorKind;
pub use evaluation::{
    Calibration, ColumnErrors, Coverage, Evaluation, FeatureImportance, PairedComparison, PairedDifference,
    RowPrediction, Segment, SegmentErrors,
};
pub use experiment::{
    Direction, EXPERIMENT_NAME_MAX, Experiment, ExperimentName, ExperimentPage, ExperimentQuery,
    ExperimentSummary, Goal, NewExperiment,
};
pub use explanation::{Driver, Drivers};
pub use fault::{Fault, Location};
pub use identifier::{ExperimentId, JobId, LoggedModelId, PredictionId, RunId};
pub use invalid::InvalidValue;
pub use job::{JobState, Progress, TrainingJob};
pub use language::Language;
pub use logged_model::{
    DatasetReference, LoggedModel, LoggedModelMetric, LoggedModelName, LoggedModelOrder, LoggedModelPage,
    LoggedModelQuery, LoggedModelStatus, ModelMetric, NewLoggedModel,
};
pub use metric::{METRIC_KEY_MAX, Metric, MetricKey, MetricPoint, MetricSummary};
pub use model::{
    Alias, AliasEvent, ModelName, ModelStage, ModelVersion, NewModelVersion, RegisteredModel, RegistryEntry,
    RegistryPage, RegistryQuery, VersionPage, VersionQuery, VersionRecord,
};
pub use prediction::{FormOptions, Health, ModelInfo, Prediction, RANGE_COVERAGE, Valuation};
pub use response::{
    ResponseCurve, ResponseDirection, ResponseFinding, ResponseFindingKind, ResponsePoint, ResponseRule,
    ResponseValue,
};
pub use run::{
    Batch, Lifecycle, ModelRole, NewRun, Run, RunModel, RunName, RunPage, RunQuery, RunStatus, RunUpdate,
    View,
};
pub use tag::{PARAM_VALUE_MAX, Param, ParamKey, RUN_NAME_TAG, TAG_VALUE_MAX, Tag, TagKey};
pub use time::Millis;
pub use training::{
    CrossValidation, DataSplit, NewTrainingJob, TargetTransform, Task, TrainingResult, TrainingSpec,
};
