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
    // Both marks in one column could mean anything.
    assert_eq!(kinds(&read("a;b\n7,5;1\n7.5;1\n"))[0], ColumnKind::Text);
    assert_eq!(read("a,b\n\"7,5\",1\n").cell(0, 0), Some(Cell::Number(7.5)));
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
    assert!(problem(b"a,\xc3\xb1\n1,2\n3,\xff\n").contains("line 3 is not UTF-8"));
    assert!(problem(b"a,b\n1,2\n3,\x81\n").contains("line 3 holds bytes that are no text"));
    assert!(problem(b"a,b\n1,2\n3,\x00\n").contains("line 3 holds bytes that are no text"));
    assert!(problem(b"PK\x03\x04\n\x00\x00").contains("is a zip file or an Excel workbook"));
    assert!(problem(b"\x1f\x8b\x08").contains("is a gzip file"));
    assert!(
        problem("a,b\n1,2\n\n1,\"x\n,2\n").contains("line 4 begins a row with a quote that is never closed")
    );
    assert!(problem("a,b\n\"x").contains("line 2 begins a row with a quote"));
    let endless = format!("a,b\n1,{}", "x".repeat(2 * 1024 * 1024));
    assert!(problem(endless).contains("line 2 begins a row longer than 1048576 bytes"));
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

#[test]
fn encodings_are_found_out() {
    let text = "año;marca\n2020;Citroën\n2021;Škoda\n";
    let expected = read(text);
    let utf16 = |to_bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to_bytes).collect::<Vec<u8>>();
    let with_mark = |mark: &[u8], bytes: Vec<u8>| [mark.to_vec(), bytes].concat();
    for (bytes, name) in [
        (with_mark(b"\xef\xbb\xbf", text.into()), "UTF-8"),
        (with_mark(b"\xff\xfe", utf16(u16::to_le_bytes)), "UTF-16LE"),
        (with_mark(b"\xfe\xff", utf16(u16::to_be_bytes)), "UTF-16BE"),
        (utf16(u16::to_le_bytes), "UTF-16LE"),
        (utf16(u16::to_be_bytes), "UTF-16BE"),
        (encoding_rs::WINDOWS_1252.encode(text).0.into_owned(), "windows-1252"),
    ] {
        let table = Table::from_csv(&bytes).unwrap();
        assert_eq!((table.columns(), table.profile()), (expected.columns(), expected.profile()), "{name}");
        assert!(matches!(table.format(), TableFormat::Csv { encoding, .. } if encoding == name), "{name}");
    }
}

#[test]
fn separators_and_quotes_are_found_out() {
    for (csv, mark) in [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2\n", ";"),
        ("a\tb\n1,5\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        // The header may hold the mark of another kind of file.
        ("price (USD, net);b\n1;2\n3;4\n", ";"),
        ("one\n1\n", ","),
    ] {
        assert!(
            matches!(read(csv).format(), TableFormat::Csv { separator, .. } if separator == mark),
            "{csv}"
        );
    }
    let quoted = read("'a,x','b'\n'it''s',2\n");
    assert_eq!(quoted.columns(), ["a,x", "b"]);
    assert_eq!(quoted.cell(0, 0), Some(Cell::Text("it's")));
}

#[test]
fn thousands_are_read_as_the_other_columns_show() {
    let numbers = |csv: &str| -> Vec<Option<f64>> {
        let table = read(csv);
        (0..table.columns().len())
            .map(|column| match table.cell(0, column) {
                Some(Cell::Number(number)) => Some(number),
                _ => None,
            })
            .collect()
    };
    assert_eq!(numbers("a;b;c\n1.234;7,5;12.345,6\n"), [Some(1234.0), Some(7.5), Some(12_345.6)]);
    assert_eq!(numbers("a;b\n1.234;7.5\n"), [Some(1.234), Some(7.5)]);
    assert_eq!(numbers("a,b\n\"1,234\",7.5\n"), [Some(1234.0), Some(7.5)]);
    assert_eq!(numbers("a;b\n1 234 567;7'000,5\n"), [Some(1_234_567.0), Some(7000.5)]);
    assert_eq!(numbers("a;b\n1\u{a0}234;x\n"), [Some(1234.0), None]);
}

#[test]
fn a_person_may_say_what_a_column_holds() {
    let csv = b"zip,n,d\n08001,1,1.5\n28001,N/D,2\n,3,3\n";
    let read = |kinds: &[(&str, ColumnKind)]| {
        let kinds = kinds.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
        Table::read(&csv.as_slice(), &kinds)
    };
    let table = read(&[("zip", ColumnKind::Text), ("n", ColumnKind::Integer)]).unwrap();
    assert_eq!(table.cell(0, 0), Some(Cell::Text("08001")));
    assert_eq!((table.cell(0, 1), table.cell(1, 1)), (Some(Cell::Number(1.0)), Some(Cell::Missing)));
    let unread = table.typed_columns()[1].unread.clone().unwrap();
    assert_eq!((unread.count, unread.line, unread.example.as_str()), (1, 3, "N/D"));
    let refused = |kinds: &[(&str, ColumnKind)]| read(kinds).unwrap_err().to_string();
    assert!(
        refused(&[("d", ColumnKind::Integer)])
            .contains("column `d` cannot be integer: it has decimals, the first in line 2")
    );
    assert!(refused(&[("x", ColumnKind::Text)]).contains("no column `x`"));
    let kinds = [("t".to_owned(), ColumnKind::Decimal)].into();
    let error = Table::read(&b"t\nx\n".as_slice(), &kinds).unwrap_err().to_string();
    assert!(error.contains("column `t` cannot be decimal") && error.contains("`x` in line 2"), "{error}");
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
