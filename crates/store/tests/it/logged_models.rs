use bytes::Bytes;
use cuaderno_store::{Error, ModelParamsOutcome};
use futures::{TryStreamExt, stream};
use types::search::{Comparison, Field, Filter, LoggedModelAttribute, MetricValue, Test};
use types::{
    ArtifactPath, Batch, DatasetReference, ExperimentId, LoggedModel, LoggedModelId, LoggedModelName,
    LoggedModelOrder, LoggedModelQuery, LoggedModelStatus, Millis, ModelMetric,
};

use crate::fixture::*;

fn model_id(number: u32) -> LoggedModelId {
    LoggedModelId::from_bits(u128::from(number))
}

/// A model of run 1 that was announced at `number` milliseconds.
fn new_model(number: u32) -> LoggedModel {
    LoggedModel {
        id: model_id(number),
        experiment_id: ExperimentId::DEFAULT,
        name: LoggedModelName::parse(&format!("model {number}")).unwrap(),
        model_type: "classifier".to_owned(),
        status: LoggedModelStatus::Pending,
        source_run_id: Some(run_id(1)),
        created_at: Millis(i64::from(number)),
        updated_at: Millis(i64::from(number)),
        params: vec![param("depth", &number.to_string())],
        tags: vec![tag("team", if number.is_multiple_of(2) { "even" } else { "odd" })],
        metrics: Vec::new(),
    }
}

fn about(model: u32, name: &str, value: f64, step: i64, dataset: Option<(&str, &str)>) -> ModelMetric {
    ModelMetric {
        model_id: model_id(model),
        metric: metric(name, value, step),
        dataset: dataset
            .map(|(name, digest)| DatasetReference { name: name.to_owned(), digest: digest.to_owned() }),
    }
}

fn query() -> LoggedModelQuery {
    LoggedModelQuery {
        experiment_ids: vec![ExperimentId::DEFAULT],
        filter: None,
        datasets: Vec::new(),
        order_by: Vec::new(),
        max_results: 100,
        page_token: None,
    }
}

conformance!(a_model_is_announced_filled_and_found, |store| async move {
    store.given_run(1).await;
    let model = new_model(1);
    store.insert_logged_model(&model).await?;
    assert_eq!(store.logged_model(&model.id, false).await?, Some(model.clone()));
    assert_eq!(store.logged_models_of_run(&run_id(1)).await?, std::slice::from_ref(&model));

    let path = ArtifactPath::parse("data/model.onnx")?;
    store.put_artifact(&model.id, &path, stream::iter([Ok(Bytes::from_static(b"abc"))])).await?;
    let (_, content) = store.read_artifact(&model.id, &path).await?.unwrap();
    assert_eq!(content.try_collect::<Vec<Bytes>>().await?.concat(), b"abc");
    assert_eq!(store.artifacts(&run_id(1)).await?, []);
    assert_eq!(store.artifacts_in(&model.id, None).await?[0].size_bytes, None);

    assert!(store.set_logged_model_status(&model.id, LoggedModelStatus::Ready, Millis(9)).await?);
    assert!(store.set_logged_model_tags(&model.id, &[tag("a", "1"), tag("team", "both")]).await?);
    assert_eq!(store.delete_logged_model_tag(&model.id, &tag("a", "").key).await?, Some(true));
    assert_eq!(store.delete_logged_model_tag(&model.id, &tag("a", "").key).await?, Some(false));
    let found = store.logged_model(&model.id, false).await?.unwrap();
    assert_eq!((found.status, found.updated_at), (LoggedModelStatus::Ready, Millis(9)));
    assert_eq!(found.tags, [tag("team", "both")]);

    assert!(store.delete_logged_model(&model.id, Millis(10)).await?);
    assert_eq!(store.logged_model(&model.id, false).await?, None);
    assert_eq!(store.logged_model(&model.id, true).await?.unwrap().updated_at, Millis(10));
    assert_eq!(store.logged_models_of_run(&run_id(1)).await?, []);
    assert_eq!(store.search_logged_models(&query()).await?.models, []);
    Ok(())
});

conformance!(what_is_unknown_is_not_changed, |store| async move {
    store.given_run(1).await;
    let nobody = model_id(9);
    assert!(!store.set_logged_model_status(&nobody, LoggedModelStatus::Ready, Millis(1)).await?);
    assert!(!store.set_logged_model_tags(&nobody, &[tag("a", "1")]).await?);
    assert!(!store.delete_logged_model(&nobody, Millis(1)).await?);
    assert_eq!(store.delete_logged_model_tag(&nobody, &tag("a", "").key).await?, None);
    assert_eq!(
        store.insert_logged_model_params(&nobody, &[param("a", "1")]).await?,
        ModelParamsOutcome::NoModel
    );
    let orphan = LoggedModel { source_run_id: Some(run_id(7)), ..new_model(2) };
    assert!(matches!(store.insert_logged_model(&orphan).await, Err(Error::Missing { what: "run", .. })));
    let zero = LoggedModel { model_type: "a\0b".to_owned(), ..new_model(2) };
    assert!(matches!(store.insert_logged_model(&zero).await, Err(Error::ZeroCharacter { .. })));
    let path = ArtifactPath::parse("x")?;
    let upload = store.put_artifact(&nobody, &path, stream::iter([Ok(Bytes::new())])).await;
    assert!(matches!(upload, Err(Error::Missing { what: "logged model", .. })));
    Ok(())
});

conformance!(params_of_a_model_are_written_once, |store| async move {
    store.given_run(1).await;
    store.insert_logged_model(&new_model(1)).await?;
    let id = model_id(1);
    let stored = store.insert_logged_model_params(&id, &[param("depth", "1"), param("trees", "5")]).await?;
    assert_eq!(stored, ModelParamsOutcome::Stored);
    let changed = store.insert_logged_model_params(&id, &[param("new", "1"), param("depth", "2")]).await?;
    assert_eq!(changed, ModelParamsOutcome::Changed { key: param("depth", "").key, stored: "1".to_owned() });
    let params = store.logged_model(&id, false).await?.unwrap().params;
    assert_eq!(params, [param("depth", "1"), param("trees", "5")]);
    Ok(())
});

conformance!(points_about_a_model_come_with_the_batch_or_not_at_all, |store| async move {
    let run = store.given_run(1).await;
    store.insert_logged_model(&new_model(1)).await?;
    let points = vec![
        about(1, "loss", 0.5, 0, None),
        about(1, "loss", 0.25, 1, Some(("cars", "d1"))),
        about(1, "nan", f64::NAN, 0, None),
    ];
    let batch = Batch { model_metrics: points.clone(), ..Batch::default() };
    store.log(&run, batch.clone()).await;
    store.log(&run, batch).await;
    let metrics = store.logged_model(&model_id(1), false).await?.unwrap().metrics;
    assert_eq!(metrics.len(), 3, "{metrics:?}");
    assert_eq!(metrics[1].dataset, points[1].dataset);
    assert_eq!((metrics[0].metric.point.value, metrics[1].metric.point.value), (0.5, 0.25));
    assert!(metrics[2].metric.point.value.is_nan());

    let unknown = Batch {
        params: vec![param("lr", "1")],
        model_metrics: vec![about(8, "loss", 1.0, 0, None)],
        ..Batch::default()
    };
    let result = store.insert_batch(&run, &unknown).await;
    assert!(matches!(result, Err(Error::Missing { what: "logged model", .. })));
    assert_eq!(store.run(&run).await?.unwrap().params, []);
    Ok(())
});

conformance!(models_are_searched_by_what_is_known_about_them, |store| async move {
    let run = store.given_run(1).await;
    for number in 1..=5 {
        store.insert_logged_model(&new_model(number)).await?;
    }
    store.insert_logged_model(&LoggedModel { source_run_id: None, ..new_model(6) }).await?;
    let points = vec![
        about(1, "loss", 0.1, 0, Some(("cars", "d1"))),
        about(1, "loss", 0.9, 5, Some(("cars", "d2"))),
        about(2, "loss", 0.5, 0, None),
        about(3, "loss", f64::NAN, 0, None),
    ];
    store.log(&run, Batch { model_metrics: points, ..Batch::default() }).await;
    let found = async |query: LoggedModelQuery| -> Vec<u32> {
        let page = store.search_logged_models(&query).await.unwrap();
        page.models.iter().map(|model| u32::try_from(model.created_at.0).unwrap()).collect()
    };
    let fitting = async |field: Field<LoggedModelAttribute>, test: Test| {
        found(LoggedModelQuery { filter: Some(Filter::Compare { field, test }), ..query() }).await
    };
    let attribute = Field::Attribute;
    let loss = || Field::Metric { key: "loss".to_owned(), which: MetricValue::Last };
    assert_eq!(found(query()).await, [6, 5, 4, 3, 2, 1]);
    assert_eq!(fitting(attribute(LoggedModelAttribute::Name), text("model 2")).await, [2]);
    assert_eq!(
        fitting(attribute(LoggedModelAttribute::SourceRunId), text(run.as_str())).await,
        [5, 4, 3, 2, 1]
    );
    let not_zero = Test::Text { negated: true, value: run_id(9).to_string() };
    assert_eq!(fitting(attribute(LoggedModelAttribute::SourceRunId), not_zero).await, [5, 4, 3, 2, 1]);
    assert_eq!(
        fitting(attribute(LoggedModelAttribute::CreatedAt), number(Comparison::Greater, 4.0)).await,
        [6, 5]
    );
    assert_eq!(fitting(Field::Tag("team".to_owned()), text("even")).await, [6, 4, 2]);
    assert_eq!(fitting(Field::Param("depth".to_owned()), text("3")).await, [3]);
    assert_eq!(fitting(loss(), number(Comparison::Less, 0.2)).await, [1]);
    assert_eq!(fitting(loss(), number(Comparison::Greater, 0.2)).await, [2, 1]);
    assert_eq!(fitting(loss(), Test::IsNull { negated: false }).await, [6, 5, 4]);
    assert_eq!(fitting(Field::Tag("a\0b".to_owned()), text("x")).await, [0_u32; 0]);

    let on = |name: &str, digest: &str| DatasetReference { name: name.to_owned(), digest: digest.to_owned() };
    assert_eq!(found(LoggedModelQuery { datasets: vec![on("cars", "")], ..query() }).await, [1]);
    let on_d2 = LoggedModelQuery {
        datasets: vec![on("cars", "d2")],
        filter: Some(Filter::Compare { field: loss(), test: number(Comparison::Less, 0.2) }),
        ..query()
    };
    assert_eq!(found(on_d2).await, [0_u32; 0]);

    let by_loss = |descending, dataset| LoggedModelQuery {
        order_by: vec![LoggedModelOrder { field: loss(), descending, dataset }],
        ..query()
    };
    assert_eq!(found(by_loss(false, None)).await, [2, 1, 6, 5, 4, 3]);
    assert_eq!(found(by_loss(true, None)).await, [1, 2, 6, 5, 4, 3]);
    assert_eq!(found(by_loss(true, Some(on("cars", "d1")))).await, [1, 6, 5, 4, 3, 2]);

    let mut seen = Vec::new();
    let mut next = LoggedModelQuery { max_results: 2, ..query() };
    loop {
        let page = store.search_logged_models(&next).await?;
        seen.extend(page.models.iter().map(|model| model.created_at.0));
        let Some(token) = page.next_page_token else { break };
        next.page_token = Some(token);
    }
    assert_eq!(seen, [6, 5, 4, 3, 2, 1]);
    let other = LoggedModelQuery { order_by: by_loss(true, None).order_by, ..next };
    assert!(matches!(store.search_logged_models(&other).await, Err(Error::PageToken)));
    Ok(())
});
