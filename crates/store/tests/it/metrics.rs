use cuaderno_store::{BatchOutcome, Error};
use types::{Batch, Direction, ExperimentId, Goal, Lifecycle, Metric, Millis};

use crate::fixture::*;

fn metrics(metrics: Vec<Metric>) -> Batch {
    Batch { metrics, ..Batch::default() }
}

fn at(name: &str, value: f64, step: i64, timestamp: i64) -> Metric {
    Metric { key: key(name), point: point(value, step, timestamp) }
}

conformance!(a_batch_is_stored_as_a_whole, |store| async move {
    let id = store.given_run(1).await;
    let batch = Batch {
        metrics: vec![metric("loss", 2.0, 0), metric("loss", 1.0, 1), metric("acc", 0.5, 0)],
        params: vec![param("lr", "0.1")],
        tags: vec![tag("note", "first"), tag("note", "second")],
        ..Batch::default()
    };
    store.log(&id, batch.clone()).await;
    let run = store.run(&id).await?.unwrap();
    assert_eq!(run.metrics.iter().map(|metric| metric.key.to_string()).collect::<Vec<_>>(), ["acc", "loss"]);
    assert_eq!((run.param("lr"), run.tag("note")), (Some("0.1"), Some("second")));
    let loss = run.metric("loss").unwrap();
    assert_eq!((loss.first, loss.last, loss.count), (point(2.0, 0, 0), point(1.0, 1, 10), 2));
    assert_eq!((loss.min, loss.max), (point(1.0, 1, 10), point(2.0, 0, 0)));

    // A client that saw no answer sends it again.
    store.log(&id, batch).await;
    assert_eq!(store.run(&id).await?, Some(run));
    Ok(())
});

conformance!(nothing_of_a_batch_is_stored_if_a_param_has_another_value, |store| async move {
    let id = store.given_run(1).await;
    store.log(&id, Batch { params: vec![param("lr", "0.1"), param("n", "1")], ..Batch::default() }).await;
    let batch = Batch {
        metrics: vec![metric("loss", 1.0, 0)],
        params: vec![param("depth", "3"), param("lr", "0.2")],
        tags: vec![tag("t", "1")],
        ..Batch::default()
    };
    let changed = BatchOutcome::ParamChanged { key: param("lr", "").key, stored: "0.1".to_owned() };
    assert_eq!(store.insert_batch(&id, &batch).await?, changed);
    let run = store.run(&id).await?.unwrap();
    assert_eq!((run.params.len(), run.metrics.len(), run.tags.len()), (2, 0, 0));

    let twice = Batch { params: vec![param("x", "1"), param("x", "2")], ..Batch::default() };
    let changed = BatchOutcome::ParamChanged { key: param("x", "").key, stored: "1".to_owned() };
    assert_eq!(store.insert_batch(&id, &twice).await?, changed);
    let same =
        Batch { params: vec![param("lr", "0.1"), param("x", "1"), param("x", "1")], ..Batch::default() };
    assert_eq!(store.insert_batch(&id, &same).await?, BatchOutcome::Stored);
    assert_eq!(store.insert_batch(&run_id(9), &same).await?, BatchOutcome::NoRun);
    Ok(())
});

conformance!(nan_and_infinities_are_kept, |store| async move {
    let id = store.given_run(1).await;
    let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e308, -0.5, f64::NAN];
    for (step, value) in (0..).zip(values) {
        store.log(&id, metrics(vec![metric("x", value, step)])).await;
    }
    let history = store.metric_history(&id, &key("x")).await?;
    assert_eq!(history.len(), values.len());
    for (point, value) in history.iter().zip(values) {
        assert_eq!(point.value.to_string(), value.to_string());
    }
    let summary = store.run(&id).await?.unwrap().metric("x").unwrap().clone();
    assert!(summary.last.value.is_nan() && summary.first.value.is_nan());
    assert_eq!((summary.min, summary.max), (point(f64::NEG_INFINITY, 2, 20), point(f64::INFINITY, 1, 10)));
    assert_eq!(summary.count, 6);

    store.log(&id, metrics(vec![metric("y", f64::NAN, 0), metric("y", f64::NAN, 1)])).await;
    let summary = store.run(&id).await?.unwrap().metric("y").unwrap().clone();
    assert!(summary.min.value.is_nan() && summary.max.value.is_nan());
    Ok(())
});

conformance!(summaries_merge_like_the_whole_history_at_once, |store| async move {
    // Values, steps and times that collide in every way, from a fixed linear congruence.
    let mut state = 7_u32;
    let mut next = |range: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % range
    };
    let mut points: Vec<Metric> = Vec::new();
    for _ in 0..60 {
        let value = [0.0, 1.0, -1.0, f64::NAN, f64::INFINITY][next(5) as usize];
        points.push(at("x", value, i64::from(next(4)), i64::from(next(3))));
    }
    let (bit_by_bit, at_once) = (store.given_run(1).await, store.given_run(2).await);
    for chunk in points.chunks(7) {
        store.log(&bit_by_bit, metrics(chunk.to_vec())).await;
    }
    store.log(&at_once, metrics(points)).await;
    let (left, right) = (store.run(&bit_by_bit).await?.unwrap(), store.run(&at_once).await?.unwrap());
    assert_eq!(format!("{:?}", left.metrics), format!("{:?}", right.metrics));
    let history = store.metric_history(&bit_by_bit, &key("x")).await?;
    assert_eq!(history.len(), usize::try_from(left.metrics[0].count)?);
    let again = store.metric_history(&at_once, &key("x")).await?;
    assert_eq!(format!("{history:?}"), format!("{again:?}"));
    Ok(())
});

conformance!(a_history_is_by_step_then_time_then_arrival, |store| async move {
    let id = store.given_run(1).await;
    store.log(&id, metrics(vec![at("x", 5.0, 2, 1), at("x", 9.0, 1, 5), at("x", 1.0, 1, 4)])).await;
    store.log(&id, metrics(vec![at("x", 3.0, 2, 1), at("x", 4.0, 2, 1), at("x", 7.0, -1, 9)])).await;
    let values: Vec<f64> =
        store.metric_history(&id, &key("x")).await?.iter().map(|point| point.value).collect();
    assert_eq!(values, [7.0, 1.0, 9.0, 5.0, 3.0, 4.0]);
    // The greatest (step, time, value).
    assert_eq!(store.run(&id).await?.unwrap().metric("x").unwrap().last, point(5.0, 2, 1));
    assert_eq!(store.metric_history(&id, &key("other")).await?, []);
    assert_eq!(store.metric_history(&run_id(9), &key("x")).await?, []);
    Ok(())
});

conformance!(large_batches_are_possible, |store| async move {
    let id = store.given_run(1).await;
    let many = (0..20_000).map(|step| metric(&format!("m{}", step % 30), 1.0, step)).collect();
    store.log(&id, metrics(many)).await;
    let run = store.run(&id).await?.unwrap();
    assert_eq!(run.metrics.len(), 30);
    assert_eq!(run.metrics.iter().map(|metric| metric.count).sum::<i64>(), 20_000);
    Ok(())
});

conformance!(values_with_the_character_zero_are_refused, |store| async move {
    let id = store.given_run(1).await;
    let batch = Batch { params: vec![param("lr", "a\0b")], ..Batch::default() };
    let error = store.insert_batch(&id, &batch).await.unwrap_err();
    assert!(matches!(error, Error::ZeroCharacter { .. }) && error.to_string().contains("`lr`"), "{error}");
    let batch = Batch { tags: vec![tag("note", "\0")], ..Batch::default() };
    assert!(store.insert_batch(&id, &batch).await.is_err());
    Ok(())
});

conformance!(concurrent_batches_of_one_run_lose_nothing, |store| async move {
    let id = store.given_run(1).await;
    let writers = (0..16).map(|writer| {
        let (store, id) = (store.clone(), id.clone());
        tokio::spawn(async move {
            for step in 0..10 {
                let names = ["a", "b", "c"]
                    .map(|name| metric(name, f64::from(writer), i64::from(step * 16 + writer)));
                let batch = Batch { tags: vec![tag("last", &writer.to_string())], ..metrics(names.to_vec()) };
                store.log(&id, batch).await;
            }
        })
    });
    futures::future::try_join_all(writers).await?;
    let run = store.run(&id).await?.unwrap();
    for name in ["a", "b", "c"] {
        let summary = run.metric(name).unwrap();
        assert_eq!((summary.count, summary.last.value, summary.min.value), (160, 15.0, 0.0));
        assert_eq!(store.metric_history(&id, &key(name)).await?.len(), 160);
    }
    Ok(())
});

conformance!(the_best_run_is_active_finished_and_newest_of_equals, |store| async move {
    let goal = |direction| Goal { metric: key("m"), direction };
    let (lowest, highest) = (goal(Direction::Minimize), goal(Direction::Maximize));
    let default = ExperimentId::DEFAULT;
    assert_eq!(store.best_run(default, &lowest).await?, None);
    store.given_finished(1, &[("m", 2.0)]).await;
    store.given_finished(2, &[("m", 2.0)]).await;
    store.given_finished(3, &[("m", f64::NAN)]).await;
    store.given_finished(4, &[("m", 5.0)]).await;
    store.given_finished(5, &[("other", -9.0)]).await;
    let deleted = store.given_finished(6, &[("m", -1.0)]).await;
    store.set_run_lifecycle(&deleted, Lifecycle::Deleted, Millis(1)).await?;
    let running = store.given_run(7).await;
    store.log(&running, metrics(vec![metric("m", -5.0, 0)])).await;
    assert_eq!(store.best_run(default, &lowest).await?, Some(run_id(2)));
    assert_eq!(store.best_run(default, &highest).await?, Some(run_id(4)));
    assert_eq!(store.best_run(ExperimentId(99), &highest).await?, None);
    Ok(())
});

conformance!(pages_of_a_history_join_without_gaps, |store| async move {
    let id = store.given_run(1).await;
    let values = [(f64::NAN, 0), (0.0, 0), (-1.0, 0), (f64::INFINITY, 1), (2.0, 1), (3.0, 2)];
    let metrics = values.map(|(value, step)| metric("m", value, step)).to_vec();
    store.log(&id, Batch { metrics, ..Batch::default() }).await;
    let whole = store.metric_points(&id, &key("m"), None, 100).await?;
    assert_eq!(whole.len(), 6);
    for size in 1..=6 {
        let (mut joined, mut after) = (Vec::new(), None);
        loop {
            let page = store.metric_points(&id, &key("m"), after, size).await?;
            let Some(last) = page.last() else { break };
            after = Some(*last);
            joined.extend(page);
        }
        // NaN is not equal to itself.
        assert_eq!(format!("{joined:?}"), format!("{whole:?}"), "pages of {size}");
    }
    assert_eq!(store.metric_points(&id, &key("other"), None, 9).await?, []);
    assert_eq!(store.metric_points(&run_id(9), &key("m"), None, 9).await?, []);
    Ok(())
});

conformance!(samples_keep_both_ends_and_their_size, |store| async move {
    let id = store.given_run(1).await;
    let metrics = (0..1000).map(|step| metric("m", 0.0, step * 3)).collect();
    store.log(&id, Batch { metrics, ..Batch::default() }).await;
    for (limit, range) in
        [(2, None), (7, None), (320, None), (999, None), (5, Some((10, 2000))), (50, Some((-9, 9999)))]
    {
        let sample = store.sampled_points(&id, &key("m"), range, limit).await?;
        let steps: Vec<i64> = sample.iter().map(|point| point.step).collect();
        let (first, last) =
            range.map_or((0, 2997), |(low, high)| (if low == 10 { 12 } else { 0 }, high.min(2997) / 3 * 3));
        assert_eq!((steps[0], steps[steps.len() - 1]), (first, last), "{limit} {range:?}");
        assert!(steps.is_sorted_by(|left, right| left < right), "{steps:?}");
        assert!(
            steps.len() <= limit as usize && steps.len() > limit as usize * 9 / 10 - 1,
            "{limit}: {}",
            steps.len()
        );
    }
    assert_eq!(store.sampled_points(&id, &key("m"), None, 1000).await?.len(), 1000);
    assert_eq!(store.sampled_points(&id, &key("m"), Some((1, 2)), 10).await?, []);
    Ok(())
});
