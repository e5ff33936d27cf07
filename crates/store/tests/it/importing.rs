use std::collections::HashSet;

use cuaderno_store::{BatchOutcome, Error, ForeignExperiment, RunEnd};
use types::{Batch, Direction, ExperimentName, Goal, Lifecycle, Millis, RunStatus};

use crate::fixture::*;

fn foreign(name: &str) -> ForeignExperiment {
    ForeignExperiment {
        name: ExperimentName::parse(name).unwrap(),
        lifecycle: Lifecycle::Deleted,
        created_at: Millis(5),
        updated_at: Millis(6),
        tags: vec![tag("a", "1"), tag("b", "2")],
        goal: Some(Goal { metric: key("accuracy"), direction: Direction::Maximize }),
    }
}

conformance!(a_foreign_experiment_keeps_what_it_was, |store| async move {
    let (made, is_new) = store.adopt_experiment(&foreign("away")).await?;
    assert!(is_new);
    assert_eq!(
        (made.lifecycle, made.created_at, made.updated_at),
        (Lifecycle::Deleted, Millis(5), Millis(6))
    );
    assert_eq!(made.tags, [tag("a", "1"), tag("b", "2")]);
    assert_eq!(made.goal.metric, key("accuracy"));
    assert_eq!(store.adopt_experiment(&foreign("away")).await?, (made.clone(), false));
    assert_eq!(store.experiment(made.id).await?, Some(made));
    Ok(())
});

conformance!(an_experiment_that_is_here_only_gains_tags, |store| async move {
    let here = store.given_experiment("here").await;
    store.set_experiment_tag(here.id, &tag("a", "mine"), Millis(2)).await?;
    let (adopted, is_new) = store.adopt_experiment(&foreign("here")).await?;
    assert!(!is_new);
    assert_eq!((adopted.id, adopted.lifecycle, adopted.created_at), (here.id, Lifecycle::Active, Millis(1)));
    assert_eq!(adopted.tags, [tag("a", "mine"), tag("b", "2")]);
    assert_eq!(adopted.goal, here.goal);

    let mut zero = foreign("zero");
    zero.tags = vec![tag("a", "\0")];
    assert!(matches!(store.adopt_experiment(&zero).await, Err(Error::ZeroCharacter { .. })));
    Ok(())
});

conformance!(only_runs_that_ended_or_are_deleted_are_complete, |store| async move {
    let finished = store.given_finished(1, &[]).await;
    let running = store.given_run(2).await;
    let deleted = store.given_run(3).await;
    store.set_run_lifecycle(&deleted, Lifecycle::Deleted, Millis(1)).await?;
    let asked = [finished.clone(), running, deleted.clone(), run_id(4)];
    assert_eq!(store.ended_runs(&asked).await?, HashSet::from([finished, deleted]));
    assert!(store.ended_runs(&[]).await?.is_empty());
    Ok(())
});

conformance!(a_run_that_came_in_gets_its_own_end, |store| async move {
    let id = store.given_run(1).await;
    let end = RunEnd { status: RunStatus::Failed, ended_at: Some(Millis(70)), deleted_at: Some(Millis(80)) };
    assert_eq!(store.run_deleted_at(&id).await?, None);
    assert!(store.end_imported_run(&id, end).await?);
    let run = store.run(&id).await?.unwrap();
    assert_eq!(
        (run.status, run.ended_at, run.lifecycle),
        (RunStatus::Failed, end.ended_at, Lifecycle::Deleted)
    );
    assert_eq!(store.run_deleted_at(&id).await?, Some(Millis(80)));
    assert_eq!(store.insert_batch(&id, &Batch::default()).await?, BatchOutcome::Deleted);

    let again = RunEnd { status: RunStatus::Running, ended_at: None, deleted_at: None };
    assert!(!store.end_imported_run(&id, again).await?, "a deleted run stays as it is");
    assert!(!store.end_imported_run(&run_id(9), again).await?);
    Ok(())
});
