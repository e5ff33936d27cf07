//! Numbers and texts with a shape.

use std::sync::Arc;

use super::Problem;

/// Most cells of a tensor: half a gigabyte. Shapes come from files and requests, so this is asked before memory is taken.
const CELLS_MAX: usize = 1 << 26;

/// What a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element {
    /// 32-bit numbers; calculations round to them after every step, as in onnxruntime.
    Float,
    /// 64-bit numbers.
    Double,
    /// 64-bit whole numbers, exact up to 2^53.
    Int64,
    /// 32-bit whole numbers.
    Int32,
    /// True (1) or false (0).
    Bool,
    /// Texts.
    Text,
}

impl Element {
    /// The nearest number of this kind.
    #[expect(clippy::cast_possible_truncation, reason = "rounding is what it is for")]
    pub(super) fn round(self, number: f64) -> f64 {
        match self {
            Self::Float => f64::from(number as f32),
            Self::Int64 | Self::Int32 => number.trunc(),
            Self::Bool => f64::from(u8::from(number != 0.0)),
            Self::Double | Self::Text => number,
        }
    }
}

/// The cells, row by row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// Numbers of any kind, as doubles.
    Numbers(Vec<f64>),
    /// Texts.
    Texts(Vec<Arc<str>>),
}

/// Numbers or texts with a shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    element: Element,
    cells: Cells,
    /// Names of the columns, for tables of probabilities.
    labels: Option<Arc<[Arc<str>]>>,
}

impl Tensor {
    /// Numbers of a kind; `None` if they do not fill the shape.
    #[must_use]
    pub fn of_numbers(shape: Vec<usize>, element: Element, numbers: Vec<f64>) -> Option<Self> {
        let numbers: Vec<f64> = numbers.into_iter().map(|number| element.round(number)).collect();
        (volume(&shape).ok()? == numbers.len() && element != Element::Text).then_some(Self {
            shape,
            element,
            cells: Cells::Numbers(numbers),
            labels: None,
        })
    }

    /// Texts; `None` if they do not fill the shape.
    #[must_use]
    pub fn of_texts(shape: Vec<usize>, texts: Vec<Arc<str>>) -> Option<Self> {
        let fits = volume(&shape).ok()? == texts.len();
        fits.then_some(Self { shape, element: Element::Text, cells: Cells::Texts(texts), labels: None })
    }

    /// Numbers that an operator calculated; already of the kind.
    pub(super) fn numbers(shape: Vec<usize>, element: Element, numbers: Vec<f64>) -> Result<Self, Problem> {
        if volume(&shape)? != numbers.len() {
            return Err(Problem::new(format!("{} cells do not fill the shape {shape:?}", numbers.len())));
        }
        Ok(Self { shape, element, cells: Cells::Numbers(numbers), labels: None })
    }

    pub(super) fn texts(shape: Vec<usize>, texts: Vec<Arc<str>>) -> Result<Self, Problem> {
        if volume(&shape)? != texts.len() {
            return Err(Problem::new(format!("{} texts do not fill the shape {shape:?}", texts.len())));
        }
        Ok(Self { shape, element: Element::Text, cells: Cells::Texts(texts), labels: None })
    }

    /// Lengths of the axes.
    #[must_use]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// What the cells are.
    #[must_use]
    pub fn element(&self) -> Element {
        self.element
    }

    /// The cells, row by row.
    #[must_use]
    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    /// Names of the columns, if there are any.
    #[must_use]
    pub fn labels(&self) -> Option<&[Arc<str>]> {
        self.labels.as_deref()
    }

    pub(super) fn with_labels(self, labels: Arc<[Arc<str>]>) -> Self {
        Self { labels: Some(labels), ..self }
    }

    /// The numbers.
    pub(super) fn values(&self) -> Result<&[f64], Problem> {
        match &self.cells {
            Cells::Numbers(numbers) => Ok(numbers),
            Cells::Texts(_) => Err(Problem::new("it has texts where numbers are needed")),
        }
    }

    /// The texts.
    pub(super) fn strings(&self) -> Result<&[Arc<str>], Problem> {
        match &self.cells {
            Cells::Texts(texts) => Ok(texts),
            Cells::Numbers(_) => Err(Problem::new("it has numbers where texts are needed")),
        }
    }

    /// Number of cells.
    pub(super) fn len(&self) -> usize {
        match &self.cells {
            Cells::Numbers(numbers) => numbers.len(),
            Cells::Texts(texts) => texts.len(),
        }
    }

    /// Rows and columns: all axes behind the first count as columns, and a list is one row for operators of tables.
    pub(super) fn as_table(&self) -> (usize, usize) {
        match self.shape.as_slice() {
            [] => (1, 1),
            [columns] => (1, *columns),
            [rows, rest @ ..] => (*rows, rest.iter().product()),
        }
    }

    /// The same cells in another shape.
    pub(super) fn reshaped(&self, shape: Vec<usize>) -> Result<Self, Problem> {
        if volume(&shape)? != self.len() {
            return Err(Problem::new(format!("{:?} cannot take the shape {shape:?}", self.shape)));
        }
        Ok(Self { shape, labels: None, ..self.clone() })
    }

    /// A tensor of `shape` whose cells are those at `places`.
    pub(super) fn picked(
        &self,
        shape: Vec<usize>,
        places: impl Iterator<Item = usize>,
    ) -> Result<Self, Problem> {
        let count = volume(&shape)?;
        let outside = || Problem::new("it looks outside a tensor");
        let cells = match &self.cells {
            Cells::Numbers(numbers) => {
                let mut picked = Vec::with_capacity(count);
                for place in places {
                    picked.push(*numbers.get(place).ok_or_else(outside)?);
                }
                Cells::Numbers(picked)
            }
            Cells::Texts(texts) => {
                let mut picked = Vec::with_capacity(count);
                for place in places {
                    picked.push(Arc::clone(texts.get(place).ok_or_else(outside)?));
                }
                Cells::Texts(picked)
            }
        };
        let picked = Self { shape, element: self.element, cells, labels: None };
        if picked.len() == count { Ok(picked) } else { Err(outside()) }
    }
}

/// Number of cells of a shape.
pub(super) fn volume(shape: &[usize]) -> Result<usize, Problem> {
    shape
        .iter()
        .try_fold(1_usize, |product, length| product.checked_mul(*length))
        .filter(|cells| *cells <= CELLS_MAX)
        .ok_or_else(|| Problem::new(format!("a tensor of shape {shape:?} is too large")))
}
