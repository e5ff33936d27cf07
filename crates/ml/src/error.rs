//! The one error of this crate.

use linfa_linear::LinearError;

/// What can go wrong between the bytes of a table and a prediction.
///
/// Lines are those of the file, counted from 1, so that an editor finds them; rows of a split are data rows,
/// counted from 0.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The table has no bytes, or only blank ones.
    #[error("the table is empty; it needs a header line and at least one row of values below it")]
    EmptyTable,
    /// Only a header.
    #[error("the table has a header but no rows of values")]
    NoRows,
    /// Bytes that are no UTF-8.
    #[error("line {line} is not UTF-8 text, but other lines are; save the table as UTF-8")]
    NotUtf8 {
        /// Line in the file.
        line: u64,
    },
    /// Bytes that are no text in any encoding that is known here.
    #[error("line {line} holds bytes that are no text; save the table as UTF-8")]
    NotText {
        /// Line in the file.
        line: u64,
    },
    /// A column without a name.
    #[error("column {column} of the header has no name; every column needs one")]
    UnnamedColumn {
        /// Number of the column, from 1.
        column: usize,
    },
    /// A column name that is too long or holds control characters.
    #[error("column {column} of the header {problem}")]
    ColumnName {
        /// Number of the column, from 1.
        column: usize,
        /// The rest of the sentence.
        problem: String,
    },
    /// Two columns of the same name.
    #[error("the header names column `{column}` twice; rename one of them")]
    DuplicateColumn {
        /// Name of both.
        column: String,
    },
    /// A row with more or fewer cells than the header.
    #[error("line {line} has {found} cells, but the header has {expected} columns")]
    RaggedRow {
        /// Line in the file.
        line: u64,
        /// Cells found.
        found: usize,
        /// Columns of the header.
        expected: usize,
    },
    /// A cell with too much text.
    #[error(
        "line {line}, column `{column}`: the cell is longer than {limit} bytes; is a closing quote missing?"
    )]
    CellTooLong {
        /// Line in the file where the row begins.
        line: u64,
        /// Name of the column.
        column: String,
        /// Longest cell, in bytes.
        limit: usize,
    },
    /// A number that is infinite, no number, or too large to calculate with.
    #[error(
        "line {line}, column `{column}`: `{value}` is not a usable number; numbers lie between -1e150 and 1e150, \
         and a missing one is an empty cell"
    )]
    UnusableNumber {
        /// Line in the file.
        line: u64,
        /// Name of the column.
        column: String,
        /// The cell.
        value: String,
    },
    /// More rows, columns or cells than this crate takes.
    #[error("the table has more than {limit} {what}")]
    TableTooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: usize,
    },
    /// A file that holds other files.
    #[error("the file is {what}; unpack or export it first: tables are CSV or Parquet files")]
    Packed {
        /// What it is.
        what: &'static str,
    },
    /// A quoted cell that does not end.
    #[error("line {line} begins a row with a quote that is never closed")]
    OpenQuote {
        /// Line in the file where the row begins.
        line: u64,
    },
    /// A row that is too long.
    #[error(
        "line {line} begins a row longer than {limit} bytes; is a line break or a closing quote missing?"
    )]
    RecordTooLong {
        /// Line in the file where the row begins.
        line: u64,
        /// Longest row, in bytes.
        limit: usize,
    },
    /// A person gave a kind to a column that is not there.
    #[error("there is no column `{column}` to give a type")]
    NoColumnToType {
        /// The name.
        column: String,
    },
    /// A column that is to hold numbers holds none.
    #[error(
        "column `{column}` cannot be {kind}: no cell is such a number, the first is `{example}` in line {line}"
    )]
    NotNumbers {
        /// Name of the column.
        column: String,
        /// The kind that was asked for.
        kind: &'static str,
        /// Its first cell.
        example: String,
        /// Line of that cell.
        line: u64,
    },
    /// A column that is to hold whole numbers has decimals.
    #[error("column `{column}` cannot be integer: it has decimals, the first in line {line}")]
    NotWhole {
        /// Name of the column.
        column: String,
        /// Line of the first number with decimals.
        line: u64,
    },
    /// A Parquet file that breaks the rules of its format, or uses what is not read here.
    #[error("Parquet: {0}")]
    Parquet(String),
    /// The bytes of the table could not be had.
    #[error("the table could not be read")]
    Reading(#[source] std::io::Error),
    /// The target is no column.
    #[error("target: there is no column `{target}`; there are {}", quoted(.columns))]
    NoTarget {
        /// The name asked for.
        target: String,
        /// The names there are.
        columns: Vec<String>,
    },
    /// Numbers are to be predicted, but the target is not numeric.
    #[error(
        "target: column `{target}` holds text, such as `{example}` in line {line}; a target holds numbers, unless `task` \
         is classification"
    )]
    TextTarget {
        /// Name of the target.
        target: String,
        /// A cell that is not a number.
        example: String,
        /// Line of that cell.
        line: u64,
    },
    /// The target has empty cells.
    #[error(
        "target: column `{target}` has {count} empty cells, the first in line {line}; \
         fill them or remove those rows"
    )]
    MissingTarget {
        /// Name of the target.
        target: String,
        /// Number of empty cells.
        count: usize,
        /// Line of the first.
        line: u64,
    },
    /// All training rows have the same target.
    #[error("target: column `{target}` is {value} in every training row; there is nothing to learn")]
    ConstantTarget {
        /// Name of the target.
        target: String,
        /// Its only value.
        value: f64,
    },
    /// Classes are to be told apart, but all training rows have the same.
    #[error("target: column `{target}` is `{class}` in every training row; there is nothing to learn")]
    OneClass {
        /// Name of the target.
        target: String,
        /// The only class.
        class: String,
    },
    /// The target has too many different values to be classes.
    #[error(
        "target: column `{target}` has {count} different values, but there can be at most {limit} classes; set `task` to \
         regression if they are numbers"
    )]
    ManyClasses {
        /// Name of the target.
        target: String,
        /// Number of different values.
        count: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// A family that does not do what is asked for.
    #[error("model: `{family}` does no {task}; {} do", quoted(.others))]
    WrongTask {
        /// Name of the family.
        family: &'static str,
        /// `regression` or `classification`.
        task: &'static str,
        /// Families that do.
        others: Vec<String>,
    },
    /// A transform of classes.
    #[error(
        "transform: `{transform}` is a scale of numbers, but the target's values are classes; leave it out"
    )]
    ClassTransform {
        /// Name of the transform.
        transform: &'static str,
    },
    /// A weight that no row can have.
    #[error("weight: column `{column}` {problem} in line {line}; weights are numbers from 0")]
    UnusableWeight {
        /// Name of the column.
        column: String,
        /// What its cell does.
        problem: String,
        /// Its line.
        line: u64,
    },
    /// No row of a kind counts.
    #[error("weight: column `{column}` is 0 in all {rows} rows; at least one must count")]
    NoWeight {
        /// Name of the column.
        column: String,
        /// `training` or `test`.
        rows: &'static str,
    },
    /// A family that cannot weigh rows.
    #[error("weight: `{family}` lets all rows count alike; leave `weight` out, or take another family")]
    UnweighedFamily {
        /// Name of the family.
        family: &'static str,
    },
    /// The target is the only column.
    #[error("target: `{target}` is the only column; a model needs at least one other to learn from")]
    NoFeatures {
        /// Name of the target.
        target: String,
    },
    /// A target that has no place on the scale of its transform.
    #[error(
        "target: column `{target}` is {value} in line {line}, which the `{transform}` scale cannot hold; \
         remove that row or use another scale"
    )]
    TargetOffScale {
        /// Name of the target.
        target: String,
        /// The value.
        value: f64,
        /// Its line.
        line: u64,
        /// Name of the transform.
        transform: &'static str,
    },
    /// A feature without any value to learn from.
    #[error("column `{column}` is empty in all training rows; remove it or fill it")]
    EmptyFeature {
        /// Name of the column.
        column: String,
    },
    /// The split cannot be made.
    #[error("split: {0}")]
    Split(String),
    /// A column that is asked for and is not there.
    #[error("there is no column `{column}`")]
    NoColumn {
        /// The name asked for.
        column: String,
    },
    /// A parameter breaks its rule.
    #[error(transparent)]
    Invalid(#[from] types::InvalidValue),
    /// A parameter of the algorithm does not fit.
    #[error("{parameter} {problem}")]
    Parameter {
        /// Name of the parameter.
        parameter: &'static str,
        /// The rest of the sentence.
        problem: String,
    },
    /// Training would take more memory than is sensible.
    #[error("the model would be too large: {0}")]
    TooLarge(String),
    /// The bytes are no model of ours.
    #[error("these bytes are not a model of Cuaderno")]
    NotAModel,
    /// A model of a newer or unknown format.
    #[error("the model has format version {found}, this program reads version {known}; use a newer program")]
    ModelVersion {
        /// Version in the file.
        found: u16,
        /// The only version that is read.
        known: u16,
    },
    /// The model's file was changed or cut.
    #[error("the model is damaged: {0}")]
    ModelDamaged(String),
    /// Model and data do not belong together.
    #[error("the model was not trained on a table with these columns")]
    Mismatch,
    /// Something that only models of numbers, or only those of classes, can answer.
    #[error("the model predicts {0}")]
    OtherTask(&'static str),
    /// A score is not defined for these rows.
    #[error("the rows cannot be scored: {0}")]
    Scoring(String),
    /// Nobody waited for the result any more.
    #[error("cancelled")]
    Cancelled,
    /// The arithmetic failed.
    #[error("learning failed")]
    Learning(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The model has no equal in ONNX.
    #[error("this model cannot be written as ONNX, because {0}")]
    NotOnnx(String),
    /// A file is no ONNX model that can be calculated here.
    #[error("this ONNX file cannot be served: {0}")]
    OnnxFile(String),
    /// An ONNX model cannot calculate with what it was given.
    #[error("the model cannot calculate with these rows: {0}")]
    OnnxRun(String),
    /// The model could not be written.
    #[error("the model could not be written")]
    Writing(#[source] postcard::Error),
}

impl Error {
    /// Whether the caller can mend it by changing the table, the target, the split or a parameter.
    ///
    /// The other errors are about model files and about ourselves.
    #[must_use]
    pub fn is_about_input(&self) -> bool {
        !matches!(
            self,
            Self::NotAModel
                | Self::ModelVersion { .. }
                | Self::ModelDamaged(_)
                | Self::Mismatch
                | Self::Cancelled
                | Self::Learning(_)
                | Self::NotOnnx(_)
                | Self::Reading(_)
                | Self::Writing(_)
        )
    }
}

impl From<linfa::Error> for Error {
    fn from(error: linfa::Error) -> Self {
        Self::Learning(error.into())
    }
}

impl From<LinearError<f64>> for Error {
    fn from(error: LinearError<f64>) -> Self {
        // As text: the error holds one that cannot be sent between threads.
        Self::Learning(error.to_string().into())
    }
}

/// The first names in backquotes, with the number of the rest.
fn quoted(names: &[String]) -> String {
    const SHOWN: usize = 30;
    let text = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}
