//! Filters find what a naive reading of them finds.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use types::search::{Comparison, DatasetAttribute, Field, Filter, MetricValue, RunAttribute, Test};
use types::{Batch, DatasetInput, Run};

use crate::fixture::*;

/// Filters that are tried.
const FILTERS: usize = 400;

const NUMBERS: [f64; 6] = [-1.0, 0.0, 1.0, 2.5, f64::INFINITY, f64::NAN];

const TEXTS: [&str; 7] = ["", "a", "A", "ab", "a%b", "Ñandú", "ñandú"];

/// The value of a field; a dataset may have several.
enum Found {
    Numbers(Vec<f64>),
    Texts(Vec<String>),
}

fn value(run: &Run, field: &Field) -> Found {
    let text = |value: Option<&str>| Found::Texts(value.map(ToOwned::to_owned).into_iter().collect());
    match field {
        Field::Metric { key, which } => Found::Numbers(
            run.metric(key)
                .map(|metric| match which {
                    MetricValue::Last => metric.last.value,
                    MetricValue::First => metric.first.value,
                    MetricValue::Min => metric.min.value,
                    MetricValue::Max => metric.max.value,
                })
                .into_iter()
                .collect(),
        ),
        Field::Param(key) => text(run.param(key)),
        Field::Tag(key) => text(run.tag(key)),
        Field::Attribute(RunAttribute::RunName) => text(Some(run.name.as_str())),
        Field::Attribute(RunAttribute::StartTime) => {
            #[expect(clippy::cast_precision_loss, reason = "starts are small here")]
            let start = run.started_at.0 as f64;
            Found::Numbers(vec![start])
        }
        Field::Attribute(_) => text(Some(run.status.as_str())),
        Field::Dataset(attribute) => Found::Texts(
            run.inputs
                .iter()
                .map(|input| match attribute {
                    DatasetAttribute::Name => input.name.clone(),
                    DatasetAttribute::Digest => input.digest.clone(),
                    DatasetAttribute::Context => input.context.clone(),
                })
                .collect(),
        ),
    }
}

fn holds(run: &Run, filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| holds(run, part)),
        Filter::Or(parts) => parts.iter().any(|part| holds(run, part)),
        Filter::Not(part) => !holds(run, part),
        Filter::Compare { field, test } => match value(run, field) {
            Found::Numbers(values) => match test {
                Test::IsNull { negated } => values.is_empty() != *negated,
                _ => values.into_iter().any(|value| !value.is_nan() && number_holds(value, test)),
            },
            Found::Texts(values) => match test {
                Test::IsNull { negated } => values.is_empty() != *negated,
                _ => values.iter().any(|value| text_holds(value, test)),
            },
        },
    }
}

#[expect(clippy::float_cmp, reason = "databases compare exactly, too")]
fn number_holds(value: f64, test: &Test) -> bool {
    match test {
        Test::Number(_, other) if other.is_nan() => false,
        Test::Number(comparison, other) => match comparison {
            Comparison::Equal => value == *other,
            Comparison::NotEqual => value != *other,
            Comparison::Less => value < *other,
            Comparison::LessOrEqual => value <= *other,
            Comparison::Greater => value > *other,
            Comparison::GreaterOrEqual => value >= *other,
        },
        Test::Between { low, high, .. } if low.is_nan() || high.is_nan() => false,
        Test::Between { negated, low, high } => (*low <= value && value <= *high) != *negated,
        Test::NumberIn { negated, values } => values.contains(&value) != *negated,
        _ => panic!("{test:?} is not for numbers"),
    }
}

fn text_holds(value: &str, test: &Test) -> bool {
    match test {
        Test::Text { negated, value: other } => (value == other) != *negated,
        Test::TextIn { negated, values } => values.iter().any(|other| other == value) != *negated,
        Test::Like { case_sensitive: true, pattern } => fits(value, pattern),
        Test::Like { case_sensitive: false, pattern } => fits(&value.to_lowercase(), &pattern.to_lowercase()),
        _ => panic!("{test:?} is not for texts"),
    }
}

fn fits(value: &str, pattern: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => value.is_empty(),
        Some('%') => {
            (0..=value.len()).any(|at| value.is_char_boundary(at) && fits(&value[at..], rest.as_str()))
        }
        Some(wanted) => {
            let mut value = value.chars();
            value.next().is_some_and(|c| wanted == '_' || c == wanted) && fits(value.as_str(), rest.as_str())
        }
    }
}

fn a_number() -> impl Strategy<Value = f64> {
    prop::sample::select(NUMBERS.to_vec())
}

fn a_text() -> impl Strategy<Value = String> {
    prop::sample::select(TEXTS.to_vec()).prop_map(ToOwned::to_owned)
}

fn a_number_test() -> impl Strategy<Value = Test> {
    let comparison = prop::sample::select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ]);
    prop_oneof![
        (comparison, a_number()).prop_map(|(comparison, value)| Test::Number(comparison, value)),
        (any::<bool>(), a_number(), a_number()).prop_map(|(negated, low, high)| Test::Between {
            negated,
            low,
            high
        }),
        (any::<bool>(), vec(a_number(), 0..4))
            .prop_map(|(negated, values)| Test::NumberIn { negated, values }),
        any::<bool>().prop_map(|negated| Test::IsNull { negated }),
    ]
}

/// Tests of a text that is always there, or may be absent.
fn a_text_test(may_be_absent: bool) -> BoxedStrategy<Test> {
    let pattern =
        prop::sample::select(std::vec!["", "%", "a%", "%b", "_", "__", "a\\%b", "ñ%", "%A%", "_%_"]);
    let tests = prop_oneof![
        (any::<bool>(), a_text()).prop_map(|(negated, value)| Test::Text { negated, value }),
        (any::<bool>(), vec(a_text(), 0..4)).prop_map(|(negated, values)| Test::TextIn { negated, values }),
        (any::<bool>(), pattern)
            .prop_map(|(case_sensitive, pattern)| Test::Like { case_sensitive, pattern: pattern.to_owned() }),
    ];
    if may_be_absent {
        prop_oneof![3 => tests, 1 => any::<bool>().prop_map(|negated| Test::IsNull { negated })].boxed()
    } else {
        tests.boxed()
    }
}

fn a_comparison() -> impl Strategy<Value = Filter> {
    let key = || prop::sample::select(vec_of(&["x", "y", "unknown"]));
    let which = prop::sample::select(std::vec![
        MetricValue::Last,
        MetricValue::First,
        MetricValue::Min,
        MetricValue::Max
    ]);
    let part = prop::sample::select(std::vec![
        DatasetAttribute::Name,
        DatasetAttribute::Digest,
        DatasetAttribute::Context
    ]);
    prop_oneof![
        4 => (key(), which, a_number_test())
            .prop_map(|(key, which, test)| compare(Field::Metric { key, which }, test)),
        2 => (key(), a_text_test(true)).prop_map(|(key, test)| compare(Field::Param(key), test)),
        2 => (key(), a_text_test(true)).prop_map(|(key, test)| compare(Field::Tag(key), test)),
        1 => a_number_test().prop_map(|test| compare(attribute(RunAttribute::StartTime), test)),
        1 => a_text_test(false).prop_map(|test| compare(attribute(RunAttribute::RunName), test)),
        1 => (part, a_text_test(false)).prop_map(|(part, test)| compare(Field::Dataset(part), test)),
    ]
}

fn vec_of(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn a_filter() -> impl Strategy<Value = Filter> {
    a_comparison().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Filter::And),
            vec(inner.clone(), 0..4).prop_map(Filter::Or),
            inner.prop_map(|part| Filter::Not(Box::new(part))),
        ]
    })
}

conformance!(filters_find_what_a_naive_reading_finds, |store| async move {
    for number in 0..24_u32 {
        let pick = |salt: u32| (number * 7 + salt * 5) as usize;
        let mut run = new_run(number);
        run.inputs = (0..number % 3)
            .map(|index| DatasetInput {
                name: TEXTS[pick(index) % 7].to_owned(),
                digest: "d".to_owned(),
                context: TEXTS[pick(index + 2) % 7].to_owned(),
                details: None,
            })
            .collect();
        store.insert_run(&run).await?;
        let mut batch = Batch::default();
        if number % 4 > 0 {
            batch.params.push(param("x", TEXTS[pick(1) % 7]));
            batch.metrics.push(metric("x", NUMBERS[pick(2) % 6], 0));
            batch.metrics.push(metric("x", NUMBERS[pick(3) % 6], 1));
        }
        if number % 3 > 0 {
            batch.tags.push(tag("y", TEXTS[pick(4) % 7]));
            batch.metrics.push(metric("y", NUMBERS[pick(5) % 6], 0));
        }
        store.log(&run.id, batch).await;
    }
    let runs = store.search_runs(&all_runs()).await?.runs;
    assert_eq!(runs.len(), 24);

    let mut runner = TestRunner::deterministic();
    let strategy = a_filter();
    let (mut some, mut all) = (0, 0);
    for _ in 0..FILTERS {
        let filter = strategy.new_tree(&mut runner).unwrap().current();
        let mut expected: Vec<u32> = runs.iter().filter(|run| holds(run, &filter)).map(number_of).collect();
        expected.sort_unstable();
        assert_eq!(store.fitting(filter.clone()).await, expected, "{filter:?}");
        some += usize::from(!expected.is_empty());
        all += usize::from(expected.len() == runs.len());
    }
    // Filters that find nothing or everything say little.
    assert!(some > FILTERS / 3 && all < FILTERS / 2, "{some} found something, {all} everything");
    Ok(())
});
