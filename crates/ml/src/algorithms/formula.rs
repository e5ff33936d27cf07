//! A fitted linear model of degree 1 or 2 written out, for programs that calculate with it elsewhere.

/// A sum over what an encoded row holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Formula {
    pub(crate) intercept: f64,
    /// Standardised numbers are held between this and its negative.
    pub(crate) limit: f64,
    /// One for each feature.
    pub(crate) terms: Vec<FormulaTerm>,
    pub(crate) pairs: Vec<FormulaPair>,
}

/// What one feature adds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FormulaTerm {
    /// `slope` times `(value - mean) / scale`.
    Number { mean: f64, scale: f64, slope: f64 },
    /// The effect of its code; codes behind the last have none.
    Category { effects: Vec<f64> },
}

/// What two features add together; numbers are standardised.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FormulaPair {
    /// `slope` times the product of two numbers, or the square of one.
    Product { features: (usize, usize), slope: f64 },
    /// The number times the slope of the category's code.
    Slopes { number: usize, category: usize, slopes: Vec<f64> },
    /// The effect of both codes, first by that of the first feature.
    Effects { features: (usize, usize), effects: Vec<Vec<f64>> },
}
