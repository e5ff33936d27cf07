//! Drivers and response curves of the reference models on the ten thousand used cars of the original project.
//!
//! The file lies beside the project, not in it; without it these tests say so and pass.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "this is a test that tells its figures")]

use std::path::Path;
use std::time::Instant;

use ml::{Cell, Progress, Table, fit, permutation_importance, prepare, responses};
use types::algorithm::{GradientBoosting, RandomForest};
use types::{Algorithm, Language, ResponseRule, TargetTransform, TrainingSpec};

struct Silent;
impl Progress for Silent {
    fn report(&self, _fraction: f64, _stage: &str) {}
}

fn table() -> Option<Table> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/automoviles_usados.csv");
    if !path.is_file() {
        eprintln!("SKIPPED: {} is not there", path.display());
        return None;
    }
    Some(Table::from_csv(&std::fs::read(path).unwrap()).unwrap())
}

fn check(algorithm: Algorithm, transform: TargetTransform) {
    let Some(table) = table() else { return };
    let name = algorithm.name();
    let prepared =
        prepare(&TrainingSpec { transform, ..TrainingSpec::new("precio", algorithm) }, &table).unwrap();
    let model = fit(&prepared, &Silent).unwrap().model;
    let begin = Instant::now();
    for row in 0..20 {
        let cells: Vec<Cell<'_>> = (0..14).map(|column| table.cell(row, column).unwrap()).collect();
        let drivers = model.drivers(&cells);
        let sum = drivers.base + drivers.contributions.iter().map(|driver| driver.amount).sum::<f64>();
        assert!(
            (sum - drivers.prediction).abs() <= 1e-9 * drivers.prediction.abs(),
            "{name}: {sum} {drivers:?}"
        );
    }
    eprintln!("{name}: drivers of a row in {:?}", begin.elapsed() / 20);

    let importance = permutation_importance(&model, &prepared, 2, 1).unwrap();
    let place = |feature: &str| importance.iter().position(|one| one.feature == feature).unwrap();
    assert!(place("año") < place("color"), "{importance:?}");
    for finding in responses(&model, &prepared, &ResponseRule::of_cars(), &Silent).unwrap().1 {
        eprintln!("{name}: {}", finding.sentence(Language::En));
    }
}

#[test]
fn drivers_of_the_reference_forest_add_up() {
    let forest = RandomForest {
        n_estimators: 100,
        max_depth: Some(20),
        min_samples_split: 5,
        min_samples_leaf: 2,
        ..RandomForest::default()
    };
    check(forest.into(), TargetTransform::None);
}

#[test]
fn drivers_of_boosted_trees_add_up_on_the_scale_of_prices() {
    check(GradientBoosting::default().into(), TargetTransform::Log);
}
