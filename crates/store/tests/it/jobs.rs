use cuaderno_store::Error;
use types::{
    Algorithm, DataSplit, ExperimentName, JobId, JobState, Millis, Progress, RunName, RunStatus, RunUpdate,
    TrainingJob, TrainingSpec,
};

use JobState::{Interrupted, Queued, Running};

use crate::fixture::*;

fn job_id(number: u32) -> JobId {
    JobId::from_bits(u128::from(number))
}

fn job(number: u32) -> TrainingJob {
    TrainingJob {
        id: job_id(number),
        state: JobState::Queued,
        progress: Progress { fraction: 0.0, stage: String::new() },
        experiment: ExperimentName::parse("cars").unwrap(),
        run_name: Some(RunName::parse("forest").unwrap()),
        dataset_digest: "d1".to_owned(),
        spec: TrainingSpec::new("precio", Algorithm::random_forest())
            .with_split(DataSplit::Rows { train: vec![0, 2], test: vec![1] }),
        run_id: None,
        error: None,
        created_at: Millis(i64::from(number)),
        started_at: None,
        ended_at: None,
    }
}

conformance!(a_job_comes_back_as_it_was_stored, |store| async move {
    store.given_run(5).await;
    store.insert_job(&job(1), None).await?;
    let mut other = job(2);
    other.run_id = Some(run_id(5));
    other.run_name = None;
    other.spec.algorithm = Algorithm::linear();
    store.insert_job(&other, None).await?;
    assert_eq!(store.job(&job_id(1)).await?, Some(job(1)));
    assert_eq!(store.job(&job_id(2)).await?, Some(other.clone()));
    assert_eq!(store.job(&job_id(3)).await?, None);
    assert_eq!(store.jobs(10).await?, [other.clone(), job(1)]);
    assert_eq!(store.jobs(1).await?, [other]);
    assert!(matches!(store.insert_job(&job(1), None).await, Err(Error::Taken { what: "job", .. })));
    Ok(())
});

conformance!(a_job_goes_its_way, |store| async move {
    let run = store.given_run(1).await;
    store.insert_job(&job(1), None).await?;
    store.insert_job(&job(2), None).await?;
    let claimed = store.claim_job("w1", Millis(100)).await?.unwrap();
    assert_eq!(claimed, TrainingJob { state: JobState::Running, started_at: Some(Millis(100)), ..job(1) });
    let progress = Progress { fraction: 0.5, stage: "tree 50 of 100".to_owned() };
    assert!(store.beat_job(&job_id(1), "w1", &progress, Millis(110)).await?);
    assert!(!store.beat_job(&job_id(1), "w2", &progress, Millis(110)).await?);
    assert!(!store.beat_job(&job_id(2), "w1", &progress, Millis(110)).await?);
    assert!(store.set_job_run(&job_id(1), &run).await?);
    assert!(!store.set_job_run(&job_id(1), &run_id(9)).await?);
    assert!(!store.set_job_run(&job_id(9), &run).await?);
    assert!(store.finish_job(&job_id(1), JobState::Failed, Some("no rows"), Millis(120)).await?);
    assert!(!store.finish_job(&job_id(1), JobState::Finished, None, Millis(130)).await?);
    assert!(!store.beat_job(&job_id(1), "w1", &progress, Millis(140)).await?);
    let expected = TrainingJob {
        state: JobState::Failed,
        progress,
        run_id: Some(run),
        error: Some("no rows".to_owned()),
        started_at: Some(Millis(100)),
        ended_at: Some(Millis(120)),
        ..job(1)
    };
    assert_eq!(store.job(&job_id(1)).await?, Some(expected));
    assert_eq!(store.claim_job("w1", Millis(150)).await?.unwrap().id, job_id(2));
    assert_eq!(store.claim_job("w1", Millis(150)).await?, None);
    Ok(())
});

conformance!(a_job_with_an_owner_is_not_up_for_claiming, |store| async move {
    let mut own = job(1);
    own.state = JobState::Running;
    own.started_at = Some(Millis(50));
    store.insert_job(&own, Some("cli")).await?;
    assert_eq!(store.claim_job("w1", Millis(60)).await?, None);
    assert_eq!(store.interrupt_jobs(Millis(50), Millis(60)).await?, []);
    assert!(store.beat_job(&job_id(1), "cli", &own.progress, Millis(60)).await?);
    assert_eq!(store.interrupt_jobs(Millis(60), Millis(60)).await?, []);
    assert_eq!(store.interrupt_jobs(Millis(61), Millis(70)).await?, [job_id(1)]);
    Ok(())
});

conformance!(no_job_is_given_to_two_and_none_is_forgotten, |store| async move {
    for number in 1..=20 {
        store.insert_job(&job(number), None).await?;
    }
    let claimers = (0..4).map(|claimer| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut claimed = Vec::new();
            while let Some(job) = store.claim_job(&format!("w{claimer}"), Millis(1)).await.unwrap() {
                claimed.push(job.id);
            }
            claimed
        })
    });
    let mut claimed = futures::future::try_join_all(claimers).await?.concat();
    claimed.sort();
    assert_eq!(claimed, (1..=20).map(job_id).collect::<Vec<_>>());
    Ok(())
});

conformance!(interrupted_jobs_take_their_running_runs_with_them, |store| async move {
    for number in 1..=4 {
        store.given_run(number).await;
        store.insert_job(&job(number), None).await?;
        store.set_job_run(&job_id(number), &run_id(number)).await?;
    }
    let done = RunUpdate { status: Some(RunStatus::Finished), ended_at: Some(Millis(5)), name: None };
    store.update_run(&run_id(2), &done).await?;
    for now in [10, 20, 30] {
        store.claim_job("w", Millis(now)).await?;
    }
    let mut interrupted = store.interrupt_jobs(Millis(30), Millis(99)).await?;
    interrupted.sort();
    assert_eq!(interrupted, [job_id(1), job_id(2)]);
    let states: Vec<JobState> = store.jobs(10).await?.iter().rev().map(|job| job.state).collect();
    assert_eq!(states, [Interrupted, Interrupted, Running, Queued]);
    assert_eq!(store.job(&job_id(1)).await?.unwrap().ended_at, Some(Millis(99)));
    let ends: Vec<(RunStatus, Option<Millis>)> = store
        .runs(&[run_id(1), run_id(2), run_id(3)])
        .await?
        .iter()
        .map(|run| (run.status, run.ended_at))
        .collect();
    assert_eq!(
        ends,
        [
            (RunStatus::Failed, Some(Millis(99))),
            (RunStatus::Finished, Some(Millis(5))),
            (RunStatus::Running, None)
        ]
    );
    assert!(!store.finish_job(&job_id(1), JobState::Finished, None, Millis(100)).await?);
    Ok(())
});
