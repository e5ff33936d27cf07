//! What ranges promise and what they hold.

use proptest::prelude::*;

use super::*;
use crate::random::{Generator, below, generator, shuffle};

/// A number that is spread as the sum of twelve dice: nearly normal with deviation 1.
fn normal(generator: &mut Generator) -> f64 {
    (0..12).map(|_| below(generator, 1 << 20) as f64 / f64::from(1 << 20)).sum::<f64>() - 6.0
}

/// Prices over two powers of ten and what a model makes of them that falls short of the extremes by `shrinkage`, with
/// errors that are shares of the price.
fn market(rows: usize, shrinkage: f64, noise: f64, seed: u64) -> Vec<(f64, f64)> {
    let mut generator = generator(seed);
    (0..rows)
        .map(|_| {
            let real = 9.0 + 0.8 * normal(&mut generator);
            let predicted = 9.0 + (1.0 - shrinkage) * (real - 9.0) + noise * normal(&mut generator);
            (real.exp(), predicted.exp())
        })
        .collect()
}

fn coverage(ranges: &Ranges, rows: &[(f64, f64)], nominal: f64) -> f64 {
    let is_inside = |(real, predicted): &&(f64, f64)| {
        let (low, high) = ranges.range(*predicted, nominal);
        (low..=high).contains(real)
    };
    rows.iter().filter(is_inside).count() as f64 / rows.len() as f64
}

fn fifths(ranges: &Ranges, mut rows: Vec<(f64, f64)>, nominal: f64) -> Vec<f64> {
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    rows.chunks(rows.len().div_ceil(5)).map(|rows| coverage(ranges, rows, nominal)).collect()
}

#[test]
fn new_rows_lie_inside_as_often_as_promised() {
    let ranges = Ranges::fit(&market(4000, 0.1, 0.2, 1)).unwrap();
    let fresh = market(20_000, 0.1, 0.2, 2);
    for nominal in [0.5, 0.65, 0.8, 0.9, 0.95, 0.99] {
        let actual = coverage(&ranges, &fresh, nominal);
        assert!((actual - nominal).abs() < 0.02, "{nominal} gave {actual}");
    }
}

#[test]
fn extremes_that_a_weak_model_never_predicts_are_covered_too() {
    // Half of the spread is lost: R² of the logarithms is below 0.75.
    let ranges = Ranges::fit(&market(8000, 0.5, 0.2, 1)).unwrap();
    let fresh = market(20_000, 0.5, 0.2, 2);
    assert!((coverage(&ranges, &fresh, 0.8) - 0.8).abs() < 0.02);
    let fifths = fifths(&ranges, fresh, 0.8);
    assert!(fifths.iter().all(|share| (0.73..0.87).contains(share)), "{fifths:?}");
}

#[test]
fn errors_that_grow_with_the_prediction_are_met_on_the_raw_scale() {
    let mut generator = generator(4);
    let mut rows = |count: usize| -> Vec<(f64, f64)> {
        (0..count)
            .map(|_| {
                let predicted = below(&mut generator, 1000) as f64;
                (predicted - 5.0 + (1.0 + predicted / 20.0) * normal(&mut generator), predicted)
            })
            .collect()
    };
    let (known, fresh) = (rows(6000), rows(20_000));
    let ranges = Ranges::fit(&known).unwrap();
    assert!(!ranges.is_logarithmic);
    let fifths = fifths(&ranges, fresh, 0.8);
    assert!(fifths.iter().all(|share| (0.76..0.84).contains(share)), "{fifths:?}");
    let width = |prediction: f64| {
        let (low, high) = ranges.range(prediction, 0.8);
        high - low
    };
    assert!(width(900.0) > 5.0 * width(50.0));
}

#[test]
fn tails_are_told_apart() {
    // Real values are never below the prediction, and often far above.
    let mut generator = generator(5);
    let rows: Vec<(f64, f64)> =
        (0..2000).map(|_| (100.0 * (0.3 * normal(&mut generator).powi(2)).exp(), 100.0)).collect();
    let (low, high) = Ranges::fit(&rows).unwrap().range(100.0, 0.9);
    assert!(low >= 99.9 && high > 200.0, "{low} {high}");
}

#[test]
fn nonsense_and_few_rows_give_none() {
    assert!(Ranges::fit(&[]).is_none());
    assert!(Ranges::fit(&[(1.0, 1.0); 19]).is_none());
    assert!(Ranges::fit(&[(f64::NAN, 1.0); 50]).is_none());
    let exact = Ranges::fit(&[(7.0, 7.0); 20]).unwrap();
    let (low, high) = exact.range(7.0, 0.9);
    assert!((low - 7.0).abs() < 1e-9 && (high - 7.0).abs() < 1e-9);
}

#[test]
fn negative_predictions_of_prices_are_floored() {
    let mut rows = market(500, 0.1, 0.2, 3);
    rows.iter_mut().take(20).for_each(|row| row.1 = -500.0);
    let ranges = Ranges::fit(&rows).unwrap();
    let (low, high) = ranges.range(-1e9, 0.8);
    assert!(low > 0.0 && low < high && high.is_finite());
}

#[test]
fn the_order_of_the_rows_does_not_matter() {
    let mut rows = market(1000, 0.3, 0.2, 6);
    let ranges = Ranges::fit(&rows).unwrap();
    shuffle(&mut rows, &mut generator(1));
    assert_eq!(Ranges::fit(&rows).unwrap(), ranges);
    assert!(postcard::to_stdvec(&ranges).unwrap().len() < 3000);
}

#[test]
fn decoded_ranges_are_checked() {
    let ranges = Ranges::fit(&market(500, 0.1, 0.2, 3)).unwrap();
    assert!(ranges.is_sound());
    assert!(!Ranges { knots: vec![], ..ranges.clone() }.is_sound());
    assert!(!Ranges { knots: vec![1.0, 1.0], ..ranges.clone() }.is_sound());
    assert!(!Ranges { low: vec![], ..ranges.clone() }.is_sound());
    assert!(!Ranges { floor: 0.0, ..ranges.clone() }.is_sound());
    let mut broken = ranges;
    broken.high[3][0] = f32::NAN;
    assert!(!broken.is_sound());
}

proptest! {
    #[test]
    fn ranges_are_nested_whatever_the_rows(
        rows in proptest::collection::vec((-1e6..1e6_f64, -1e6..1e6_f64), 20..200),
        prediction in -1e9..1e9_f64,
    ) {
        let ranges = Ranges::fit(&rows).unwrap();
        prop_assert!(ranges.is_sound());
        let mut inner: Option<(f64, f64)> = None;
        for percent in 50..=99 {
            let (low, high) = ranges.range(prediction, f64::from(percent) / 100.0);
            prop_assert!(low <= high, "{low} {high}");
            if let Some(inner) = inner {
                let slack = 1e-9 * (low.abs() + high.abs());
                prop_assert!(low <= inner.0 + slack && high >= inner.1 - slack);
            }
            inner = Some((low, high));
        }
    }
}
