//! The inputs of a graph, and what calculations begin with.

use bytes::Bytes;

use super::builder::{Builder, Name, int, ints, texts};
use super::trees::Layout;
use crate::onnx::proto::element;
use crate::onnx::signature::{ColumnType, SignatureColumn};
use crate::preprocess::Encoder;
use crate::table::MAGNITUDE_MAX;

/// How pandas hands over a text that is missing, beside the empty one.
const MISSING: [&str; 4] = ["", "nan", "None", "<NA>"];

/// Values of the features for all rows.
pub(super) struct Columns<'a> {
    encoder: &'a Encoder,
    layout: Layout,
    /// For each feature its codes, whole numbers of shape `(rows)`; none for numbers.
    codes: Vec<Option<Name>>,
    /// Numbers, doubles of shape `(rows, numbers)`; absent without any.
    numbers: Option<Name>,
    imputed: Option<Name>,
    complete: Option<Name>,
    incomplete: Option<Name>,
}

impl<'a> Columns<'a> {
    /// Declares the inputs.
    pub(super) fn declare(builder: &mut Builder, encoder: &'a Encoder, inputs: &[SignatureColumn]) -> Self {
        // MLflow hands over the table itself if there is just one column, and else each column as a list.
        let width = (inputs.len() == 1).then_some(1);
        let (mut numbers, mut codes) = (Vec::new(), Vec::new());
        for (feature, input) in inputs.iter().enumerate() {
            let elem_type = match input.r#type {
                ColumnType::String => element::STRING,
                ColumnType::Long => element::INT64,
                _ => element::DOUBLE,
            };
            builder.input(&input.name, elem_type, width);
            codes.push(if elem_type == element::STRING {
                Some(encoded(builder, &input.name, &encoder.categories()[feature]))
            } else {
                let number = if elem_type == element::DOUBLE {
                    input.name.clone()
                } else {
                    builder.as_double(&input.name)
                };
                numbers.push(builder.reshaped(&number, &[-1, 1]));
                None
            });
        }
        let number_count = numbers.len();
        let numbers = if numbers.is_empty() { None } else { Some(builder.joined(&numbers)) };
        // Trees get the numbers first, then the codes.
        let (mut next_number, mut next_code) = (0, number_count);
        let columns = codes.iter().map(|code| {
            let next = if code.is_some() { &mut next_code } else { &mut next_number };
            *next += 1;
            i64::try_from(*next - 1).unwrap_or(i64::MAX)
        });
        let layout = Layout {
            columns: columns.collect(),
            code_counts: (0..inputs.len())
                .map(|feature| encoder.code_count(feature).map_or(0, |count| count + 1))
                .collect(),
        };
        Self { encoder, layout, codes, numbers, imputed: None, complete: None, incomplete: None }
    }

    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// How many codes a feature can have, the missing and the unknown one included.
    pub(super) fn code_count(&self, feature: usize) -> usize {
        self.layout.code_counts[feature]
    }

    /// The codes of a feature; empty for a number, which no caller asks for.
    pub(super) fn codes(&self, feature: usize) -> &str {
        self.codes[feature].as_deref().unwrap_or_default()
    }

    /// The numbers with medians in the place of missing ones.
    pub(super) fn imputed(&mut self, builder: &mut Builder) -> Option<Name> {
        let numbers = self.numbers.as_deref()?;
        if self.imputed.is_none() {
            let medians: Vec<f64> = self
                .encoder
                .features()
                .iter()
                .zip(&self.codes)
                .filter(|(_, code)| code.is_none())
                .map(|(feature, _)| feature.median.unwrap_or(0.0))
                .collect();
            let medians = builder.numbers(&[1, medians.len()], medians);
            let is_missing = builder.apply("IsNaN", &[numbers]);
            let filled = builder.apply("Where", &[&is_missing, &medians, numbers]);
            let (low, high) = (builder.number(-MAGNITUDE_MAX), builder.number(MAGNITUDE_MAX));
            self.imputed = Some(builder.apply("Clip", &[&filled, &low, &high]));
        }
        self.imputed.clone()
    }

    /// All features in the order of the layout, missing numbers filled.
    pub(super) fn complete(&mut self, builder: &mut Builder) -> Name {
        if let Some(complete) = &self.complete {
            return complete.clone();
        }
        let numbers = self.imputed(builder);
        let complete = self.side_by_side(builder, numbers);
        self.complete = Some(complete.clone());
        complete
    }

    /// All features in the order of the layout, missing numbers as NaN.
    pub(super) fn incomplete(&mut self, builder: &mut Builder) -> Name {
        if let Some(incomplete) = &self.incomplete {
            return incomplete.clone();
        }
        let incomplete = self.side_by_side(builder, self.numbers.clone());
        self.incomplete = Some(incomplete.clone());
        incomplete
    }

    /// The same number for every row, of shape `(rows, 1)`.
    pub(super) fn constant(&self, builder: &mut Builder, value: f64) -> Name {
        let feature = self.codes.iter().position(Option::is_some);
        let place = match (&self.numbers, feature) {
            (_, Some(feature)) => {
                let zero = builder.place(0);
                builder.apply("Mul", &[self.codes(feature), &zero])
            }
            (Some(numbers), None) => {
                let is_missing = builder.apply("IsNaN", &[numbers]);
                let flags =
                    builder.apply_with("Cast", &[&is_missing], vec![int("to", element::INT64.into())]);
                let attributes = vec![int("axis", 1), int("keepdims", 0)];
                let place = builder.apply_with("ArgMax", &[&flags], attributes);
                let zero = builder.place(0);
                builder.apply("Mul", &[&place, &zero])
            }
            (None, None) => builder.places(vec![0]),
        };
        let table = builder.numbers(&[1, 1], vec![value]);
        builder.apply_with("Gather", &[&table, &place], vec![int("axis", 0)])
    }

    fn side_by_side(&self, builder: &mut Builder, numbers: Option<Name>) -> Name {
        let codes: Vec<Name> = self
            .codes
            .iter()
            .flatten()
            .map(|codes| {
                let codes = builder.as_double(codes);
                builder.reshaped(&codes, &[-1, 1])
            })
            .collect();
        let parts: Vec<Name> = numbers.into_iter().chain(codes).collect();
        builder.joined(&parts)
    }
}

/// The codes of texts.
fn encoded(builder: &mut Builder, input: &str, categories: &[String]) -> Name {
    let missing: Vec<&str> =
        MISSING.into_iter().filter(|text| !categories.iter().any(|category| category == text)).collect();
    let number = |place: usize| i64::try_from(place).unwrap_or(i64::MAX);
    let texts_first = categories.iter().map(String::as_str).chain(missing.iter().copied());
    let keys = texts_first.map(|text| Bytes::copy_from_slice(text.as_bytes())).collect();
    let codes = (0..categories.len()).chain(missing.iter().map(|_| categories.len())).map(number).collect();
    let list = builder.reshaped(input, &[-1]);
    builder.apply_with(
        "LabelEncoder",
        &[&list],
        vec![
            texts("keys_strings", keys),
            ints("values_int64s", codes),
            int("default_int64", number(categories.len() + 1)),
        ],
    )
}
