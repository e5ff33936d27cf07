use std::cmp::Ordering;

use cuaderno_store::Error;
use types::search::{Comparison, Field, MetricValue, OrderBy, RunAttribute};
use types::{Batch, ExperimentId, Millis, Run, RunQuery, RunStatus, RunUpdate};

use crate::fixture::*;

const RUNS: u32 = 60;

/// Runs with ties, NaN, infinities and absent values in everything that can be sorted by.
async fn mixed_runs(store: &TestStore) -> Vec<Run> {
    for number in 1..=RUNS {
        let mut run = new_run(number);
        run.started_at = Millis(i64::from(number % 7));
        store.insert_run(&run).await.unwrap();
        let mut batch = Batch::default();
        match number % 6 {
            0 => {}
            1 => batch.metrics.push(metric("m", f64::NAN, 0)),
            2 => batch.metrics.push(metric("m", f64::INFINITY, 0)),
            rest => {
                batch.metrics.push(metric("m", f64::from(rest), 0));
                batch.metrics.push(metric("m", f64::from(number % 4), 1));
            }
        }
        if number % 5 > 1 {
            batch.metrics.push(metric("n", f64::from(number % 3), 0));
            batch.params.push(param("p", ["b", "B", "á", ""][number as usize % 4]));
        }
        if number % 2 == 0 {
            batch.tags.push(tag("t", &(number % 3).to_string()));
            let update = RunUpdate {
                status: Some(RunStatus::Finished),
                ended_at: Some(Millis(i64::from(number % 4))),
                ..RunUpdate::default()
            };
            store.update_run(&run.id, &update).await.unwrap();
        }
        store.log(&run.id, batch).await;
    }
    store.search_runs(&all_runs()).await.unwrap().runs
}

/// The order that the documentation promises, computed the slow way.
fn expected(runs: &[Run], order_by: &[OrderBy]) -> Vec<u32> {
    let mut runs = runs.to_vec();
    runs.sort_by(|left, right| {
        let keys = order_by.iter().map(|order| compare_by(order, left, right));
        keys.fold(Ordering::Equal, Ordering::then)
            .then(right.started_at.cmp(&left.started_at))
            .then(left.id.cmp(&right.id))
    });
    runs.iter().map(number_of).collect()
}

fn compare_by(order: &OrderBy, left: &Run, right: &Run) -> Ordering {
    #[derive(PartialEq, PartialOrd)]
    enum Value {
        Time(Millis),
        Number(f64),
        Text(String),
    }
    let value = |run: &Run| -> (u8, Option<Value>) {
        let text = |value: Option<&str>| value.map(|value| Value::Text(value.to_owned()));
        let value = match &order.field {
            Field::Metric { key, which } => run.metric(key).map(|metric| {
                Value::Number(match which {
                    MetricValue::Last => metric.last.value,
                    MetricValue::First => metric.first.value,
                    MetricValue::Min => metric.min.value,
                    MetricValue::Max => metric.max.value,
                })
            }),
            Field::Param(key) => text(run.param(key)),
            Field::Tag(key) => text(run.tag(key)),
            Field::Attribute(RunAttribute::StartTime) => Some(Value::Time(run.started_at)),
            Field::Attribute(RunAttribute::EndTime) => run.ended_at.map(Value::Time),
            Field::Attribute(RunAttribute::Status) => text(Some(run.status.as_str())),
            Field::Attribute(_) => text(Some(run.name.as_str())),
            Field::Dataset(_) => None,
        };
        match value {
            Some(Value::Number(number)) if number.is_nan() => (1, None),
            Some(value) => (0, Some(value)),
            None => (2, None),
        }
    };
    let ((left_class, left), (right_class, right)) = (value(left), value(right));
    let by_value = left.partial_cmp(&right).unwrap_or(Ordering::Equal);
    left_class.cmp(&right_class).then(if order.descending { by_value.reverse() } else { by_value })
}

fn orders() -> Vec<Vec<OrderBy>> {
    let mut orders = vec![Vec::new()];
    for descending in [false, true] {
        for which in [MetricValue::Last, MetricValue::First, MetricValue::Min, MetricValue::Max] {
            orders.push(vec![by_metric("m", which, descending)]);
        }
        orders.push(vec![by_metric("unknown", MetricValue::Last, descending)]);
        orders.push(vec![
            by_metric("m", MetricValue::Last, descending),
            by_metric("n", MetricValue::Last, !descending),
            by(Field::Param("p".to_owned()), descending),
        ]);
        orders.push(vec![by(Field::Param("p".to_owned()), descending)]);
        orders.push(vec![
            by(Field::Tag("t".to_owned()), descending),
            by_metric("m", MetricValue::Min, descending),
        ]);
        for name in
            [RunAttribute::StartTime, RunAttribute::EndTime, RunAttribute::Status, RunAttribute::RunName]
        {
            orders.push(vec![by(attribute(name), descending)]);
        }
        orders.push(vec![
            by(attribute(RunAttribute::EndTime), descending),
            by(attribute(RunAttribute::StartTime), descending),
        ]);
    }
    orders
}

conformance!(every_run_is_on_one_page_in_every_order, |store| async move {
    let runs = mixed_runs(&store).await;
    assert_eq!(runs.len(), RUNS as usize);
    for order_by in orders() {
        let expected = expected(&runs, &order_by);
        for max_results in [1, 7, RUNS, 1000] {
            let mut query = RunQuery { order_by: order_by.clone(), max_results, ..all_runs() };
            let mut found = Vec::new();
            loop {
                let page = store.search_runs(&query).await?;
                assert!(page.runs.len() <= max_results as usize);
                found.extend(page.runs.iter().map(number_of));
                query.page_token = page.next_page_token;
                if query.page_token.is_none() {
                    break;
                }
            }
            assert_eq!(found, expected, "{order_by:?} by {max_results}");
        }
    }
    Ok(())
});

conformance!(pages_of_several_experiments_with_a_filter_are_complete, |store| async move {
    let other = store.given_experiment("other").await;
    for number in 1..=40 {
        let mut run = new_run(number);
        run.experiment_id = if number % 2 == 0 { other.id } else { ExperimentId::DEFAULT };
        store.insert_run(&run).await?;
        store
            .log(&run.id, Batch { metrics: vec![metric("m", f64::from(number % 5), 0)], ..Batch::default() })
            .await;
    }
    let mut query = RunQuery {
        experiment_ids: vec![other.id, ExperimentId::DEFAULT],
        filter: Some(compare(last("m"), number(Comparison::Greater, 1.0))),
        order_by: vec![by_metric("m", MetricValue::Last, true)],
        max_results: 5,
        ..all_runs()
    };
    let mut found = Vec::new();
    loop {
        let page = store.search_runs(&query).await?;
        found.extend(page.runs.iter().map(number_of));
        query.page_token = page.next_page_token;
        if query.page_token.is_none() {
            break;
        }
    }
    let mut expected: Vec<u32> = (1..=40).filter(|number| number % 5 > 1).collect();
    expected.sort_by_key(|number| (std::cmp::Reverse(number % 5), std::cmp::Reverse(*number)));
    assert_eq!(found, expected);
    Ok(())
});

conformance!(tokens_of_other_searches_are_refused, |store| async move {
    for number in 1..=5 {
        store.given_finished(number, &[("m", f64::from(number))]).await;
    }
    let query =
        RunQuery { order_by: vec![by_metric("m", MetricValue::Last, false)], max_results: 2, ..all_runs() };
    let token = store.search_runs(&query).await?.next_page_token.unwrap();
    let with =
        |token: &str, query: &RunQuery| RunQuery { page_token: Some(token.to_owned()), ..query.clone() };

    // Another size of page is the same search.
    let larger = RunQuery { max_results: 3, ..query.clone() };
    assert_eq!(store.found(&with(&token, &larger)).await, [3, 4, 5]);

    let other_order = RunQuery { order_by: vec![by_metric("m", MetricValue::Last, true)], ..query.clone() };
    let other_filter =
        RunQuery { filter: Some(compare(last("m"), number(Comparison::Less, 9.0))), ..query.clone() };
    let mut cut = token.clone();
    cut.pop();
    let mut changed = token.clone().into_bytes();
    let at = changed.len() - 3;
    changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
    let changed = String::from_utf8(changed)?;
    for (token, query) in [
        (token.as_str(), &other_order),
        (&token, &other_filter),
        (&token, &all_runs()),
        (&cut, &query),
        ("", &query),
        ("é", &query),
        ("0123456789abcdef", &query),
    ] {
        let result = store.search_runs(&with(token, query)).await;
        assert!(matches!(result, Err(Error::PageToken)), "{token} {result:?}");
    }
    // A forged position is a position like any other, or no token at all.
    let result = store.search_runs(&with(&changed, &query)).await;
    assert!(matches!(result, Ok(_) | Err(Error::PageToken)));
    Ok(())
});

conformance!(orders_that_are_impossible_are_refused, |store| async move {
    let dataset = by(Field::Dataset(types::search::DatasetAttribute::Name), false);
    let query = RunQuery { order_by: vec![dataset], ..all_runs() };
    assert!(matches!(store.search_runs(&query).await, Err(Error::Query(_))));
    let sixteen = vec![by_metric("m", MetricValue::Max, true); 16];
    assert!(store.search_runs(&RunQuery { order_by: sixteen.clone(), ..all_runs() }).await.is_ok());
    let seventeen = [sixteen, vec![by_metric("m", MetricValue::Max, true)]].concat();
    let query = RunQuery { order_by: seventeen, ..all_runs() };
    assert!(matches!(store.search_runs(&query).await, Err(Error::Query(_))));
    Ok(())
});
