use cuaderno_store::Error;
use types::search::{ExperimentAttribute, Field, Filter, OrderBy, Test};
use types::{
    Direction, ExperimentId, ExperimentName, ExperimentQuery, Goal, Lifecycle, Millis, NewExperiment,
    RunUpdate, View,
};

use crate::fixture::*;

conformance!(default_exists_from_the_start_with_the_number_0, |store| async move {
    let default = store.experiment(ExperimentId::DEFAULT).await?.unwrap();
    assert_eq!(default.name.as_str(), "Default");
    assert_eq!(default.goal, Goal { metric: key("test_rmse"), direction: Direction::Minimize });
    assert!(default.created_at.0 > 1_600_000_000_000);
    assert_eq!(store.experiment_by_name(&default.name).await?, Some(default));
    Ok(())
});

conformance!(experiments_get_numbers_and_keep_their_tags, |store| async move {
    let name = ExperimentName::parse("predicción de precios").unwrap();
    let new = NewExperiment { name: name.clone(), tags: vec![tag("b", "2"), tag("a", "old"), tag("a", "1")] };
    let stored = store.insert_experiment(&new, Millis(7)).await?.unwrap();
    assert_eq!((stored.id, stored.created_at, stored.updated_at), (ExperimentId(1), Millis(7), Millis(7)));
    assert_eq!(stored.tags, [tag("a", "1"), tag("b", "2")]);
    assert_eq!(stored.lifecycle, Lifecycle::Active);
    assert_eq!(store.experiment(stored.id).await?, Some(stored.clone()));
    assert_eq!(store.experiment_by_name(&name).await?, Some(stored));
    Ok(())
});

conformance!(a_taken_name_is_answered_with_none, |store| async move {
    let new = NewExperiment { name: ExperimentName::parse("Default").unwrap(), tags: vec![tag("a", "1")] };
    assert_eq!(store.insert_experiment(&new, Millis(1)).await?, None);
    assert_eq!(store.experiment(ExperimentId(99)).await?, None);
    assert_eq!(store.experiment_by_name(&ExperimentName::parse("default").unwrap()).await?, None);
    Ok(())
});

conformance!(the_goal_can_be_changed, |store| async move {
    let goal = Goal { metric: key("accuracy"), direction: Direction::Maximize };
    assert!(store.set_goal(ExperimentId::DEFAULT, &goal, Millis(5)).await?);
    let default = store.experiment(ExperimentId::DEFAULT).await?.unwrap();
    assert_eq!((default.goal.clone(), default.updated_at), (goal.clone(), Millis(5)));
    assert!(!store.set_goal(ExperimentId(99), &goal, Millis(5)).await?);
    Ok(())
});

conformance!(summaries_count_active_runs_and_tell_the_best_finished_one, |store| async move {
    let other = store.given_experiment("other").await;
    store.given_finished(5_000, &[("test_rmse", 3.0)]).await;
    store.given_finished(9_000, &[("test_rmse", f64::NAN)]).await;
    let deleted = store.given_finished(9_500, &[("test_rmse", 1.0)]).await;
    store.set_run_lifecycle(&deleted, Lifecycle::Deleted, Millis(1)).await?;
    let unfinished = store.given_run(6_000).await;
    store
        .log(&unfinished, types::Batch { metrics: vec![metric("test_rmse", 0.1, 0)], ..Default::default() })
        .await;

    let summaries = store.experiment_summaries().await?;
    let default = summaries.iter().find(|summary| summary.experiment.id == ExperimentId::DEFAULT).unwrap();
    assert_eq!((default.run_count, default.last_run_at, default.best), (3, Some(Millis(9_000)), Some(3.0)));
    let empty = summaries.iter().find(|summary| summary.experiment.id == other.id).unwrap();
    assert_eq!((empty.run_count, empty.last_run_at, empty.best), (0, None, None));
    // Runs of 1970 are older than an experiment that was made in 1970 too, but one millisecond after midnight.
    assert_eq!(summaries[0].experiment.id, ExperimentId::DEFAULT);
    Ok(())
});

conformance!(summaries_take_the_highest_value_where_higher_is_better, |store| async move {
    let goal = Goal { metric: key("r2"), direction: Direction::Maximize };
    store.set_goal(ExperimentId::DEFAULT, &goal, Millis(5)).await?;
    store.given_finished(1, &[("r2", 0.5)]).await;
    let best = store.given_finished(2, &[("r2", 0.9)]).await;
    assert_eq!(store.experiment_summaries().await?[0].best, Some(0.9));
    assert_eq!(store.best_run(ExperimentId::DEFAULT, &goal).await?, Some(best.clone()));

    store
        .update_run(&best, &RunUpdate { status: Some(types::RunStatus::Failed), ..Default::default() })
        .await?;
    assert_eq!(store.experiment_summaries().await?[0].best, Some(0.5));
    Ok(())
});

conformance!(an_experiment_goes_into_the_trash_with_its_runs_and_comes_back, |store| async move {
    let cars = store.given_experiment("cars").await;
    let mut run = new_run(1);
    run.experiment_id = cars.id;
    store.insert_run(&run).await?;
    assert!(store.set_experiment_lifecycle(cars.id, Lifecycle::Deleted, Millis(5)).await?);
    assert!(!store.set_experiment_lifecycle(cars.id, Lifecycle::Deleted, Millis(6)).await?);
    let deleted = store.experiment(cars.id).await?.unwrap();
    assert_eq!((deleted.lifecycle, deleted.updated_at), (Lifecycle::Deleted, Millis(5)));
    assert_eq!(store.run_lifecycle(&run.id).await?, Some(Lifecycle::Deleted));
    assert!(!store.rename_experiment(cars.id, &cars.name, Millis(7)).await?);
    assert!(store.set_experiment_lifecycle(cars.id, Lifecycle::Active, Millis(8)).await?);
    assert!(!store.set_experiment_lifecycle(ExperimentId(99), Lifecycle::Active, Millis(8)).await?);
    assert_eq!(store.run_lifecycle(&run.id).await?, Some(Lifecycle::Active));
    Ok(())
});

conformance!(names_and_tags_of_experiments_change, |store| async move {
    let cars = store.given_experiment("cars").await;
    let name = ExperimentName::parse("used cars").unwrap();
    assert!(store.rename_experiment(cars.id, &name, Millis(5)).await?);
    assert!(store.rename_experiment(cars.id, &name, Millis(6)).await?);
    let taken = store.rename_experiment(cars.id, &ExperimentName::parse("Default").unwrap(), Millis(7)).await;
    assert!(matches!(taken, Err(Error::Taken { what: "experiment", .. })));
    store.set_experiment_tag(cars.id, &tag("a", "1"), Millis(8)).await?;
    store.set_experiment_tag(cars.id, &tag("a", "2"), Millis(9)).await?;
    let changed = store.experiment(cars.id).await?.unwrap();
    assert_eq!((changed.name, changed.updated_at, changed.tags), (name, Millis(9), vec![tag("a", "2")]));
    assert!(store.delete_experiment_tag(cars.id, &tag("a", "").key, Millis(10)).await?);
    assert!(!store.delete_experiment_tag(cars.id, &tag("a", "").key, Millis(11)).await?);
    let missing = store.set_experiment_tag(ExperimentId(99), &tag("a", "2"), Millis(9)).await;
    assert!(matches!(missing, Err(Error::Missing { what: "experiment", .. })));
    Ok(())
});

conformance!(experiments_are_searched_in_pages, |store| async move {
    for name in ["b", "a", "c"] {
        store.given_experiment(name).await;
    }
    let mut query = ExperimentQuery {
        filter: Some(Filter::Compare {
            field: Field::Attribute(ExperimentAttribute::Id),
            test: Test::TextIn { negated: true, values: vec!["0".to_owned()] },
        }),
        order_by: vec![OrderBy { field: Field::Attribute(ExperimentAttribute::Name), descending: false }],
        view: View::Active,
        max_results: 2,
        page_token: None,
    };
    let names = |page: &types::ExperimentPage| {
        page.experiments.iter().map(|experiment| experiment.name.to_string()).collect::<Vec<_>>()
    };
    let first = store.search_experiments(&query).await?;
    assert_eq!(names(&first), ["a", "b"]);
    query.page_token = first.next_page_token;
    let second = store.search_experiments(&query).await?;
    assert_eq!((names(&second), second.next_page_token), (vec!["c".to_owned()], None));
    query.view = View::All;
    assert!(matches!(store.search_experiments(&query).await, Err(Error::PageToken)));
    Ok(())
});
