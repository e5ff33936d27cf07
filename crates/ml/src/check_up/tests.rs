//! Tables with one thing wrong each, and the verdicts on them.

use types::{
    DataFinding, DataFindingKind as Kind, DateProblem, DomainProblem, Indicator, Millis, Severity,
    TrainingSpec,
};

use super::*;

/// 2026-11-28.
const TODAY: Millis = Millis(1_795_824_000_000);

fn table(header: &str, row: impl Fn(usize) -> String) -> Table {
    table_of(header, 400, row)
}

fn table_of(header: &str, rows: usize, row: impl Fn(usize) -> String) -> Table {
    let rows: Vec<String> = (0..rows).map(row).collect();
    Table::from_csv(format!("{header}\n{}\n", rows.join("\n")).as_bytes()).unwrap()
}

/// The findings about a column, or about whole rows for an empty name.
fn about(table: &Table, column: &str) -> Vec<DataFinding> {
    let findings = report(table, TODAY).findings;
    findings.into_iter().filter(|finding| finding.kind.column().unwrap_or_default() == column).collect()
}

/// A number without a pattern that tests would trip over.
fn noise(row: usize) -> usize {
    row * 7_919 % 10_007
}

/// The broken column of the original used cars, made again.
fn broken_cars() -> Table {
    table("marca,año,kilometraje,precio", |row| {
        let year = 2000 + noise(row) % 25;
        let kilometres = if year == 2024 { 1_000 } else { 400_000 };
        format!("{},{year},{kilometres},{}", ["Kia", "Ford", "Seat"][row % 3], 5_000 + noise(row * 3))
    })
}

fn tells_that_kilometres_are_broken(table: &Table) {
    let found = about(table, "kilometraje");
    assert_eq!(found[0].severity, Severity::Serious, "{found:?}");
    let Kind::TwoValued { values, repeats, .. } = &found[0].kind else { panic!("{found:?}") };
    let values: Vec<&str> = values.iter().map(|(value, _)| value.as_str()).collect();
    assert_eq!(values, ["400000", "1000"]);
    let expected =
        Indicator { column: "año".to_owned(), value: "2024".to_owned(), means: "1000".to_owned() };
    assert_eq!(repeats.as_ref(), Some(&expected));
}

#[test]
fn a_number_with_two_values_that_repeats_a_year_is_serious() {
    tells_that_kilometres_are_broken(&broken_cars());
}

#[test]
fn the_original_cars_are_found_broken() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/automoviles_usados.csv");
    let Ok(bytes) = std::fs::read(path) else {
        println!("skipped: {path} is not there");
        return;
    };
    tells_that_kilometres_are_broken(&Table::from_csv(&bytes).unwrap());
}

#[test]
fn a_sound_table_has_no_findings() {
    let table = table("marca,año,kilometraje,precio,garantía", |row| {
        let (a, b) = (noise(row), noise(row * 5 + 3));
        format!(
            "{},{},{},{},{}",
            ["Kia", "Ford", "Seat"][a % 3],
            2000 + b % 25,
            a * 20 + 13,
            5_000 + b,
            a % 2
        )
    });
    assert_eq!(report(&table, TODAY).findings, []);
}

#[test]
fn columns_without_information_are_named() {
    let table = table("empty,same,few,id,name,x", |row| {
        let few = if row < 100 { row.to_string() } else { String::new() };
        format!(",7,{few},{},n{row},{}", row + 1, noise(row) % 50)
    });
    assert!(matches!(about(&table, "empty")[0].kind, Kind::Empty { .. }));
    assert!(matches!(&about(&table, "same")[0].kind, Kind::Constant { value, .. } if value == "7"));
    assert!(matches!(about(&table, "few")[0].kind, Kind::MostlyMissing { count: 300, .. }));
    assert!(matches!(about(&table, "id")[0].kind, Kind::Identifies { .. }));
    assert!(matches!(about(&table, "name")[0].kind, Kind::Identifies { distinct: 400, .. }));
    assert_eq!(about(&table, "x"), []);
}

#[test]
fn copies_are_found_on_any_scale_and_in_any_words() {
    let table = table("eur,usd,brand,code,other", |row| {
        let brand = noise(row) % 7;
        format!(
            "{0},{1:.2},b{brand},{2},{3}",
            noise(row),
            noise(row) as f64 * 1.5 + 2.0,
            brand * 10,
            noise(row * 3)
        )
    });
    assert!(matches!(&about(&table, "usd")[0].kind, Kind::Copies { of, .. } if of == "eur"));
    assert!(matches!(&about(&table, "code")[0].kind, Kind::Copies { of, .. } if of == "brand"));
    assert_eq!(about(&table, "other"), []);
}

#[test]
fn electric_engines_have_no_displacement() {
    let table = table("combustible,cilindrada,x", |row| {
        let fuel = ["Gasolina", "Diésel", "Eléctrico", "Híbrido eléctrico"][row % 4];
        format!("{fuel},{},{}", 1_000 + noise(row) % 9 * 200, noise(row))
    });
    let found = about(&table, "cilindrada");
    assert_eq!(found[0].severity, Severity::Serious);
    let Kind::Impossible { level, count, line, by, .. } = &found[0].kind else { panic!("{found:?}") };
    assert_eq!((level.as_str(), *count, *line, by.as_str()), ("Eléctrico", 100, 4, "combustible"));
}

#[test]
fn exceptions_to_what_a_value_decides_are_found() {
    let table = table("kind,doors,x", |row| {
        let doors = match row % 4 {
            0 if row == 200 => 5,
            0 => 2,
            other => other + 2,
        };
        format!("{},{doors},{}", if row % 4 == 0 { "coupé" } else { "other" }, noise(row))
    });
    let found = about(&table, "doors");
    let Kind::Exceptions { value, level, count, line, .. } = &found[0].kind else { panic!("{found:?}") };
    assert_eq!((value.as_str(), level.as_str(), *count, *line), ("2", "coupé", 1, 202));
}

#[test]
fn numbers_out_of_their_domain_are_found() {
    let table = table("kilometraje,año,precio,saldo", |row| {
        let kilometres = if row == 10 { -5 } else { 1_000 + noise(row).cast_signed() };
        let year = [2000 + noise(row) % 25, 2031, 1700][usize::from(row == 20) + 2 * usize::from(row == 30)];
        let price = if row % 100 == 5 { 999_999 } else { 5_000 + noise(row) };
        let balance = if row == 40 { 50_000_000 } else { noise(row * 3) };
        format!("{kilometres},{year},{price},{balance}")
    });
    let told = |column: &str| -> Vec<(Severity, DomainProblem, u64, String, u64)> {
        about(&table, column)
            .into_iter()
            .filter_map(|finding| match finding.kind {
                Kind::OutOfDomain { problem, count, example, line, .. } => {
                    Some((finding.severity, problem, count, example, line))
                }
                _ => None,
            })
            .collect()
    };
    assert_eq!(told("kilometraje"), [(Severity::Serious, DomainProblem::Negative, 1, "-5".to_owned(), 12)]);
    assert_eq!(
        told("año"),
        [
            (Severity::Serious, DomainProblem::FutureYear, 1, "2031".to_owned(), 22),
            (Severity::Serious, DomainProblem::AncientYear, 1, "1700".to_owned(), 32),
        ]
    );
    assert_eq!(told("precio"), [(Severity::Warning, DomainProblem::Placeholder, 4, "999999".to_owned(), 7)]);
    assert_eq!(told("saldo"), [(Severity::Warning, DomainProblem::FarAway, 1, "50000000".to_owned(), 42)]);
}

#[test]
fn dates_that_cannot_be_meant_are_found() {
    let table = table("fecha,x", |row| {
        let date = match row {
            3 => "1970-01-01".to_owned(),
            4 => "2027-05-01".to_owned(),
            5 => "2023-02-30".to_owned(),
            _ => format!("2024-{:02}-{:02}", row % 12 + 1, row % 28 + 1),
        };
        format!("{date},{}", noise(row))
    });
    let found: Vec<(DateProblem, u64)> = about(&table, "fecha")
        .into_iter()
        .filter_map(|finding| match finding.kind {
            Kind::SuspiciousDates { problem, line, .. } => Some((problem, line)),
            _ => None,
        })
        .collect();
    assert_eq!(
        found,
        [(DateProblem::Impossible, 7), (DateProblem::Future, 6), (DateProblem::Placeholder, 5)]
    );
}

#[test]
fn texts_are_looked_through() {
    let table = table("n,brand,x", |row| {
        let number = if row == 50 { "N/D".to_owned() } else { noise(row).to_string() };
        let brand = match row {
            7 => "KIA",
            8 => "Lada",
            _ => ["Kia", "Ford"][row % 2],
        };
        format!("{number},{brand},{}", noise(row))
    });
    let found = about(&table, "n");
    assert!(
        matches!(&found[0].kind, Kind::AlmostNumbers { count: 1, example, line: 52, .. } if example == "N/D")
    );
    let found = about(&table, "brand");
    assert!(
        matches!(&found[0].kind, Kind::Spellings { groups, .. } if groups == &[["Kia", "KIA"]]),
        "{found:?}"
    );
    assert!(matches!(&found[1].kind, Kind::RareLevels { levels: 2, count: 2, .. }));
}

#[test]
fn repeated_rows_are_counted() {
    let table = table("a,b", |row| format!("{},{}", noise(row % 390), row % 390 % 3));
    let found = about(&table, "");
    assert!(matches!(found[0].kind, Kind::Duplicates { count: 10, first: 2, line: 392 }), "{found:?}");
    assert_eq!(found[0].severity, Severity::Warning);
}

fn trained_on(table: &Table, split: types::DataSplit) -> Vec<DataFinding> {
    let spec = TrainingSpec { split, ..TrainingSpec::new("y", types::Algorithm::linear()) };
    training_findings(&crate::prepare(&spec, table).unwrap(), table)
}

#[test]
fn leaks_and_drift_show_in_a_training() {
    let table = table("date,steady,leak,group,y", |row| {
        let y = noise(row) % 1000;
        format!("{row},{},{},{},{y}", noise(row * 11), y as f64 * 1.17 + (row % 2) as f64 * 0.01, y / 100)
    });
    let random = trained_on(&table, types::DataSplit::default());
    assert_eq!(random.len(), 1, "{random:?}");
    assert!(
        matches!(&random[0].kind, Kind::Leaks { column, explained, .. } if column == "leak" && *explained > 0.999)
    );

    let column = "date".to_owned();
    let by_time = trained_on(&table, types::DataSplit::Time { column, test_size: 0.25 });
    let drift: Vec<&Kind> = by_time
        .iter()
        .map(|finding| &finding.kind)
        .filter(|kind| matches!(kind, Kind::Drift { .. }))
        .collect();
    assert!(
        matches!(drift.as_slice(), [Kind::Drift { column, distance }] if column == "date" && *distance == 1.0),
        "{by_time:?}"
    );
}

#[test]
fn profiles_are_those_of_the_cells() {
    let table = table_of("n,t", 5, |row| {
        format!("{},{}", ["1", "2", "2", "", "5"][row], ["b", "a", "b", "", "b"][row])
    });
    let columns = report(&table, TODAY).columns;
    let n = &columns[0];
    assert_eq!((n.missing, n.distinct), (1, 3));
    assert!((n.mean.unwrap() - 2.5).abs() < 1e-12 && (n.standard_deviation.unwrap() - 1.5).abs() < 1e-12);
    let at = |share: f64| n.quantiles.iter().find(|quantile| quantile.share == share).unwrap().value;
    assert_eq!((at(0.0), at(0.25), at(0.5), at(0.75), at(1.0)), (1.0, 1.75, 2.0, 2.75, 5.0));
    assert_eq!(n.top, [("2".to_owned(), 2), ("1".to_owned(), 1), ("5".to_owned(), 1)]);
    assert_eq!(n.histogram.as_ref().unwrap().counts, [3, 0, 1]);
    let t = &columns[1];
    assert_eq!((t.missing, t.distinct, t.mean), (1, 2, None));
    assert_eq!(t.top, [("b".to_owned(), 3), ("a".to_owned(), 1)]);
}

#[test]
fn tiny_and_odd_tables_do_not_break_it() {
    for csv in ["a\n1\n", "a,b\n,\n", "a,b\n1,x\n1,x\n", "<b>x</b>,y\n1,2\n"] {
        let table = Table::from_csv(csv.as_bytes()).unwrap();
        assert_eq!(report(&table, TODAY).columns.len(), table.columns().len());
    }
}
