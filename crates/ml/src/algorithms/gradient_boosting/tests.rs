use linfa::traits::Predict;
use ndarray::array;
use proptest::prelude::*;
use types::algorithm::Monotone;

use super::*;

fn values() -> algorithm::GradientBoosting {
    algorithm::GradientBoosting { min_child_samples: 1, ..algorithm::GradientBoosting::default() }
}

fn fit(values: algorithm::GradientBoosting, records: Array2<f64>, targets: Array1<f64>) -> GradientBoosting {
    let params = GradientBoosting::params(values).check().unwrap();
    params.fit(&DatasetBase::new(records, targets)).unwrap()
}

/// Two hundred rows of a step, a slope, and noise.
fn noisy(seed: u64) -> (Array2<f64>, Array1<f64>) {
    let mut random = generator(seed);
    let mut number = || below(&mut random, 1_000) as f64 / 1_000.0;
    let records = Array2::from_shape_fn((200, 3), |_| number());
    let targets = records
        .rows()
        .into_iter()
        .map(|row| f64::from(u8::from(row[0] > 0.5)) * 5.0 + row[1] + 0.1 * number())
        .collect();
    (records, targets)
}

#[test]
fn one_tree_takes_a_step_of_the_learning_rate() {
    let one = algorithm::GradientBoosting { n_estimators: 1, num_leaves: 2, ..values() };
    let boosting = fit(one, array![[1.0], [2.0], [3.0], [4.0]], array![0.0, 0.0, 8.0, 8.0]);
    // The mean is 4; the leaves miss it by 4, of which a tenth is taken.
    assert_eq!(boosting.predict_row(&[2.0]), 3.6);
    assert_eq!(boosting.predict_row(&[3.0]), 4.4);
    assert_eq!(boosting.importance(), [1.0]);
}

#[test]
fn holds_make_leaves_smaller() {
    let records = array![[1.0], [2.0], [3.0], [4.0]];
    let targets = array![0.0, 0.0, 8.0, 8.0];
    let held = |reg_lambda, reg_alpha| algorithm::GradientBoosting {
        n_estimators: 1,
        num_leaves: 2,
        learning_rate: 1.0,
        reg_lambda,
        reg_alpha,
        ..values()
    };
    // Gradients of a leaf add up to 8, weights to 2: 8 / (2 + 2), and (8 - 4) / 2.
    assert_eq!(fit(held(2.0, 0.0), records.clone(), targets.clone()).predict_row(&[4.0]), 6.0);
    assert_eq!(fit(held(0.0, 4.0), records, targets).predict_row(&[4.0]), 6.0);
}

#[test]
fn missing_numbers_learn_their_way() {
    let nan = f64::NAN;
    let one = algorithm::GradientBoosting { n_estimators: 1, num_leaves: 2, learning_rate: 1.0, ..values() };
    let high = fit(one.clone(), array![[1.0], [2.0], [3.0], [nan]], array![0.0, 0.0, 9.0, 9.0]);
    assert_eq!((high.predict_row(&[nan]), high.predict_row(&[1.5])), (9.0, 0.0));
    let low = fit(one.clone(), array![[1.0], [2.0], [3.0], [nan]], array![0.0, 0.0, 9.0, 0.0]);
    assert_eq!(low.predict_row(&[nan]), 0.0);
    let alone = fit(one, array![[1.0], [2.0], [3.0], [nan]], array![0.0, 0.0, 0.0, 9.0]);
    assert_eq!((alone.predict_row(&[nan]), alone.predict_row(&[1e9])), (9.0, 0.0));
}

#[test]
fn sets_of_categories_are_found() {
    let codes: Array1<f64> = (0..60).map(|row| f64::from(row % 6)).collect();
    let targets = codes.map(|code| if [1.0, 4.0].contains(code) { 10.0 } else { 0.0 });
    let one = algorithm::GradientBoosting { n_estimators: 1, num_leaves: 2, learning_rate: 1.0, ..values() };
    let one = algorithm::GradientBoosting { cat_l2: 0.0, ..one };
    let params = GradientBoosting::params(one).categories(vec![0]).check().unwrap();
    let data = DatasetBase::new(codes.insert_axis(Axis(1)), targets);
    let boosting = params.fit(&data).unwrap();
    let answers: Vec<f64> =
        (0..8).map(|code| (boosting.predict_row(&[f64::from(code)]) * 1e6).round() / 1e6).collect();
    // Codes 6 and 7 were never seen and go with the majority.
    assert_eq!(answers, [0.0, 10.0, 0.0, 0.0, 10.0, 0.0, 0.0, 0.0]);
}

#[test]
fn weights_count_as_repeated_rows() {
    let records = array![[1.0], [2.0], [3.0]];
    let targets = array![1.0, 5.0, 6.0];
    let one = algorithm::GradientBoosting { num_leaves: 2, n_estimators: 3, ..values() };
    let params = GradientBoosting::params(one).check().unwrap();
    let weighted = DatasetBase::new(records, targets).with_weights(array![2.0_f32, 1.0, 1.0]);
    let repeated = DatasetBase::new(array![[1.0], [1.0], [2.0], [3.0]], array![1.0, 1.0, 5.0, 6.0]);
    let (weighted, repeated) = (params.fit(&weighted).unwrap(), params.fit(&repeated).unwrap());
    for value in [1.0, 2.0, 3.0] {
        assert!((weighted.predict_row(&[value]) - repeated.predict_row(&[value])).abs() < 1e-12);
    }
}

#[test]
fn robust_losses_ignore_an_outlier() {
    let records = array![[1.0], [2.0], [3.0], [4.0], [5.0]];
    let targets = array![1.0, 1.0, 1.0, 1.0, 1000.0];
    let stump = |objective, alpha| algorithm::GradientBoosting {
        n_estimators: 50,
        objective,
        alpha,
        min_child_samples: 3,
        ..values()
    };
    let median = fit(stump(Objective::Absolute, 0.9), records.clone(), targets.clone());
    assert!((median.predict_row(&[1.0]) - 1.0).abs() < 1e-9);
    let huber = fit(stump(Objective::Huber, 1.0), records, targets);
    assert!(huber.predict_row(&[1.0]) < 201.0);
}

#[test]
fn quantiles_lie_above_their_share_of_the_rows() {
    let (records, targets) = noisy(5);
    for alpha in [0.1, 0.5, 0.9] {
        let quantile = algorithm::GradientBoosting { objective: Objective::Quantile, alpha, ..values() };
        let quantile = algorithm::GradientBoosting { min_child_samples: 20, num_leaves: 4, ..quantile };
        let boosting = fit(quantile, records.clone(), targets.clone());
        let below = boosting.predict(&records).iter().zip(&targets).filter(|(p, t)| t <= p).count();
        assert!((below as f64 / 200.0 - alpha).abs() < 0.06, "{alpha}: {below}");
    }
    let wrong = algorithm::GradientBoosting { objective: Objective::Quantile, alpha: 1.0, ..values() };
    assert!(GradientBoosting::params(wrong).check().unwrap_err().to_string().starts_with("alpha"));
}

#[test]
fn early_stopping_keeps_the_best_trees() {
    let (records, targets) = noisy(6);
    let stopping = algorithm::GradientBoosting {
        n_estimators: 2_000,
        learning_rate: 0.3,
        early_stopping_rounds: 10,
        validation_fraction: 0.2,
        ..values()
    };
    let boosting = fit(stopping.clone(), records.clone(), targets.clone());
    assert!((2..500).contains(&boosting.tree_count()), "{}", boosting.tree_count());
    assert_eq!(boosting, fit(stopping, records, targets));
}

#[test]
fn rows_and_features_are_drawn_by_the_seed() {
    let (records, targets) = noisy(7);
    let drawn = |random_state| algorithm::GradientBoosting {
        subsample: 0.5,
        colsample_bytree: 0.5,
        random_state,
        min_child_samples: 5,
        ..values()
    };
    let first = fit(drawn(1), records.clone(), targets.clone());
    assert_eq!(first, fit(drawn(1), records.clone(), targets.clone()));
    assert_ne!(first, fit(drawn(2), records.clone(), targets.clone()));
    let error = (first.predict(&records) - targets).map(|error| error * error).mean().unwrap();
    assert!(error < 0.2, "{error}");
}

#[test]
fn threads_do_not_change_a_bit() {
    let table = crate::Table::from_csv(crate::sample::used_cars(40_000, 3).as_bytes()).unwrap();
    let few = algorithm::GradientBoosting {
        n_estimators: 5,
        subsample: 0.9,
        ..algorithm::GradientBoosting::default()
    };
    let spec = types::TrainingSpec::new("precio", few);
    let prepared = crate::prepare(&spec, &table).unwrap();
    let fit = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| crate::fit(&prepared, &crate::training::Silent).unwrap().model)
    };
    assert_eq!(fit(1).to_bytes().unwrap(), fit(3).to_bytes().unwrap());
}

/// Cancels once it has been asked so often.
struct Impatient {
    asked: std::sync::atomic::AtomicU32,
    most: u32,
    grown: std::sync::atomic::AtomicU32,
}

impl Observer for Impatient {
    fn grown(&self, ready: u32, loss: Option<&dyn Fn() -> f64>) {
        assert!(loss.is_some_and(|loss| loss() >= 0.0));
        self.grown.fetch_max(ready, std::sync::atomic::Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= self.most
    }
}

#[test]
fn the_loss_that_observers_hear_of_falls() {
    struct Ear(std::sync::Mutex<Vec<f64>>);
    impl Observer for Ear {
        fn grown(&self, _ready: u32, loss: Option<&dyn Fn() -> f64>) {
            self.0.lock().unwrap().push(loss.unwrap()());
        }
    }
    let (records, targets) = noisy(8);
    let params = GradientBoosting::params(values()).check().unwrap();
    let ear = Ear(std::sync::Mutex::default());
    params.fit_observed(&DatasetBase::new(records, targets), &ear).unwrap();
    let heard = ear.0.into_inner().unwrap();
    assert!(heard.is_sorted_by(|a, b| a >= b) && heard.first() > heard.last(), "{heard:?}");
}

#[test]
fn a_break_ends_the_growing() {
    let (records, targets) = noisy(8);
    let params = GradientBoosting::params(values()).check().unwrap();
    let data = DatasetBase::new(records, targets);
    let asked = |most| {
        let observer = Impatient { asked: 0.into(), most, grown: 0.into() };
        (params.fit_observed(&data, &observer), observer.grown.into_inner())
    };
    let (outcome, grown) = asked(40);
    assert!(matches!(outcome, Err(Error::Cancelled)));
    assert!(grown < 40, "trees went on growing: {grown}");
    // In the middle of the first tree.
    let (outcome, grown) = asked(1);
    assert!(matches!(outcome, Err(Error::Cancelled)) && grown == 0);
}

#[test]
fn equal_targets_give_the_constant() {
    let boosting = fit(values(), array![[1.0], [2.0], [3.0]], array![0.1, 0.1, 0.1]);
    assert!((boosting.predict_row(&[2.0]) - 0.1).abs() < 1e-12);
    assert_eq!(boosting.importance(), [0.0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn directions_are_kept(seed in 0_u64..1_000, objective in 0_usize..4) {
        let (records, targets) = noisy(seed);
        let objectives = [Objective::Squared, Objective::Absolute, Objective::Huber, Objective::Quantile];
        let values = algorithm::GradientBoosting {
            n_estimators: 30,
            objective: objectives[objective],
            monotone_constraints: Monotone::default(),
            ..values()
        };
        let params = GradientBoosting::params(values).directions(vec![-1, 1, 0]).check().unwrap();
        let boosting = params.fit(&DatasetBase::new(records, targets)).unwrap();
        for other in [0.1, 0.4, 0.8] {
            let curve = |row: fn(f64, f64) -> [f64; 3]| -> Vec<f64> {
                (0..50).map(|step| boosting.predict_row(&row(f64::from(step) / 50.0, other))).collect()
            };
            let falling = curve(|value, other| [value, other, other]);
            prop_assert!(falling.windows(2).all(|pair| pair[1] <= pair[0] + 1e-12));
            let rising = curve(|value, other| [other, value, other]);
            prop_assert!(rising.windows(2).all(|pair| pair[1] >= pair[0] - 1e-12));
        }
    }
}
