use proptest::prelude::*;

use super::*;

fn read(csv: &str) -> Table {
    Table::from_csv(csv.as_bytes()).unwrap()
}

fn problem(csv: impl AsRef<[u8]>) -> String {
    let error = Table::from_csv(csv.as_ref()).unwrap_err();
    assert!(error.is_about_input());
    error.to_string()
}

fn kinds(table: &Table) -> Vec<ColumnKind> {
    table.profile().into_iter().map(|profile| profile.kind).collect()
}

#[test]
fn columns_get_the_narrowest_kind_that_fits() {
    let table = read("a,b,c,d,e\n1,1.5,x,1,\n-2,2,,x,\n,1e3,7,,\n");
    let (i, d, t) = (ColumnKind::Integer, ColumnKind::Decimal, ColumnKind::Text);
    assert_eq!(kinds(&table), [i, d, t, t, i]);
    assert_eq!(table.columns(), ["a", "b", "c", "d", "e"]);
    assert_eq!(table.row_count(), 3);
    assert_eq!(table.cell(0, 0), Some(Cell::Number(1.0)));
    assert_eq!(table.cell(2, 0), Some(Cell::Missing));
    assert_eq!(table.cell(2, 1), Some(Cell::Number(1000.0)));
    assert_eq!(table.cell(2, 2), Some(Cell::Text("7")));
    assert_eq!(table.cell(1, 2), Some(Cell::Missing));
    assert_eq!((table.cell(3, 0), table.cell(0, 5)), (None, None));
}

#[test]
fn profiles_describe_the_cells() {
    let profile = read("n,t\n4,b\n,a\n1,\n1,b\n").profile();
    assert_eq!((profile[0].min, profile[0].max, profile[0].mean), (Some(1.0), Some(4.0), Some(2.0)));
    assert_eq!((profile[0].missing, profile[1].missing), (1, 1));
    assert_eq!(profile[1].levels, [("b".to_owned(), 2), ("a".to_owned(), 1)]);
    assert_eq!((profile[1].min, profile[1].mean), (None, None));
    assert!(profile[0].levels.is_empty());

    let many: Vec<String> = (0..300).map(|row| format!("t{row}")).collect();
    assert_eq!(read(&format!("t\n{}", many.join("\n"))).profile()[0].levels.len(), 100);
}

#[test]
fn semicolons_bring_decimal_commas() {
    let table = read("a;b;c\n7,5;1.5;x\n2;2;\"p;q\"\n");
    assert_eq!(table.cell(0, 0), Some(Cell::Number(7.5)));
    assert_eq!(table.cell(0, 1), Some(Cell::Number(1.5)));
    assert_eq!(table.cell(1, 2), Some(Cell::Text("p;q")));
    // Both marks in one column could mean anything; beside commas, a comma is no decimal mark.
    assert_eq!(kinds(&read("a;b\n7,5;1\n7.5;1\n"))[0], ColumnKind::Text);
    assert_eq!(kinds(&read("a,b\n\"7,5\",1\n"))[0], ColumnKind::Text);
    // A separator inside quotes separates nothing.
    assert_eq!(read("\"a;b;c\",d\n1,2\n").columns(), ["a;b;c", "d"]);
}

#[test]
fn marks_spaces_and_compositions_of_unicode_do_not_matter() {
    let table = read("\u{feff}an\u{303}o , t\r\n 2020 ,  Cafe\u{301}\r\n2021,Café\r\n");
    assert_eq!(table.columns(), ["año", "t"]);
    assert_eq!(table.cell(0, 0), Some(Cell::Number(2020.0)));
    assert_eq!(table.profile()[1].levels, [("Café".to_owned(), 2)]);
}

#[test]
fn broken_tables_are_explained_with_line_and_column() {
    assert!(problem("").contains("is empty"));
    assert!(problem("\u{feff} \r\n\n").contains("is empty"));
    assert!(problem("a,b\n").contains("no rows"));
    assert!(problem("a,b").contains("no rows"));
    assert!(problem("a,,c\n1,2,3\n").contains("column 2 of the header has no name"));
    assert!(problem("a,b,a\n1,2,3\n").contains("names column `a` twice"));
    assert!(problem("a,\"b\nc\"\n1,2\n").contains("column 2 of the header has a name with a line break"));
    assert!(problem(format!("a,{}\n1,2\n", "x".repeat(251))).contains("longer than 250 bytes"));
    assert!(problem("a,b\n1,2\n3\n").contains("line 3 has 1 cells, but the header has 2 columns"));
    assert!(problem("a,b\n1,2,3\n").contains("line 2 has 3 cells"));
    assert!(problem(b"a,b\n1,2\n3,\xff\n").contains("line 3 is not UTF-8"));
    assert!(problem(b"PK\x03\x04\n\x00\x00").contains("line 2 holds a zero byte"));
    assert!(problem("a,b\n1,2\n3,NaN\n").contains("line 3, column `b`: `NaN` is not a usable number"));
    assert!(problem("a,b\n1,1e999\n").contains("line 2, column `b`: `1e999`"));
    let long = format!("a,b\n1,2\n3,{}\n", "x".repeat(65 * 1024));
    assert!(problem(long).contains("line 3, column `b`: the cell is longer than 65536 bytes"));
    let wide = (0..3000).map(|column| column.to_string()).collect::<Vec<_>>().join(",");
    assert!(problem(wide).contains("more than 2000 columns"));
}

#[test]
fn lines_are_those_of_an_editor() {
    for end in ["\n", "\r\n", "\r"] {
        let csv = format!("{end}a,b{end}1,\"x{end}y\"{end}{end}{end}1{end}");
        assert!(problem(&csv).contains("line 7 has 1 cells"), "{}", problem(&csv));
    }
}

#[test]
fn words_that_look_like_numbers_may_stand_in_texts() {
    let table = read("t,u\nNaN,1e999\nx,y\n");
    assert_eq!(table.cell(0, 0), Some(Cell::Text("NaN")));
    assert_eq!(table.cell(0, 1), Some(Cell::Text("1e999")));
}

/// Quotes a cell as RFC 4180 asks.
fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

proptest! {
    #[test]
    fn whatever_is_written_is_read(
        rows in proptest::collection::vec(("[ -~é\\n]{0,12}", -1e9_f64..1e9, any::<i32>()), 1..30),
        semicolons in any::<bool>(),
    ) {
        let mark = if semicolons { ';' } else { ',' };
        let mut lines = vec![format!("text{mark}decimal{mark}whole")];
        for (text, decimal, whole) in &rows {
            let decimal = format!("{decimal:?}");
            let decimal = if semicolons { decimal.replace('.', ",") } else { decimal };
            // A letter in front keeps the column a text.
            lines.push(format!("{}{mark}{decimal}{mark}{whole}", quoted(&format!("t{text}"))));
        }
        let table = Table::from_csv(lines.join("\n").as_bytes()).unwrap();
        prop_assert_eq!(table.row_count(), rows.len());
        prop_assert_eq!(kinds(&table), [ColumnKind::Text, ColumnKind::Decimal, ColumnKind::Integer]);
        for (row, (text, decimal, whole)) in rows.iter().enumerate() {
            let text = format!("t{text}");
            prop_assert_eq!(table.cell(row, 0), Some(Cell::Text(text.trim())));
            prop_assert_eq!(table.cell(row, 1), Some(Cell::Number(*decimal)));
            prop_assert_eq!(table.cell(row, 2), Some(Cell::Number(f64::from(*whole))));
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Table::from_csv(&bytes);
    }

    #[test]
    fn no_text_makes_it_panic(text in "[a-c0-9.,;\"\\r\\n\u{feff}é -]{0,120}") {
        if let Ok(table) = Table::from_csv(text.as_bytes()) {
            prop_assert!(table.row_count() > 0);
            prop_assert_eq!(table.profile().len(), table.columns().len());
        }
    }
}
