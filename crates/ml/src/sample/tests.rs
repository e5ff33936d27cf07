use types::{Algorithm, ColumnKind, TrainingSpec};

use super::*;
use crate::{Cell, Model, Progress, Scores, Table, evaluate, fit, prepare};

struct Silent;
impl Progress for Silent {
    fn report(&self, _fraction: f64, _stage: &str) {}
}

fn numbers(table: &Table, name: &str) -> Vec<Option<f64>> {
    let column = table.columns().iter().position(|column| *column == name).unwrap();
    (0..table.row_count())
        .map(|row| match table.cell(row, column).unwrap() {
            Cell::Number(number) => Some(number),
            _ => None,
        })
        .collect()
}

fn texts<'a>(table: &'a Table, name: &str) -> Vec<Option<&'a str>> {
    let column = table.columns().iter().position(|column| *column == name).unwrap();
    (0..table.row_count())
        .map(|row| match table.cell(row, column).unwrap() {
            Cell::Text(text) => Some(text),
            _ => None,
        })
        .collect()
}

#[test]
fn a_seed_fixes_every_byte() {
    assert_eq!(used_cars(50, 1), used_cars(50, 1));
    assert_ne!(used_cars(50, 1), used_cars(50, 2));
    assert!(used_cars(80, 1).starts_with(&used_cars(50, 1)));
    assert_eq!(used_cars(0, 1).lines().count(), 1);
}

#[test]
fn the_table_has_the_fifteen_columns_with_their_kinds() {
    let table = Table::from_csv(used_cars(3_000, 7).as_bytes()).unwrap();
    let kinds: Vec<(String, ColumnKind)> =
        table.profile().into_iter().map(|profile| (profile.name, profile.kind)).collect();
    let (i, d, t) = (ColumnKind::Integer, ColumnKind::Decimal, ColumnKind::Text);
    let expected = [
        ("marca", t),
        ("tipo_carroceria", t),
        ("año", i),
        ("kilometraje", i),
        ("tipo_combustible", t),
        ("transmision", t),
        ("cilindrada", i),
        ("potencia", i),
        ("peso", i),
        ("consumo", d),
        ("color", t),
        ("edad_propietarios", i),
        ("calificacion_estado", d),
        ("region_venta", t),
        ("precio", i),
    ];
    assert_eq!(kinds, expected.map(|(name, kind)| (name.to_owned(), kind)));
}

#[test]
fn cars_keep_to_the_limits_and_to_sense() {
    let table = Table::from_csv(used_cars(5_000, 3).as_bytes()).unwrap();
    let profile = |name: &str| table.profile().into_iter().find(|profile| profile.name == name).unwrap();
    for (name, min, max) in [
        ("año", 2008.0, 2026.0),
        ("kilometraje", 0.0, 2_000_000.0),
        ("cilindrada", 0.0, 8000.0),
        ("potencia", 10.0, 1500.0),
        ("peso", 300.0, 5000.0),
        ("consumo", 0.0, 40.0),
        ("edad_propietarios", 1.0, 20.0),
        ("calificacion_estado", 1.0, 10.0),
        ("precio", 500.0, 250_000.0),
    ] {
        let profile = profile(name);
        assert!(profile.min.unwrap() >= min && profile.max.unwrap() <= max, "{profile:?}");
    }
    assert_eq!((profile("año").min, profile("año").max), (Some(2008.0), Some(2026.0)));
    assert_eq!(profile("precio").missing, 0);
    assert!((1..200).contains(&profile("kilometraje").missing));
    for (name, levels) in [("marca", 11), ("tipo_carroceria", 6), ("color", 8), ("region_venta", 5)] {
        assert_eq!(profile(name).levels.len(), levels);
    }

    let fuels = texts(&table, "tipo_combustible");
    let gears = texts(&table, "transmision");
    let (sizes, uses) = (numbers(&table, "cilindrada"), numbers(&table, "consumo"));
    for row in 0..table.row_count() {
        let is_electric = fuels[row] == Some("Eléctrico");
        if is_electric {
            assert_eq!(gears[row], Some("Automática"));
        }
        for number in [sizes[row], uses[row]].into_iter().flatten() {
            assert_eq!(number == 0.0, is_electric);
        }
    }
}

#[test]
fn distances_are_continuous_and_grow_with_age() {
    let table = Table::from_csv(used_cars(3_000, 3).as_bytes()).unwrap();
    let (years, distances) = (numbers(&table, "año"), numbers(&table, "kilometraje"));
    let mean = |range: std::ops::RangeInclusive<f64>| {
        let some: Vec<f64> = years
            .iter()
            .zip(&distances)
            .filter(|(year, _)| range.contains(&year.unwrap()))
            .filter_map(|(_, distance)| *distance)
            .collect();
        some.iter().sum::<f64>() / some.len() as f64
    };
    assert!(mean(2024.0..=2026.0) < 45_000.0);
    assert!(mean(2008.0..=2011.0) > 130_000.0);
    let mut different: Vec<u64> = distances.iter().flatten().map(|distance| distance.to_bits()).collect();
    different.sort_unstable();
    different.dedup();
    assert!(different.len() > 2_500);
}

/// The car of the API's example, in the order of the table's columns.
const EXAMPLE: [Cell<'_>; 14] = [
    Cell::Text("Toyota"),
    Cell::Text("SUV"),
    Cell::Number(2020.0),
    Cell::Number(50_000.0),
    Cell::Text("Gasolina"),
    Cell::Text("Automática"),
    Cell::Number(2000.0),
    Cell::Number(150.0),
    Cell::Number(1500.0),
    Cell::Number(7.5),
    Cell::Text("Blanco"),
    Cell::Number(1.0),
    Cell::Number(8.5),
    Cell::Text("Norte"),
];

fn train(algorithm: Algorithm) -> (Model, Scores) {
    let table = Table::from_csv(used_cars(4_000, 42).as_bytes()).unwrap();
    let spec = TrainingSpec::new("precio", algorithm);
    let prepared = prepare(&spec, &table).unwrap();
    let model = fit(&prepared, &Silent).unwrap().model;
    let scores = evaluate(&model, &prepared).unwrap().test;
    (model, scores)
}

#[test]
fn a_forest_learns_more_than_a_line_and_neither_learns_the_noise() {
    let (_, linear) = train(Algorithm::linear());
    let (forest, scores) = train(Algorithm::random_forest());
    assert!(linear.r2 > 0.7 && scores.r2 > linear.r2 + 0.03, "{linear:?} {scores:?}");
    assert!(scores.r2 < 0.99, "{scores:?}");
    let price = forest.predict_row(&EXAMPLE);
    assert!((17_000.0..21_500.0).contains(&price), "the example costs {price}, with {scores:?}");
}
