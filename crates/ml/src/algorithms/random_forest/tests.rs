use approx::assert_abs_diff_eq;
use linfa::ParamGuard;
use linfa::traits::Predict;
use ndarray::array;
use proptest::prelude::*;
use types::MaxFeatures;

use super::*;
use crate::algorithms::tree::{Growing, Question};
use crate::random::below;

fn one_tree() -> RandomForestParams {
    RandomForest::params().n_estimators(1).bootstrap(false)
}

/// 300 rows: two numbers, a category of seven codes and noise.
fn data() -> DatasetBase<Array2<f64>, Array1<f64>> {
    let mut random = generator(7);
    let mut uniform = || f64::from((random.next_u64() >> 40) as u32) / f64::from(1 << 24);
    let mut records = Array2::zeros((300, 3));
    let mut targets = Array1::zeros(300);
    for (mut row, target) in records.rows_mut().into_iter().zip(&mut targets) {
        let (a, b, code) = (uniform() * 10.0, uniform(), (uniform() * 7.0).floor());
        row.assign(&array![a, b, code]);
        *target = a * a + if code == 3.0 { 50.0 } else { 0.0 } + uniform();
    }
    DatasetBase::new(records, targets)
}

#[test]
fn a_tree_is_what_a_person_would_draw() {
    // The best first question is `x0 <= 2.5`; only the right side still varies, by the category.
    let records = array![[1.0, 0.0], [2.0, 1.0], [3.0, 0.0], [4.0, 1.0], [5.0, 2.0]];
    let targets = array![0.0, 0.0, 10.0, 14.0, 10.0];
    let forest =
        one_tree().categories(vec![1]).fit(&DatasetBase::new(records.clone(), targets.clone())).unwrap();
    let mut expected = Growing::new(5.0);
    expected.ask(0, 0, Question::AtMost { limit: 2.5, missing_is_yes: false });
    expected.ask(2, 1, Question::Is(1));
    for (place, value, cover) in [(1, 0.0, 2.0), (3, 14.0, 1.0), (4, 10.0, 2.0)] {
        expected.answer(place, value);
        expected.cover(place, cover);
    }
    expected.cover(2, 3.0);
    assert_eq!(forest.trees, [expected.finish()]);
    assert_eq!(forest.predict(&records), targets);
    assert_eq!(forest.predict_row(&[9.0, 77.0]), 10.0, "an unknown category is none of those");
    // All in all Σ(y - 6.8)² = 164.8; the first question leaves the 32/3 that the second takes away.
    assert_abs_diff_eq!(forest.importance()[1], (32.0 / 3.0) / 164.8, epsilon = 1e-12);
    assert_abs_diff_eq!(forest.importance().iter().sum::<f64>(), 1.0, epsilon = 1e-12);
}

#[test]
fn limits_of_growth_are_kept() {
    let records = Array2::from_shape_fn((16, 1), |(row, _)| row as f64);
    let targets = Array1::from_shape_fn(16, |row| (row * row) as f64);
    let data = DatasetBase::new(records, targets);
    let nodes = |params: RandomForestParams| params.fit(&data).unwrap().trees[0].node_count();
    assert_eq!(nodes(one_tree()), 31, "every row has its leaf");
    assert_eq!(nodes(one_tree().max_depth(Some(1))), 3);
    assert!(nodes(one_tree().max_depth(Some(3))) <= 15);
    assert_eq!(nodes(one_tree().min_samples_leaf(8)), 3);
    assert_eq!(nodes(one_tree().min_samples_leaf(9)), 1);
    assert_eq!(nodes(one_tree().min_samples_split(17)), 1);
}

#[test]
fn a_split_without_gain_is_taken_where_it_leads_on() {
    // Exclusive or: the first question explains nothing, the second everything.
    let records = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let targets = array![0.0, 1.0, 1.0, 0.0];
    let forest = one_tree().fit(&DatasetBase::new(records.clone(), targets.clone())).unwrap();
    assert_eq!(forest.predict(&records), targets);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let data = data();
    let params = RandomForest::params().n_estimators(20).max_features(MaxFeatures::Sqrt).categories(vec![2]);
    let fit = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let forest = params.fit(&data).unwrap();
            let predictions: Array1<f64> = forest.predict(data.records());
            (forest, predictions)
        })
    };
    let one = fit(1);
    assert_eq!(one, fit(3));
    assert_ne!(one.0, params.clone().random_state(43).fit(&data).unwrap());
}

#[test]
fn a_forest_learns_and_its_predictions_agree_with_each_other() {
    let data = data();
    let forest = RandomForest::params().n_estimators(30).categories(vec![2]).fit(&data).unwrap();
    let together: Array1<f64> = forest.predict(data.records());
    for (row, prediction) in data.records().rows().into_iter().zip(&together) {
        assert_eq!(forest.predict_row(&row.to_vec()), *prediction);
    }
    let mut stages = Vec::new();
    forest
        .ensemble()
        .staged(data.records().view(), &[1, 7, 30], |count, means| stages.push((count, means.to_vec())));
    assert_eq!(stages.iter().map(|(count, _)| *count).collect::<Vec<_>>(), [1, 7, 30]);
    assert_eq!(stages[2].1, together.to_vec());
    let error = (&together - data.targets()).mapv(|error| error * error).mean().unwrap();
    assert!(error < 4.0, "{error}");
    assert!(forest.importance()[0] > forest.importance()[2]);
    assert!(forest.importance()[2] > forest.importance()[1]);
}

struct Ear<'a>(&'a std::sync::Mutex<Vec<u32>>);

impl Observer for Ear<'_> {
    fn grown(&self, ready: u32, _loss: Option<&dyn Fn() -> f64>) {
        self.0.lock().unwrap().push(ready);
    }
}

/// Cancels once it has been asked so often.
struct Impatient {
    asked: std::sync::atomic::AtomicU32,
    most: u32,
    grown: std::sync::atomic::AtomicU32,
}

impl Observer for Impatient {
    fn grown(&self, ready: u32, _loss: Option<&dyn Fn() -> f64>) {
        self.grown.fetch_max(ready, std::sync::atomic::Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= self.most
    }
}

#[test]
fn observers_hear_of_every_tree() {
    let data = data();
    let heard = std::sync::Mutex::new(Vec::new());
    let params = RandomForest::params().n_estimators(9).check().unwrap();
    params.fit_observed(&data, &Ear(&heard)).unwrap();
    let mut heard = heard.into_inner().unwrap();
    heard.sort_unstable();
    assert_eq!(heard, (1..=9).collect::<Vec<_>>());
}

#[test]
fn observers_can_stop_the_growing() {
    let params = RandomForest::params().n_estimators(1000).check().unwrap();
    let observer = Impatient { asked: 0.into(), most: 0, grown: 0.into() };
    assert!(matches!(params.fit_observed(&data(), &observer), Err(Error::Cancelled)));
    assert!(observer.grown.into_inner() < 100, "trees went on growing");
}

#[test]
fn extreme_targets_and_numbers_do_not_overflow() {
    let records = array![[-1e150], [0.0], [1e-300], [1e150]];
    let targets = array![-1e150, 0.0, 1e-300, 1e150];
    let forest = one_tree().fit(&DatasetBase::new(records.clone(), targets.clone())).unwrap();
    let predictions: Array1<f64> = forest.predict(&records);
    assert!(predictions.iter().all(|prediction| prediction.is_finite()));
    assert_eq!(predictions[3], 1e150);
}

#[test]
fn neighbouring_doubles_are_separated() {
    let low = 1.0_f64;
    let high = low.next_up();
    let records = array![[low], [high]];
    let targets = array![3.0, 4.0];
    let forest = one_tree().fit(&DatasetBase::new(records.clone(), targets.clone())).unwrap();
    assert_eq!(forest.predict(&records), targets);
}

#[test]
fn missing_numbers_learn_where_to_go() {
    let records = array![[1.0], [2.0], [3.0], [4.0], [f64::NAN], [-f64::NAN]];
    for (lacking, targets) in [
        (1.0, array![1.0, 1.0, 9.0, 9.0, 1.0, 1.0]),
        (9.0, array![1.0, 1.0, 9.0, 9.0, 9.0, 9.0]),
        (30.0, array![1.0, 1.0, 9.0, 9.0, 30.0, 30.0]),
    ] {
        let tree = one_tree().fit(&DatasetBase::new(records.clone(), targets.clone())).unwrap();
        assert_eq!(tree.predict(&records), targets);
        assert_eq!(tree.predict_row(&[f64::NAN]), lacking);
    }
    let there = array![[1.0], [2.0], [3.0]];
    let tree = one_tree().fit(&DatasetBase::new(there, array![1.0, 5.0, 5.0])).unwrap();
    assert_eq!(tree.predict_row(&[f64::NAN]), 5.0, "where more rows went");
}

#[test]
fn missing_numbers_anywhere_keep_lists_in_order() {
    // Every row has its leaf, whatever is missing; a list out of order would mix rows up.
    let data = data();
    let mut records = data.records().clone();
    for (place, value) in records.column_mut(0).iter_mut().enumerate() {
        if place % 3 == 0 {
            *value = f64::NAN;
        }
    }
    for (place, value) in records.column_mut(1).iter_mut().enumerate() {
        if place % 5 == 0 {
            *value = f64::NAN;
        }
    }
    let tree = one_tree()
        .categories(vec![2])
        .fit(&DatasetBase::new(records.clone(), data.targets().clone()))
        .unwrap();
    let predictions: Array1<f64> = tree.predict(&records);
    let alike = predictions.iter().zip(data.targets()).filter(|(a, b)| (*a - *b).abs() < 1e-9).count();
    // Rows that lack both numbers and share their category cannot be told apart.
    assert!(alike > 275, "{alike}");
}

#[test]
fn weights_are_repetitions() {
    let data = data();
    let weights = Array1::from_shape_fn(300, |row| (row % 4) as f32);
    let weighted = DatasetBase::new(data.records().clone(), data.targets().clone()).with_weights(weights);
    let repeated: Vec<usize> = (0..300).flat_map(|row| std::iter::repeat_n(row, row % 4)).collect();
    let repeated = DatasetBase::new(
        data.records().select(ndarray::Axis(0), &repeated),
        data.targets().select(ndarray::Axis(0), &repeated),
    );
    let params = one_tree().categories(vec![2]).max_depth(Some(4));
    let (weighted, repeated) = (params.fit(&weighted).unwrap(), params.fit(&repeated).unwrap());
    assert_eq!(weighted.trees[0].node_count(), repeated.trees[0].node_count());
    for place in 0..weighted.trees[0].node_count() {
        assert_eq!(weighted.trees[0].cover(place), repeated.trees[0].cover(place));
    }
    for row in data.records().rows() {
        let row = row.to_vec();
        assert_abs_diff_eq!(weighted.predict_row(&row), repeated.predict_row(&row), epsilon = 1e-9);
    }
    let wrong = |weight| {
        one_tree()
            .fit(&DatasetBase::new(array![[1.0], [2.0]], array![1.0, 2.0]).with_weights(array![weight, 0.0]))
    };
    assert!(wrong(-1.0).is_err() && wrong(f32::NAN).is_err() && wrong(0.0).is_err() && wrong(2.0).is_ok());
}

#[test]
fn unusable_input_is_refused() {
    let fit = |records: Array2<f64>, targets: Array1<f64>, categories: Vec<usize>| {
        one_tree().categories(categories).fit(&DatasetBase::new(records, targets))
    };
    assert!(fit(Array2::zeros((0, 2)), array![], vec![]).is_err());
    assert!(fit(Array2::zeros((2, 0)), array![1.0, 2.0], vec![]).is_err());
    assert!(fit(array![[1.0], [2.0]], array![1.0], vec![]).is_err());
    assert!(fit(array![[f64::INFINITY], [2.0]], array![1.0, 2.0], vec![]).is_err());
    assert!(fit(array![[1.0], [2.0]], array![f64::NAN, 2.0], vec![]).is_err());
    assert!(fit(array![[f64::NAN], [2.0]], array![1.0, 2.0], vec![0]).is_err());
    assert!(fit(array![[1.0], [2.0]], array![1.0, f64::INFINITY], vec![]).is_err());
    assert!(fit(array![[0.5], [2.0]], array![1.0, 2.0], vec![0]).is_err());
    assert!(fit(array![[1e9], [2.0]], array![1.0, 2.0], vec![0]).is_err());
}

#[test]
fn forests_that_would_fill_the_memory_are_refused() {
    let params = |trees| RandomForest::params().n_estimators(trees).check().unwrap();
    assert!(params(100).check_size(8_000).is_ok());
    let error = params(10_000).check_size(100_000).unwrap_err();
    assert!(error.is_about_input() && error.to_string().contains("min_samples_leaf"));
    let shallow = RandomForest::params().n_estimators(10_000).max_depth(Some(10)).check().unwrap();
    assert!(shallow.check_size(100_000).is_ok());
}

#[test]
fn autotraits() {
    fn has_autotraits<T: Send + Sync + Sized + Unpin>() {}
    has_autotraits::<RandomForest>();
    has_autotraits::<RandomForestParams>();
    has_autotraits::<RandomForestValidParams>();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn directions_are_kept(seed in 0_u64..1_000, is_tree in any::<bool>()) {
        let mut random = generator(seed);
        let mut unit = move || below(&mut random, 1_000) as f64 / 1_000.0;
        let records = Array2::from_shape_fn((300, 3), |_| unit());
        // Both rules are broken by the data, here and there.
        let targets: Array1<f64> = records
            .rows()
            .into_iter()
            .map(|row| row[1] - row[0] + (9.0 * row[0]).sin() * 0.5 + (11.0 * row[1]).cos() * row[2])
            .collect();
        let params = if is_tree { one_tree() } else { RandomForest::params().n_estimators(5) };
        let params = params.directions(vec![-1, 1, 0]).check().unwrap();
        let forest = params.fit(&DatasetBase::new(records, targets)).unwrap();
        for other in [0.1, 0.4, 0.8] {
            let curve = |row: fn(f64, f64) -> [f64; 3]| -> Vec<f64> {
                (0..50).map(|step| forest.predict_row(&row(f64::from(step) / 50.0, other))).collect()
            };
            let falling = curve(|value, other| [value, other, other]);
            prop_assert!(falling.windows(2).all(|pair| pair[1] <= pair[0] + 1e-12));
            let rising = curve(|value, other| [other, value, other]);
            prop_assert!(rising.windows(2).all(|pair| pair[1] >= pair[0] - 1e-12));
        }
    }
}
