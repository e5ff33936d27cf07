use cuaderno_store::{Error, artifact_uri};
use types::search::{Comparison, DatasetAttribute, Field, Filter, MetricValue, RunAttribute, Test};
use types::{Batch, DatasetInput, ExperimentId, Lifecycle, Millis, RunQuery, RunStatus, RunUpdate, View};

use crate::fixture::*;

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

/// Runs 1 to 4: `m` is 1, 2, NaN, absent; `p` is `a`, `B`, absent, absent.
async fn four_runs(store: &TestStore) {
    store.given_finished(1, &[("m", 1.0)]).await;
    store.given_finished(2, &[("m", 2.0)]).await;
    store.given_finished(3, &[("m", f64::NAN)]).await;
    store.given_run(4).await;
    for (number, value) in [(1, "a"), (2, "B")] {
        let batch = Batch { params: vec![param("p", value)], ..Batch::default() };
        store.log(&run_id(number), batch).await;
    }
}

conformance!(numbers_compare_and_nan_is_false, |store| async move {
    four_runs(&store).await;
    let m = |test| compare(last("m"), test);
    assert_eq!(store.fitting(m(number(Comparison::Equal, 1.0))).await, [1]);
    assert_eq!(store.fitting(m(number(Comparison::NotEqual, 1.0))).await, [2]);
    assert_eq!(store.fitting(m(number(Comparison::Less, 2.0))).await, [1]);
    assert_eq!(store.fitting(m(number(Comparison::LessOrEqual, 2.0))).await, [1, 2]);
    assert_eq!(store.fitting(m(number(Comparison::Greater, f64::NEG_INFINITY))).await, [1, 2]);
    assert_eq!(store.fitting(m(number(Comparison::GreaterOrEqual, 2.0))).await, [2]);
    assert_eq!(store.fitting(m(number(Comparison::NotEqual, f64::NAN))).await, [0_u32; 0]);
    assert_eq!(store.fitting(not(m(number(Comparison::Equal, 1.0)))).await, [2, 3, 4]);
    assert_eq!(store.fitting(m(Test::Between { negated: false, low: 1.0, high: 1.5 })).await, [1]);
    assert_eq!(store.fitting(m(Test::Between { negated: true, low: 1.0, high: 1.5 })).await, [2]);
    let values = |negated, values: &[f64]| Test::NumberIn { negated, values: values.to_vec() };
    assert_eq!(store.fitting(m(values(false, &[2.0, 3.0, f64::NAN]))).await, [2]);
    assert_eq!(store.fitting(m(values(true, &[2.0]))).await, [1]);
    assert_eq!(store.fitting(m(values(false, &[]))).await, [0_u32; 0]);
    assert_eq!(store.fitting(m(values(true, &[]))).await, [1, 2]);
    assert_eq!(store.fitting(m(Test::IsNull { negated: false })).await, [4]);
    assert_eq!(store.fitting(m(Test::IsNull { negated: true })).await, [1, 2, 3]);
    assert_eq!(store.fitting(compare(last("unknown"), number(Comparison::Less, 9.0))).await, [0_u32; 0]);
    assert_eq!(store.fitting(compare(last("a\0b"), number(Comparison::Less, 9.0))).await, [0_u32; 0]);
    Ok(())
});

conformance!(each_value_of_a_history_can_be_tested, |store| async move {
    let id = store.given_run(1).await;
    let metrics = [5.0, 1.0, 9.0, 4.0];
    let metrics = (0..).zip(metrics).map(|(step, value)| metric("m", value, step)).collect();
    store.log(&id, Batch { metrics, ..Batch::default() }).await;
    for (which, value) in [
        (MetricValue::First, 5.0),
        (MetricValue::Min, 1.0),
        (MetricValue::Max, 9.0),
        (MetricValue::Last, 4.0),
    ] {
        let field = Field::Metric { key: "m".to_owned(), which };
        assert_eq!(store.fitting(compare(field, number(Comparison::Equal, value))).await, [1]);
    }
    Ok(())
});

conformance!(texts_compare_exactly, |store| async move {
    four_runs(&store).await;
    let p = |test| compare(Field::Param("p".to_owned()), test);
    assert_eq!(store.fitting(p(text("a"))).await, [1]);
    assert_eq!(store.fitting(p(text("A"))).await, [0_u32; 0]);
    assert_eq!(store.fitting(p(Test::Text { negated: true, value: "a".to_owned() })).await, [2]);
    let values = |negated| Test::TextIn { negated, values: vec!["a".to_owned(), "x'; --".to_owned()] };
    assert_eq!(store.fitting(p(values(false))).await, [1]);
    assert_eq!(store.fitting(p(values(true))).await, [2]);
    assert_eq!(store.fitting(p(Test::TextIn { negated: false, values: Vec::new() })).await, [0_u32; 0]);
    assert_eq!(store.fitting(p(Test::IsNull { negated: false })).await, [3, 4]);
    assert_eq!(store.fitting(p(Test::IsNull { negated: true })).await, [1, 2]);
    assert_eq!(store.fitting(p(text("a\0"))).await, [0_u32; 0]);
    let injected = Field::Param("p' OR 1=1 --".to_owned());
    assert_eq!(store.fitting(compare(injected, text("a"))).await, [0_u32; 0]);
    Ok(())
});

conformance!(like_regards_case_and_ilike_does_not, |store| async move {
    let texts = ["Año 100%", "año_x", "AÑO\\y", "straße", "a*b?[c]", "x\ny"];
    for (number, value) in (1..).zip(texts) {
        let id = store.given_run(number).await;
        store.log(&id, Batch { tags: vec![tag("t", value)], ..Batch::default() }).await;
    }
    let t = |test| compare(Field::Tag("t".to_owned()), test);
    for (test, expected) in [
        (like("Año%"), vec![1]),
        (like("año%"), vec![2]),
        (ilike("año%"), vec![1, 2, 3]),
        (ilike("aÑO_X"), vec![2]),
        (like("a_o%"), vec![2]),
        (like("%\\%"), vec![3]),
        (ilike("%\\Y"), vec![3]),
        (like("a*b?[c]"), vec![5]),
        (ilike("A*B?[C]"), vec![5]),
        (like("a*"), vec![]),
        (like("%%%"), vec![1, 2, 3, 4, 5, 6]),
        (ilike("%"), vec![1, 2, 3, 4, 5, 6]),
        (like(""), vec![]),
        (ilike("STRAßE"), vec![4]),
        (ilike("x_y"), vec![6]),
        (like("x%y"), vec![6]),
        (ilike("X%Y"), vec![6]),
        (like("año"), vec![]),
        (ilike("%.%"), vec![]),
        (ilike("(año"), vec![]),
        (like("a\0"), vec![]),
        (ilike(&"a%".repeat(9_000)), vec![]),
        (ilike(&"%a".repeat(7_000)), vec![]),
    ] {
        let shown = format!("{test:?}");
        assert_eq!(store.fitting(t(test)).await, expected, "{}", &shown[..shown.len().min(80)]);
    }
    Ok(())
});

conformance!(attributes_and_datasets_can_be_tested, |store| async move {
    four_runs(&store).await;
    let ended = RunUpdate { ended_at: Some(Millis(50)), ..RunUpdate::default() };
    store.update_run(&run_id(2), &ended).await?;
    let input =
        DatasetInput { name: "cars".into(), digest: "d1".into(), context: "training".into(), details: None };
    store.insert_inputs(&run_id(3), &[input], &[]).await?;
    let uri = artifact_uri(ExperimentId::DEFAULT, &run_id(2));
    let null = |negated| Test::IsNull { negated };
    let absent_end = compare(attribute(RunAttribute::EndTime), number(Comparison::Less, 100.0));
    for (filter, expected) in [
        (compare(attribute(RunAttribute::RunId), text(run_id(2).as_str())), vec![2]),
        (compare(attribute(RunAttribute::RunName), like("run %")), vec![1, 2, 3, 4]),
        (compare(attribute(RunAttribute::Status), text("RUNNING")), vec![4]),
        (compare(attribute(RunAttribute::UserId), ilike("ANA")), vec![1, 2, 3, 4]),
        (compare(attribute(RunAttribute::ArtifactUri), text(&uri)), vec![2]),
        (compare(attribute(RunAttribute::StartTime), number(Comparison::GreaterOrEqual, 3.0)), vec![3, 4]),
        (compare(attribute(RunAttribute::StartTime), number(Comparison::Less, 1.5)), vec![1]),
        (absent_end.clone(), vec![2]),
        (not(absent_end), vec![1, 3, 4]),
        (compare(attribute(RunAttribute::EndTime), null(false)), vec![1, 3, 4]),
        (compare(attribute(RunAttribute::RunName), null(true)), vec![1, 2, 3, 4]),
        (compare(Field::Dataset(DatasetAttribute::Name), text("cars")), vec![3]),
        (compare(Field::Dataset(DatasetAttribute::Digest), like("d%")), vec![3]),
        (compare(Field::Dataset(DatasetAttribute::Context), text("testing")), vec![]),
        (compare(Field::Dataset(DatasetAttribute::Name), null(false)), vec![1, 2, 4]),
    ] {
        assert_eq!(store.fitting(filter.clone()).await, expected, "{filter:?}");
    }
    Ok(())
});

conformance!(conditions_combine, |store| async move {
    four_runs(&store).await;
    let m1 = || compare(last("m"), number(Comparison::Equal, 1.0));
    let p_b = || compare(Field::Param("p".to_owned()), text("B"));
    assert_eq!(store.fitting(Filter::And(vec![m1(), p_b()])).await, [0_u32; 0]);
    assert_eq!(store.fitting(Filter::Or(vec![m1(), p_b()])).await, [1, 2]);
    assert_eq!(store.fitting(Filter::And(vec![not(m1()), not(p_b())])).await, [3, 4]);
    assert_eq!(store.fitting(Filter::And(Vec::new())).await, [1, 2, 3, 4]);
    assert_eq!(store.fitting(Filter::Or(Vec::new())).await, [0_u32; 0]);
    let many = (0..4_000).map(|_| p_b()).collect();
    assert_eq!(store.fitting(Filter::Or(many)).await, [2]);
    Ok(())
});

conformance!(filters_that_are_too_large_are_refused, |store| async move {
    let refused = |filter| {
        let store = store.clone();
        async move {
            let query = RunQuery { filter: Some(filter), ..all_runs() };
            matches!(store.search_runs(&query).await, Err(Error::Query(_)))
        }
    };
    let one = || compare(last("m"), number(Comparison::Equal, 1.0));
    assert!(refused(Filter::And((0..6_000).map(|_| one()).collect())).await);
    assert!(refused((0..70).fold(one(), |filter, _| not(filter))).await);
    assert!(refused(compare(last("m"), text("1"))).await);
    assert!(refused(compare(Field::Tag("m".to_owned()), number(Comparison::Equal, 1.0))).await);
    Ok(())
});

conformance!(views_and_experiments_limit_a_search, |store| async move {
    let other = store.given_experiment("other").await;
    store.given_run(1).await;
    let deleted = store.given_run(2).await;
    store.set_run_lifecycle(&deleted, Lifecycle::Deleted, Millis(1)).await?;
    let mut run = new_run(3);
    run.experiment_id = other.id;
    run.status = RunStatus::Finished;
    store.insert_run(&run).await?;
    let query = |view, experiment_ids: &[ExperimentId]| RunQuery {
        view,
        experiment_ids: experiment_ids.to_vec(),
        ..all_runs()
    };
    let default = ExperimentId::DEFAULT;
    assert_eq!(store.found(&query(View::Active, &[default])).await, [1]);
    assert_eq!(store.found(&query(View::Deleted, &[default])).await, [2]);
    assert_eq!(store.found(&query(View::All, &[default])).await, [2, 1]);
    assert_eq!(store.found(&query(View::All, &[default, other.id, default])).await, [3, 2, 1]);
    assert_eq!(store.found(&query(View::All, &[ExperimentId(99)])).await, [0_u32; 0]);
    assert_eq!(store.found(&query(View::All, &[])).await, [0_u32; 0]);
    Ok(())
});
