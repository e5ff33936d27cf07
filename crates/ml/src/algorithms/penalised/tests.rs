use approx::assert_abs_diff_eq;
use ndarray::array;
use proptest::prelude::*;

use super::*;
use crate::random::{below, generator};

/// Two numbers and a category with four codes, and what depends on all of them.
fn rows(count: usize, seed: u64) -> (Array2<f64>, Array1<f64>) {
    let mut random = generator(seed);
    let mut number = move |bound: usize| below(&mut random, bound) as f64;
    let records = Array2::from_shape_fn((count, 4), |(_, column)| match column {
        0 => number(1_000) / 100.0,
        1 => number(1_000) / 500.0 - 1.0,
        2 => number(3),
        _ => number(4),
    });
    let targets = records
        .rows()
        .into_iter()
        .map(|row| {
            3.0 + 2.0 * row[0] - row[1] * row[0] + if row[2] == 1.0 { 5.0 * row[1] } else { 0.0 } + row[3]
        })
        .collect();
    (records, targets)
}

const COUNTS: [Option<usize>; 4] = [None, None, Some(4), Some(5)];

/// `Ridge(alpha=1).fit(StandardScaler().fit_transform([[1, 5], [2, 3], [3, 9], [4, 1]]), [1, 2, 3, 5])` has the
/// coefficients below, by hand: with standardised columns the Gram matrix is 4 on the diagonal.
#[test]
fn ridge_shrinks_a_standardised_column_by_the_rows_over_rows_plus_alpha() {
    let records = array![[1.0], [2.0], [3.0], [4.0]];
    let targets = array![1.0, 2.0, 3.0, 4.0];
    let params = algorithm::Ridge { alpha: 4.0, ..algorithm::Ridge::default() };
    let ridge = Penalised::ridge(&records, &[None], &targets, None, &params).unwrap();
    // Half of the slope is left: 4 / (4 + 4).
    assert_abs_diff_eq!(ridge.predict_row(array![4.0].view()), 2.5 + 0.75, epsilon = 1e-9);
    assert_abs_diff_eq!(ridge.predict_row(array![2.5].view()), 2.5, epsilon = 1e-9);
}

#[test]
fn degree_two_finds_products_that_degree_one_cannot() {
    let (records, targets) = rows(400, 1);
    let error = |degree| {
        let params = algorithm::Ridge { alpha: 1e-6, degree, ..algorithm::Ridge::default() };
        let ridge = Penalised::ridge(&records, &COUNTS, &targets, None, &params).unwrap();
        (ridge.predict(records.view()) - &targets).map(|error| error.abs()).mean().unwrap()
    };
    assert!(error(1) > 0.5 && error(2) < 1e-4, "{} {}", error(1), error(2));
}

#[test]
fn elastic_net_without_absolute_hold_is_ridge_and_with_it_drops_noise() {
    let (records, targets) = rows(300, 2);
    let net =
        algorithm::ElasticNet { alpha: 0.1, l1_ratio: 0.0, tol: 1e-9, ..algorithm::ElasticNet::default() };
    let net = Penalised::elastic_net(&records, &COUNTS, &targets, None, &net, &|| false).unwrap();
    // scikit-learn divides the squared errors of `ElasticNet` by the rows, those of `Ridge` not.
    let ridge = algorithm::Ridge { alpha: 0.1 * 300.0, ..algorithm::Ridge::default() };
    let ridge = Penalised::ridge(&records, &COUNTS, &targets, None, &ridge).unwrap();
    assert_abs_diff_eq!(net.predict(records.view()), ridge.predict(records.view()), epsilon = 1e-3);
    let sparse = algorithm::ElasticNet { alpha: 0.5, l1_ratio: 1.0, ..algorithm::ElasticNet::default() };
    let sparse = Penalised::elastic_net(&records, &COUNTS, &targets, None, &sparse, &|| false).unwrap();
    assert!(sparse.coefficients.iter().filter(|coefficient| **coefficient == 0.0).count() >= 3);
}

/// Figures of scikit-learn 1.9.1: `ElasticNet(alpha, l1_ratio=…, tol=1e-12, max_iter=100000)` on the rows below behind
/// `StandardScaler`, asked for `[2.5, 7, 5]` and `[9, 0, 4]`.
#[test]
fn elastic_net_agrees_with_scikit_learn() {
    let records = array![
        [1.0, 5.0, 2.0],
        [2.0, 3.0, 9.0],
        [3.0, 9.0, 4.0],
        [4.0, 1.0, 7.0],
        [5.0, 6.0, 1.0],
        [6.0, 2.0, 8.0],
        [7.0, 8.0, 3.0],
        [8.0, 4.0, 6.0]
    ];
    let targets = array![3.1, 4.9, 9.2, 6.8, 11.5, 9.9, 16.2, 14.1];
    for (alpha, l1_ratio, expected) in [
        (0.5, 0.5, [7.892_708_18, 13.130_310_05]),
        (0.2, 0.9, [7.545_845_97, 13.938_833_61]),
        (1.0, 1.0, [7.521_706_27, 13.900_937_65]),
    ] {
        let params = algorithm::ElasticNet {
            alpha,
            l1_ratio,
            tol: 1e-12,
            max_iter: 100_000,
            ..algorithm::ElasticNet::default()
        };
        let net = Penalised::elastic_net(&records, &[None; 3], &targets, None, &params, &|| false).unwrap();
        for (row, expected) in [array![2.5, 7.0, 5.0], array![9.0, 0.0, 4.0]].iter().zip(expected) {
            assert_abs_diff_eq!(net.predict_row(row.view()), expected, epsilon = 1e-6);
        }
    }
}

#[test]
fn unknown_categories_and_constants_do_no_harm() {
    let records = array![[1.0, 7.0, 0.0], [2.0, 7.0, 1.0], [3.0, 7.0, 0.0], [4.0, 7.0, 1.0]];
    let params = algorithm::Ridge { degree: 2, ..algorithm::Ridge::default() };
    let ridge =
        Penalised::ridge(&records, &[None, None, Some(3)], &array![1.0, 3.0, 3.0, 5.0], None, &params)
            .unwrap();
    assert!(ridge.predict_row(array![2.0, 1e9, 99.0].view()).is_finite());
    let origin = algorithm::Ridge { fit_intercept: false, ..params };
    let through =
        Penalised::ridge(&records, &[None, None, Some(3)], &array![1.0, 3.0, 3.0, 5.0], None, &origin)
            .unwrap();
    assert_eq!(through.intercept, 0.0);
}

#[test]
fn too_many_columns_are_refused() {
    let records = Array2::from_shape_fn((300, 3), |(row, column)| ((row * (column + 1)) % 100) as f64);
    let params = algorithm::Ridge { degree: 2, ..algorithm::Ridge::default() };
    let wide = Array2::from_shape_fn((300, 100), |(row, column)| ((row * (column + 3)) % 97) as f64);
    let refused = Penalised::ridge(&wide, &[None; 100], &Array1::zeros(300), None, &params);
    assert!(refused.unwrap_err().to_string().contains("`degree`"));
    Penalised::ridge(&records, &[Some(101); 3], &Array1::zeros(300), None, &params).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]
    #[test]
    fn contributions_add_up(seed in 0_u64..1_000, degree in 1_u32..=2) {
        let (records, targets) = rows(80, seed);
        let params = algorithm::Ridge { degree, ..algorithm::Ridge::default() };
        let ridge = Penalised::ridge(&records, &COUNTS, &targets, None, &params).unwrap();
        for row in [records.row(0), records.row(7), array![3.0, 0.2, 9.0, 0.0].view()] {
            let (base, amounts) = ridge.contributions(row);
            let sum = base + amounts.iter().sum::<f64>();
            prop_assert!((sum - ridge.predict_row(row)).abs() < 1e-9);
        }
        prop_assert!(ridge.is_sound(4) && !ridge.is_sound(3));
    }
}
