//! Formulas of linear models as matrix products and look-ups.
//!
//! With `z` for the standardised numbers of a row behind a 1, the sum is `zᵀQz`, plus `z` times a vector of slopes that the code
//! of each category looks up, plus what each pair of codes looks up.

use super::Columns;
use super::builder::{Builder, Name, int};
use crate::algorithms::{Formula, FormulaPair, FormulaTerm};

/// The sums for all rows, doubles of shape `(rows, 1)`.
pub(super) fn write(builder: &mut Builder, columns: &mut Columns<'_>, formula: &Formula) -> Name {
    let numbers: Vec<(usize, f64, f64, f64)> = formula
        .terms
        .iter()
        .enumerate()
        .filter_map(|(feature, term)| match term {
            FormulaTerm::Number { mean, scale, slope } => Some((feature, *mean, *scale, *slope)),
            FormulaTerm::Category { .. } => None,
        })
        .collect();
    // Column 0 belongs to the 1.
    let column =
        |feature: usize| numbers.iter().position(|number| number.0 == feature).map_or(0, |at| at + 1);
    let width = numbers.len() + 1;
    let mut quadratic = vec![0.0; width * width];
    quadratic[0] = formula.intercept;
    for (place, (_, _, _, slope)) in numbers.iter().enumerate() {
        quadratic[place + 1] = *slope;
    }
    let mut looked_up: Vec<Name> = Vec::new();
    for pair in &formula.pairs {
        if let FormulaPair::Product { features, slope } = pair {
            quadratic[column(features.0) * width + column(features.1)] += slope;
        }
    }
    for (feature, term) in formula.terms.iter().enumerate() {
        let FormulaTerm::Category { effects } = term else { continue };
        let mut table = vec![0.0; columns.code_count(feature) * width];
        fill(&mut table, width, 0, effects);
        for pair in &formula.pairs {
            if let FormulaPair::Slopes { number, category, slopes } = pair
                && *category == feature
            {
                fill(&mut table, width, column(*number), slopes);
            }
        }
        let table = builder.numbers(&[columns.code_count(feature), width], table);
        looked_up.push(builder.apply_with("Gather", &[&table, columns.codes(feature)], vec![int("axis", 0)]));
    }
    let looked_up = builder.sum(&looked_up);
    let sum = match (columns.imputed(builder), looked_up) {
        (Some(imputed), looked_up) => {
            let z = standardised(builder, &imputed, &numbers, formula.limit);
            let quadratic = builder.numbers(&[width, width], quadratic);
            let slopes = builder.apply("MatMul", &[&z, &quadratic]);
            let slopes = match looked_up {
                Some(looked_up) => builder.apply("Add", &[&slopes, &looked_up]),
                None => slopes,
            };
            let products = builder.apply("Mul", &[&slopes, &z]);
            let axes = builder.places(vec![1]);
            builder.apply_with("ReduceSum", &[&products, &axes], vec![int("keepdims", 1)])
        }
        // Without numbers there is only the column of the 1.
        (None, looked_up) => {
            let intercept = builder.number(formula.intercept);
            looked_up.map_or_else(|| intercept.clone(), |sum| builder.apply("Add", &[&sum, &intercept]))
        }
    };
    formula.pairs.iter().fold(sum, |sum, pair| match pair {
        FormulaPair::Effects { features, effects } => {
            let both = effects_of_both(builder, columns, *features, effects);
            builder.apply("Add", &[&sum, &both])
        }
        _ => sum,
    })
}

/// Puts the effects of codes into a column of a table with one row for each code.
fn fill(table: &mut [f64], width: usize, column: usize, effects: &[f64]) {
    for (row, effect) in table.chunks_mut(width).zip(effects) {
        row[column] = *effect;
    }
}

/// A 1, then the standardised numbers.
fn standardised(
    builder: &mut Builder,
    imputed: &str,
    numbers: &[(usize, f64, f64, f64)],
    limit: f64,
) -> Name {
    let count = numbers.len();
    let means = builder.numbers(&[1, count], numbers.iter().map(|number| number.1).collect());
    let scales = builder.numbers(&[1, count], numbers.iter().map(|number| number.2).collect());
    let centred = builder.apply("Sub", &[imputed, &means]);
    let mut scaled = builder.apply("Div", &[&centred, &scales]);
    if limit.is_finite() {
        let (low, high) = (builder.number(-limit), builder.number(limit));
        scaled = builder.apply("Clip", &[&scaled, &low, &high]);
    }
    let mut shift = vec![0.0; count * (count + 1)];
    for place in 0..count {
        shift[place * (count + 1) + place + 1] = 1.0;
    }
    let mut one = vec![0.0; count + 1];
    one[0] = 1.0;
    let (shift, one) = (builder.numbers(&[count, count + 1], shift), builder.numbers(&[1, count + 1], one));
    let shifted = builder.apply("MatMul", &[&scaled, &shift]);
    builder.apply("Add", &[&shifted, &one])
}

/// What the codes of two features look up together.
fn effects_of_both(
    builder: &mut Builder,
    columns: &Columns<'_>,
    (first, second): (usize, usize),
    effects: &[Vec<f64>],
) -> Name {
    let (rows, width) = (columns.code_count(first), columns.code_count(second));
    let mut table = vec![0.0; rows * width];
    for (line, effects) in table.chunks_mut(width).zip(effects) {
        line.iter_mut().zip(effects).for_each(|(slot, effect)| *slot = *effect);
    }
    let table = builder.numbers(&[rows * width, 1], table);
    let stride = builder.place(i64::try_from(width).unwrap_or(i64::MAX));
    let row = builder.apply("Mul", &[columns.codes(first), &stride]);
    let place = builder.apply("Add", &[&row, columns.codes(second)]);
    builder.apply_with("Gather", &[&table, &place], vec![int("axis", 0)])
}
