use cuaderno_store::{BatchOutcome, Error, Store};
use types::{
    Batch, DatasetDetails, DatasetInput, ExperimentId, Lifecycle, MetricSummary, Millis, ModelRole,
    RUN_NAME_TAG, RunModel, RunName, RunStatus, RunUpdate,
};

use crate::fixture::*;

fn input(name: &str, context: &str) -> DatasetInput {
    DatasetInput {
        name: name.to_owned(),
        digest: "d1".to_owned(),
        context: context.to_owned(),
        details: None,
    }
}

conformance!(a_run_comes_back_as_it_was_stored, |store| async move {
    let mut run = new_run(1);
    run.status = RunStatus::Finished;
    run.ended_at = Some(Millis(99));
    run.params = vec![param("depth", "7"), param("lr", "0,1 – año")];
    run.tags = vec![tag("mlflow.user", "ana"), tag("note", "")];
    run.inputs = vec![input("cars", "testing"), input("cars", "training")];
    run.metrics = vec![MetricSummary {
        key: key("loss"),
        last: point(0.5, 9, 90),
        first: point(3.0, 0, 0),
        min: point(0.25, 7, 70),
        max: point(f64::INFINITY, 1, 10),
        count: 10,
    }];
    store.insert_run(&run).await?;
    assert_eq!(store.run(&run.id).await?, Some(run.clone()));
    assert_eq!(store.metric_history(&run.id, &key("loss")).await?.len(), 4);
    Ok(())
});

conformance!(unknown_runs_and_experiments_are_told_apart, |store| async move {
    assert_eq!(store.run(&run_id(1)).await?, None);
    let mut run = new_run(1);
    store.insert_run(&run).await?;
    assert!(matches!(store.insert_run(&run).await, Err(Error::Taken { what: "run", .. })));
    run.id = run_id(2);
    run.experiment_id = ExperimentId(77);
    assert!(matches!(store.insert_run(&run).await, Err(Error::Missing { what: "experiment", .. })));
    assert_eq!(store.run(&run_id(2)).await?, None);
    Ok(())
});

conformance!(runs_come_in_the_order_asked_for, |store| async move {
    for number in 1..=3 {
        store.given_run(number).await;
    }
    let ids = [run_id(3), run_id(9), run_id(1), run_id(3)];
    let found: Vec<u32> = store.runs(&ids).await?.iter().map(number_of).collect();
    assert_eq!(found, [3, 1, 3]);
    assert_eq!(store.runs(&[]).await?, []);
    Ok(())
});

conformance!(an_update_changes_only_what_it_names, |store| async move {
    let id = store.given_run(1).await;
    let update = RunUpdate { status: Some(RunStatus::Failed), ended_at: Some(Millis(50)), name: None };
    assert!(store.update_run(&id, &update).await?);
    let update = RunUpdate { name: Some(RunName::parse("new name").unwrap()), ..RunUpdate::default() };
    assert!(store.update_run(&id, &update).await?);
    let run = store.run(&id).await?.unwrap();
    assert_eq!(
        (run.status, run.ended_at, run.name.as_str()),
        (RunStatus::Failed, Some(Millis(50)), "new name")
    );
    assert!(!store.update_run(&run_id(9), &update).await?);
    Ok(())
});

conformance!(deleted_runs_stay_readable_and_can_be_restored, |store| async move {
    let id = store.given_run(1).await;
    assert!(store.set_run_lifecycle(&id, Lifecycle::Deleted, Millis(5)).await?);
    assert_eq!(store.run(&id).await?.unwrap().lifecycle, Lifecycle::Deleted);
    assert_eq!(store.found(&all_runs()).await, [0_u32; 0]);
    assert!(store.set_run_lifecycle(&id, Lifecycle::Active, Millis(6)).await?);
    assert_eq!(store.found(&all_runs()).await, [1]);
    assert!(!store.set_run_lifecycle(&run_id(9), Lifecycle::Deleted, Millis(5)).await?);
    Ok(())
});

conformance!(inputs_are_added_once, |store| async move {
    let id = store.given_run(1).await;
    assert!(store.insert_inputs(&id, &[input("a", "training"), input("a", "training")], &[]).await?);
    assert!(store.insert_inputs(&id, &[input("a", "training"), input("b", "")], &[]).await?);
    assert_eq!(store.run(&id).await?.unwrap().inputs, [input("a", "training"), input("b", "")]);
    assert!(!store.insert_inputs(&run_id(9), &[input("a", "")], &[]).await?);
    Ok(())
});

conformance!(what_is_said_about_a_dataset_is_kept_once_for_an_experiment, |store| async move {
    let (first, second) = (store.given_run(1).await, store.given_run(2).await);
    let details = |source: &str, tag: &str| DatasetDetails {
        source_type: "local".to_owned(),
        source: source.to_owned(),
        schema: Some("{}".to_owned()),
        profile: None,
        tags: vec![("k".to_owned(), tag.to_owned())],
    };
    let said =
        |source, tag| DatasetInput { details: Some(details(source, tag)), ..input("cars", "training") };
    assert!(store.insert_inputs(&first, &[said("here", "1")], &[]).await?);
    assert!(store.insert_inputs(&second, &[said("there", "2")], &[]).await?);
    assert_eq!(store.run(&first).await?.unwrap().inputs, [said("here", "1")]);
    assert_eq!(store.run(&second).await?.unwrap().inputs, [said("here", "2")]);
    let summaries = store.input_datasets(&[ExperimentId::DEFAULT, ExperimentId(9)]).await?;
    assert_eq!(summaries.len(), 1);
    assert_eq!((summaries[0].name.as_str(), summaries[0].context.as_str()), ("cars", "training"));
    assert_eq!(store.input_datasets(&[]).await?, []);
    let zero = DatasetInput { digest: "\0".to_owned(), ..input("a", "") };
    assert!(matches!(store.insert_inputs(&first, &[zero], &[]).await, Err(Error::ZeroCharacter { .. })));
    let model = RunModel { model_id: "m-0".to_owned(), role: ModelRole::Output, step: 0 };
    let missing = store.insert_inputs(&first, &[input("b", "")], &[model]).await;
    assert!(matches!(missing, Err(Error::Missing { what: "logged model", .. })));
    assert_eq!(store.run(&first).await?.unwrap().inputs.len(), 1, "all or nothing");
    Ok(())
});

conformance!(the_tag_with_the_name_follows_the_name_and_leads_it, |store| async move {
    let id = store.given_run(1).await;
    let named = async |store: &Store| {
        let run = store.run(&run_id(1)).await.unwrap().unwrap();
        (run.name.to_string(), run.tag(RUN_NAME_TAG).map(ToOwned::to_owned))
    };
    let update = RunUpdate { name: Some(RunName::parse("first").unwrap()), ..RunUpdate::default() };
    store.update_run(&id, &update).await?;
    assert_eq!(named(&store).await, ("first".to_owned(), Some("first".to_owned())));
    store.log(&id, Batch { tags: vec![tag(RUN_NAME_TAG, "second")], ..Batch::default() }).await;
    assert_eq!(named(&store).await, ("second".to_owned(), Some("second".to_owned())));
    assert!(store.delete_run_tag(&id, &tag(RUN_NAME_TAG, "").key).await?);
    assert!(!store.delete_run_tag(&id, &tag(RUN_NAME_TAG, "").key).await?);
    assert_eq!(named(&store).await, ("second".to_owned(), None));
    Ok(())
});

conformance!(items_are_added_to_a_tag_that_is_a_list, |store| async move {
    let id = store.given_run(1).await;
    let history = tag("history", "").key;
    assert!(store.append_to_run_tag(&id, &history, &serde_json::json!({"a": 1})).await?);
    assert!(store.append_to_run_tag(&id, &history, &serde_json::json!(2)).await?);
    assert_eq!(store.run(&id).await?.unwrap().tag("history"), Some(r#"[{"a":1},2]"#));
    assert!(!store.append_to_run_tag(&run_id(9), &history, &serde_json::json!(2)).await?);
    Ok(())
});

conformance!(nothing_is_logged_to_a_deleted_run, |store| async move {
    let id = store.given_run(1).await;
    assert_eq!(store.run_lifecycle(&id).await?, Some(Lifecycle::Active));
    store.set_run_lifecycle(&id, Lifecycle::Deleted, Millis(5)).await?;
    assert_eq!(store.run_lifecycle(&id).await?, Some(Lifecycle::Deleted));
    assert_eq!(store.run_lifecycle(&run_id(9)).await?, None);
    let batch = Batch { params: vec![param("a", "1")], ..Batch::default() };
    assert_eq!(store.insert_batch(&id, &batch).await?, BatchOutcome::Deleted);
    assert_eq!(store.run(&id).await?.unwrap().params, []);
    Ok(())
});

conformance!(keys_in_use_are_those_of_active_runs_of_the_experiment, |store| async move {
    let other = store.given_experiment("other").await;
    for (number, experiment, name) in
        [(1, ExperimentId::DEFAULT, "b"), (2, ExperimentId::DEFAULT, "a"), (3, other.id, "c")]
    {
        let mut run = new_run(number);
        run.experiment_id = experiment;
        store.insert_run(&run).await?;
        let batch =
            Batch { metrics: vec![metric(name, 1.0, 0)], params: vec![param(name, "1")], ..Batch::default() };
        store.log(&run.id, batch).await;
    }
    let names = |keys: &[types::MetricKey]| keys.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&store.metric_keys(ExperimentId::DEFAULT).await?), ["a", "b"]);
    store.set_run_lifecycle(&run_id(2), Lifecycle::Deleted, Millis(5)).await?;
    assert_eq!(names(&store.metric_keys(ExperimentId::DEFAULT).await?), ["b"]);
    let params = store.param_keys(ExperimentId::DEFAULT).await?;
    assert_eq!(params.iter().map(types::ParamKey::as_str).collect::<Vec<_>>(), ["b"]);
    assert_eq!(store.param_keys(ExperimentId(99)).await?, []);
    assert_eq!(names(&store.metric_keys(other.id).await?), ["c"]);
    Ok(())
});
