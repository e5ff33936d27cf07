use std::sync::Arc;

use ::parquet::basic::ZstdLevel;
use ::parquet::data_type::{ByteArrayType, DoubleType, Int32Type, Int64Type};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;

use super::*;
use crate::Cell;

const SCHEMA: &str = "message cars {
    required int32 year;
    optional double price;
    optional byte_array brand (UTF8);
    required int32 sold (DATE);
    optional int64 seen (TIMESTAMP(MILLIS,true));
    required int64 fee (DECIMAL(9,2));
}";

/// Two row groups of three rows.
fn file(compression: Compression) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties).unwrap();
    for group in 0..2 {
        let mut group_writer = writer.next_row_group().unwrap();
        let mut place = 0;
        while let Some(mut column) = group_writer.next_column().unwrap() {
            match place {
                0 => {
                    column.typed::<Int32Type>().write_batch(&[2020 + group, 2021, 2022], None, None).map(drop)
                }
                1 => column
                    .typed::<DoubleType>()
                    .write_batch(&[1.5, f64::NAN], Some(&[1, 0, 1]), None)
                    .map(drop),
                2 => column
                    .typed::<ByteArrayType>()
                    .write_batch(&["Kia".into(), " Citroën ".into()], Some(&[1, 1, 0]), None)
                    .map(drop),
                3 => column.typed::<Int32Type>().write_batch(&[0, 19_782, -1], None, None).map(drop),
                4 => column
                    .typed::<Int64Type>()
                    .write_batch(&[951_782_400_000], Some(&[1, 0, 0]), None)
                    .map(drop),
                _ => column.typed::<Int64Type>().write_batch(&[12_345, -5, 0], None, None).map(drop),
            }
            .unwrap();
            column.close().unwrap();
            place += 1;
        }
        group_writer.close().unwrap();
    }
    writer.close().unwrap();
    bytes
}

fn problem(bytes: &[u8]) -> String {
    let error = Table::from_csv(bytes).unwrap_err();
    assert!(error.is_about_input(), "{error}");
    error.to_string()
}

#[test]
fn flat_columns_are_read() {
    for compression in
        [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::ZSTD(ZstdLevel::default())]
    {
        let table = Table::from_csv(&file(compression)).unwrap();
        assert_eq!(table.columns(), ["year", "price", "brand", "sold", "seen", "fee"]);
        assert_eq!((table.row_count(), table.format()), (6, &TableFormat::Parquet));
        let row = |row| (0..6).map(|column| table.cell(row, column).unwrap()).collect::<Vec<_>>();
        let (number, text) = (Cell::Number, Cell::Text);
        let first = [
            number(2020.0),
            number(1.5),
            text("Kia"),
            text("1970-01-01"),
            text("2000-02-29 00:00:00"),
            number(123.45),
        ];
        assert_eq!(row(0), first);
        assert_eq!(row(1)[1..4], [Cell::Missing, text("Citroën"), text("2024-02-29")]);
        assert_eq!(row(2)[1..4], [Cell::Missing, Cell::Missing, text("1969-12-31")]);
        assert_eq!(row(3)[0], number(2021.0));
    }
}

#[test]
fn kinds_may_be_given() {
    let bytes = file(Compression::SNAPPY);
    let kinds = [("year".to_owned(), ColumnKind::Text), ("fee".to_owned(), ColumnKind::Decimal)].into();
    let table = Table::read(&bytes.as_slice(), &kinds).unwrap();
    assert_eq!(table.cell(0, 0), Some(Cell::Text("2020")));
    let kinds = [("brand".to_owned(), ColumnKind::Integer)].into();
    let error = Table::read(&bytes.as_slice(), &kinds).unwrap_err().to_string();
    assert!(error.contains("column `brand` cannot be integer") && error.contains("`Kia`"), "{error}");
    let kinds = [("price".to_owned(), ColumnKind::Integer)].into();
    assert!(Table::read(&bytes.as_slice(), &kinds).unwrap_err().to_string().contains("it has decimals"));
}

#[test]
fn what_unpacks_without_bound_is_refused() {
    let mut bytes = file(Compression::SNAPPY);
    // Behind the path of a column comes the field `codec`: 1 is Snappy, 2 is gzip, in zigzag.
    let codec = bytes.windows(6).position(|bytes| bytes == b"year\x15\x02").unwrap() + 5;
    bytes[codec] = 4;
    let told = problem(&bytes);
    assert!(told.contains("column `year`") && told.contains("write the file with snappy or zstd"), "{told}");
}

#[test]
fn nested_columns_are_refused_by_name() {
    let schema = "message m { required group person { required int32 age; } }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut bytes = Vec::new();
    SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap().close().unwrap();
    assert!(problem(&bytes).contains("column `person` holds lists or groups"));
}

#[test]
fn damaged_files_are_refused_whatever_byte_is_wrong() {
    let whole = file(Compression::SNAPPY);
    for end in [4, 8, 11, 12, whole.len() / 2, whole.len() - 1] {
        problem(&whole[..end]);
    }
    let mut forged = whole.clone();
    let length = forged.len() - 8;
    forged[length..length + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(problem(&forged).contains("Parquet"));
    for at in 0..whole.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut broken = whole.clone();
            broken[at] ^= flip;
            // It may also still be read, with another number in it.
            let _ = Table::from_csv(&broken);
        }
    }
}

#[test]
fn a_page_that_claims_gigabytes_is_refused_before_it_is_unpacked() {
    // PageHeader { 1: type 0, 2: uncompressed size, 3: compressed size 0 }
    let mut header = vec![0x15, 0x00, 0x15];
    let mut size = u64::from(i32::MAX.cast_unsigned()) << 1;
    while size >= 0x80 {
        header.push(u8::try_from(size & 0x7f).unwrap() | 0x80);
        size >>= 7;
    }
    header.extend([u8::try_from(size).unwrap(), 0x15, 0x00, 0x00]);
    assert!(frames::check_pages(&header, &mut 0).unwrap_err().to_string().contains("larger than 256 MiB"));
}

#[test]
fn deep_descriptions_are_refused() {
    // Structs in structs, as field 1 each.
    let footer = vec![0x1c; 100_000];
    let mut bytes = b"PAR1".to_vec();
    bytes.extend(&footer);
    bytes.extend(u32::try_from(footer.len()).unwrap().to_le_bytes());
    bytes.extend(b"PAR1");
    assert!(problem(&bytes).contains("damaged"));
}
