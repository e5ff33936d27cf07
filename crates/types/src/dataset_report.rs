//! What a look at a table found: a profile of each column, and what may be wrong with it.

use serde::{Deserialize, Serialize};

use crate::{ColumnKind, TableFormat};

/// What a look at a table found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatasetReport {
    /// How the file is written.
    pub format: TableFormat,
    /// One entry for each column, in the file's order.
    pub columns: Vec<ColumnReport>,
    /// What may be wrong, the most serious first.
    pub findings: Vec<DataFinding>,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ColumnReport {
    /// Name in the header.
    pub name: String,
    /// What its values are.
    pub kind: ColumnKind,
    /// Number of empty cells.
    pub missing: u64,
    /// Number of different values.
    pub distinct: u64,
    /// Mean of the numbers; absent for text and for empty columns.
    pub mean: Option<f64>,
    /// Standard deviation of the numbers, of the population; absent for text and for empty columns.
    pub standard_deviation: Option<f64>,
    /// Numbers below which a share of the column lies, ascending; none for text.
    pub quantiles: Vec<Quantile>,
    /// How the numbers are distributed; absent for text and for empty columns.
    pub histogram: Option<Histogram>,
    /// The most frequent values with how often they occur, at most 20. Numbers are listed if there are few.
    pub top: Vec<(String, u64)>,
}

/// A number below or at which a share of the numbers lies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quantile {
    /// The share, 0 to 1.
    pub share: f64,
    /// The number.
    pub value: f64,
}

/// How many numbers lie in each of equally wide parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Histogram {
    /// Where the first part begins.
    pub low: f64,
    /// Where the last part ends.
    pub high: f64,
    /// Numbers in each part, at most 24; a number on a border counts for the part above.
    pub counts: Vec<u64>,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Models learn something false, or nothing: shown in red.
    Serious,
    /// Look at it before you trust a model.
    Warning,
    /// Good to know.
    Note,
}

impl Severity {
    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Serious => "serious",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Something that may be wrong with a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DataFinding {
    /// How bad it is.
    pub severity: Severity,
    /// What it is.
    #[serde(flatten)]
    pub kind: DataFindingKind,
}

/// A value of a column; another column is one thing where it stands and another where it does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Indicator {
    /// The column.
    pub column: String,
    /// The value.
    pub value: String,
    /// What the other column is where it stands.
    pub means: String,
}

/// What is wrong with a number, by what its column is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DomainProblem {
    /// Below zero, where there can be nothing.
    Negative,
    /// A year that has not come yet.
    FutureYear,
    /// A year before there was anything of the kind.
    AncientYear,
    /// A number that stands for nothing, such as 999999.
    Placeholder,
    /// Very far from all others.
    FarAway,
}

/// What is wrong with a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DateProblem {
    /// One that programs write where there is none, such as 1970-01-01.
    Placeholder,
    /// One that has not come yet.
    Future,
    /// One that no calendar has, such as 30 February, or no date at all.
    Impossible,
}

/// What a finding is. Counts are numbers of rows; lines are those of the file, from 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum DataFindingKind {
    /// All cells are empty.
    Empty {
        /// The column.
        column: String,
    },
    /// Many cells are empty.
    MostlyMissing {
        /// The column.
        column: String,
        /// Empty cells.
        count: u64,
        /// Their share.
        share: f64,
    },
    /// There is only one value.
    Constant {
        /// The column.
        column: String,
        /// The value.
        value: String,
    },
    /// A column of numbers has only two.
    TwoValued {
        /// The column.
        column: String,
        /// Both with how often they occur, the more frequent first.
        values: Vec<(String, u64)>,
        /// What decides between them, if another column does.
        repeats: Option<Indicator>,
    },
    /// A column says the same as another, in other words or on another scale.
    Copies {
        /// The column.
        column: String,
        /// The other.
        of: String,
    },
    /// A column gives the target away.
    Leaks {
        /// The column.
        column: String,
        /// The target.
        target: String,
        /// Share of the target's variation that it explains on its own.
        explained: f64,
    },
    /// A number where there can be none, such as the displacement of an electric engine.
    Impossible {
        /// Column of the number.
        column: String,
        /// Column that rules it out.
        by: String,
        /// Its value that does.
        level: String,
        /// Rows with both.
        count: u64,
        /// Line of the first.
        line: u64,
    },
    /// A value nearly always comes with the same number, and sometimes does not.
    Exceptions {
        /// Column of the number.
        column: String,
        /// The number that is expected.
        value: String,
        /// Column that decides it.
        by: String,
        /// Its value that does.
        level: String,
        /// Rows with another number.
        count: u64,
        /// Line of the first.
        line: u64,
    },
    /// Rows occur more than once.
    Duplicates {
        /// Rows that repeat an earlier one.
        count: u64,
        /// Line of an earlier one.
        first: u64,
        /// Line of its first repetition.
        line: u64,
    },
    /// Values that are too rare to learn from.
    RareLevels {
        /// The column.
        column: String,
        /// How many such values.
        levels: u64,
        /// Rows with them.
        count: u64,
        /// Some of them.
        examples: Vec<String>,
    },
    /// Nearly every row has a text of its own.
    Identifies {
        /// The column.
        column: String,
        /// Number of different texts.
        distinct: u64,
    },
    /// Texts that differ only in capitals, accents or spaces.
    Spellings {
        /// The column.
        column: String,
        /// Those that are the same, at most three groups.
        groups: Vec<Vec<String>>,
    },
    /// Numbers that cannot be.
    OutOfDomain {
        /// The column.
        column: String,
        /// What is wrong with them.
        problem: DomainProblem,
        /// How many.
        count: u64,
        /// One of them.
        example: String,
        /// Line of that one.
        line: u64,
    },
    /// Dates that cannot be meant.
    SuspiciousDates {
        /// The column.
        column: String,
        /// What is wrong with them.
        problem: DateProblem,
        /// How many.
        count: u64,
        /// One of them.
        example: String,
        /// Line of that one.
        line: u64,
    },
    /// A column of texts that are nearly all numbers.
    AlmostNumbers {
        /// The column.
        column: String,
        /// Cells that are none.
        count: u64,
        /// One of them.
        example: String,
        /// Line of that one.
        line: u64,
    },
    /// Cells that count as missing because their column was said to hold numbers.
    Unread {
        /// The column.
        column: String,
        /// How many.
        count: u64,
        /// One of them.
        example: String,
        /// Line of that one.
        line: u64,
    },
    /// Training and test rows differ.
    Drift {
        /// The column.
        column: String,
        /// Largest difference between the shares of both below or at a value, or of values, 0 to 1.
        distance: f64,
    },
}

impl DataFindingKind {
    /// The column that it is about; none if it is about whole rows.
    #[must_use]
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Duplicates { .. } => None,
            Self::Empty { column }
            | Self::MostlyMissing { column, .. }
            | Self::Constant { column, .. }
            | Self::TwoValued { column, .. }
            | Self::Copies { column, .. }
            | Self::Leaks { column, .. }
            | Self::Impossible { column, .. }
            | Self::Exceptions { column, .. }
            | Self::RareLevels { column, .. }
            | Self::Identifies { column, .. }
            | Self::Spellings { column, .. }
            | Self::OutOfDomain { column, .. }
            | Self::SuspiciousDates { column, .. }
            | Self::AlmostNumbers { column, .. }
            | Self::Unread { column, .. }
            | Self::Drift { column, .. } => Some(column),
        }
    }
}
