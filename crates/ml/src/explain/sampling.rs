//! Shapley values of any model by sampling.

use crate::random::{Generator, below, generator, shuffle};

use super::Contributions;

/// Orders in which features become known; each is used forwards and backwards.
const ORDERS: usize = 32;
/// Seed of the orders.
const SEED: u64 = 42;

/// Estimates what each feature adds to `predict(row)`, compared with the rows of `background`.
///
/// For random orders of the features and random background rows, a feature adds what the prediction changes by when
/// it takes the row's value after those before it did (Štrumbelj and Kononenko, 2014); an order and its reverse share a
/// background row, which cancels much of the noise. Base and contributions add up to the prediction by construction.
pub(super) fn contributions(
    predict: impl Fn(&[f64]) -> f64,
    row: &[f64],
    background: &[Vec<f64>],
) -> Contributions {
    let mut generator = generator(SEED);
    let prediction = predict(row);
    let mut found = Contributions { base: 0.0, amounts: vec![0.0; row.len()] };
    let mut walk = |order: &[usize], from: &[f64]| {
        let mut mixed = from.to_vec();
        let mut last = predict(&mixed);
        found.base += last;
        for (nth, feature) in order.iter().enumerate() {
            mixed[*feature] = row[*feature];
            let next = if nth + 1 == order.len() { prediction } else { predict(&mixed) };
            found.amounts[*feature] += next - last;
            last = next;
        }
    };
    let mut order: Vec<usize> = (0..row.len()).collect();
    for _ in 0..ORDERS {
        shuffle(&mut order, &mut generator);
        let from = pick(background, &mut generator).unwrap_or(row);
        walk(&order, from);
        order.reverse();
        walk(&order, from);
    }
    #[expect(clippy::cast_precision_loss, reason = "a small constant")]
    let walks = (2 * ORDERS) as f64;
    found.base /= walks;
    found.amounts.iter_mut().for_each(|amount| *amount /= walks);
    found
}

fn pick<'a>(background: &'a [Vec<f64>], generator: &mut Generator) -> Option<&'a [f64]> {
    background.get(below(generator, background.len())).map(Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_terms_is_explained_by_its_terms() {
        let background: Vec<Vec<f64>> = vec![vec![0.0, 10.0, 1.0]; 3];
        let found = contributions(|row| row[0] * 2.0 + row[1], &[3.0, 4.0, 9.0], &background);
        assert!((found.base - 10.0).abs() < 1e-12);
        for (amount, expected) in found.amounts.iter().zip([6.0, -6.0, 0.0]) {
            assert!((amount - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn products_are_shared_and_add_up() {
        let background: Vec<Vec<f64>> = (0..10).map(|nth| vec![f64::from(nth), 1.0]).collect();
        let predict = |row: &[f64]| row[0] * row[1];
        let found = contributions(predict, &[5.0, 3.0], &background);
        assert!((found.base + found.amounts.iter().sum::<f64>() - 15.0).abs() < 1e-9);
        assert_eq!(found, contributions(predict, &[5.0, 3.0], &background), "the same every time");
    }
}
