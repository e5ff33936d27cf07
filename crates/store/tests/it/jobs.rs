use cuaderno_store::{Beat, Error, LetGo};
use types::{
    Algorithm, DataSplit, ExperimentName, JOB_LOG_LINES_MAX, JobId, JobLogLine, JobMetric, JobState,
    JobStatus, Millis, Priority, Progress, RunName, RunStatus, RunUpdate, TrainingJob, TrainingSpec,
};

use JobState::{Cancelled, Interrupted, Queued, Running};

use crate::fixture::*;

fn job_id(number: u32) -> JobId {
    JobId::from_bits(u128::from(number))
}

fn job(number: u32) -> TrainingJob {
    let status = JobStatus {
        id: job_id(number),
        state: JobState::Queued,
        progress: Progress::default(),
        attempt: 0,
        is_cancel_requested: false,
        run_id: None,
        error: None,
        created_at: Millis(i64::from(number)),
        started_at: None,
        ended_at: None,
    };
    TrainingJob {
        status,
        priority: Priority::default(),
        time_limit_seconds: None,
        experiment: ExperimentName::parse("cars").unwrap(),
        run_name: Some(RunName::parse("forest").unwrap()),
        dataset_digest: "d1".to_owned(),
        spec: TrainingSpec::new("precio", Algorithm::random_forest())
            .with_split(DataSplit::Rows { train: vec![0, 2], test: vec![1] }),
        origin_run_id: None,
    }
}

fn line(text: &str, at: i64) -> JobLogLine {
    JobLogLine { line: 0, at: Millis(at), text: text.to_owned(), metric: None }
}

fn half() -> Progress {
    Progress {
        fraction: 0.5,
        stage: "tree 50 of 100".to_owned(),
        remaining_seconds: Some(12.5),
        metric: Some(JobMetric { key: "cv_rmse".to_owned(), value: 1.5 }),
    }
}

conformance!(a_job_comes_back_as_it_was_stored, |store| async move {
    store.given_run(5).await;
    store.insert_job(&job(1), None, 3).await?;
    let mut other = job(2);
    other.status.run_id = Some(run_id(5));
    other.run_name = None;
    other.spec.algorithm = Algorithm::linear();
    other.priority = Priority::new(-7)?;
    other.time_limit_seconds = Some(60);
    other.origin_run_id = Some(run_id(8));
    store.insert_job(&other, None, 3).await?;
    assert_eq!(store.job(&job_id(1)).await?, Some(job(1)));
    assert_eq!(store.job(&job_id(2)).await?, Some(other.clone()));
    assert_eq!(store.job(&job_id(3)).await?, None);
    assert_eq!(store.job_status(&job_id(2)).await?, Some(other.status.clone()));
    assert_eq!(store.job_status(&job_id(3)).await?, None);
    assert_eq!(store.jobs(10).await?, [other.clone(), job(1)]);
    assert_eq!(store.jobs(1).await?, [other]);
    assert!(matches!(store.insert_job(&job(1), None, 3).await, Err(Error::Taken { what: "job", .. })));
    Ok(())
});

conformance!(a_job_goes_its_way, |store| async move {
    let run = store.given_run(1).await;
    store.insert_job(&job(1), None, 3).await?;
    store.insert_job(&job(2), None, 3).await?;
    let claimed = store.claim_job("w1", Millis(100)).await?.unwrap();
    let running = JobStatus { state: Running, attempt: 1, started_at: Some(Millis(100)), ..job(1).status };
    assert_eq!(claimed, TrainingJob { status: running.clone(), ..job(1) });
    let lines = || vec![line("fold 1", 105), JobLogLine { metric: half().metric, ..line("fold 2", 106) }];
    assert_eq!(store.beat_job(&job_id(1), "w1", &half(), lines(), Millis(110)).await?, Beat::GoOn);
    assert_eq!(store.beat_job(&job_id(1), "w2", &half(), lines(), Millis(110)).await?, Beat::Lost);
    assert_eq!(store.beat_job(&job_id(2), "w1", &half(), lines(), Millis(110)).await?, Beat::Lost);
    assert_eq!(store.job(&job_id(1)).await?.unwrap().status.progress, half());
    assert!(store.set_job_run(&job_id(1), "w1", &run).await?);
    assert!(!store.set_job_run(&job_id(1), "w2", &run).await?);
    assert!(!store.set_job_run(&job_id(1), "w1", &run_id(9)).await?);
    assert!(!store.set_job_run(&job_id(9), "w1", &run).await?);
    let finish = |owner: &'static str, state, at| {
        let store = store.clone();
        let lines = vec![line("no rows", at)];
        async move {
            store.finish_job(&job_id(1), owner, state, Some("no rows"), &half(), lines, Millis(at)).await
        }
    };
    assert!(!finish("w2", JobState::Finished, 115).await?);
    assert!(finish("w1", JobState::Failed, 120).await?);
    assert!(!finish("w1", JobState::Finished, 130).await?);
    assert_eq!(store.beat_job(&job_id(1), "w1", &half(), lines(), Millis(140)).await?, Beat::Lost);
    let expected = JobStatus {
        state: JobState::Failed,
        progress: Progress { remaining_seconds: None, ..half() },
        run_id: Some(run),
        error: Some("no rows".to_owned()),
        ended_at: Some(Millis(120)),
        ..running
    };
    assert_eq!(store.job_status(&job_id(1)).await?, Some(expected));
    let told: Vec<(i64, String)> =
        store.job_log(&job_id(1), 0).await?.into_iter().map(|line| (line.line, line.text)).collect();
    let texts = ["fold 1", "fold 2", "no rows"];
    assert_eq!(
        told,
        texts.iter().zip(1..).map(|(text, line)| (line, (*text).to_owned())).collect::<Vec<_>>()
    );
    assert_eq!(store.job_log(&job_id(1), 1).await?[0].metric, half().metric);
    assert_eq!(store.claim_job("w1", Millis(150)).await?.unwrap().status.id, job_id(2));
    assert_eq!(store.claim_job("w1", Millis(150)).await?, None);
    Ok(())
});

conformance!(the_most_important_job_is_first_and_of_equals_the_oldest, |store| async move {
    for (number, priority) in [(1, 0), (2, 5), (3, -1), (4, 5), (5, 100)] {
        store.insert_job(&TrainingJob { priority: Priority::new(priority)?, ..job(number) }, None, 3).await?;
    }
    let mut order = Vec::new();
    while let Some(job) = store.claim_job("w", Millis(1)).await? {
        order.push(job.status.id);
    }
    assert_eq!(order, [5, 2, 4, 1, 3].map(job_id));
    Ok(())
});

conformance!(a_job_can_be_cancelled_before_and_while_it_runs, |store| async move {
    for number in 1..=3 {
        store.insert_job(&job(number), None, 3).await?;
    }
    assert!(store.cancel_job(&job_id(2), line("stop", 5), Millis(5)).await?);
    assert!(!store.cancel_job(&job_id(2), line("stop", 6), Millis(6)).await?);
    assert!(!store.cancel_job(&job_id(9), line("stop", 6), Millis(6)).await?);
    let cancelled = store.job_status(&job_id(2)).await?.unwrap();
    assert_eq!((cancelled.state, cancelled.ended_at), (Cancelled, Some(Millis(5))));

    store.claim_job("w", Millis(10)).await?;
    assert!(store.cancel_job(&job_id(1), line("stop", 11), Millis(11)).await?);
    assert!(!store.cancel_job(&job_id(1), line("stop", 12), Millis(12)).await?);
    let status = store.job_status(&job_id(1)).await?.unwrap();
    assert_eq!((status.state, status.is_cancel_requested), (Running, true));
    assert_eq!(store.beat_job(&job_id(1), "w", &half(), Vec::new(), Millis(13)).await?, Beat::Cancel);
    assert!(store.finish_job(&job_id(1), "w", Cancelled, None, &half(), Vec::new(), Millis(14)).await?);
    assert_eq!(store.job_log(&job_id(1), 0).await?.len(), 1);
    assert_eq!(store.claim_job("w", Millis(15)).await?.unwrap().status.id, job_id(3), "the second is over");
    Ok(())
});

conformance!(a_log_keeps_its_newest_lines, |store| async move {
    store.insert_job(&job(1), Some("w"), 1).await?;
    store.insert_job(&job(2), Some("w"), 1).await?;
    store
        .insert_job(
            &TrainingJob { status: JobStatus { state: Running, ..job(3).status }, ..job(3) },
            Some("w"),
            1,
        )
        .await?;
    let total = JOB_LOG_LINES_MAX + 50;
    for part in (0..total).collect::<Vec<_>>().chunks(150) {
        let lines = part.iter().map(|number| line(&number.to_string(), 1)).collect();
        assert_eq!(store.beat_job(&job_id(3), "w", &half(), lines, Millis(1)).await?, Beat::GoOn);
    }
    let log = store.job_log(&job_id(3), 0).await?;
    assert_eq!(log.len(), JOB_LOG_LINES_MAX);
    assert_eq!((log[0].line, log[0].text.as_str()), (51, "50"));
    assert_eq!(store.job_log(&job_id(3), 1040).await?.len(), 10);
    assert_eq!(store.job_log(&job_id(1), 0).await?, []);
    Ok(())
});

conformance!(a_job_with_an_owner_is_not_up_for_claiming, |store| async move {
    let mut own = job(1);
    own.status.state = JobState::Running;
    own.status.started_at = Some(Millis(50));
    own.status.attempt = 1;
    store.insert_job(&own, Some("cli"), 1).await?;
    assert_eq!(store.claim_job("w1", Millis(60)).await?, None);
    assert_eq!(store.let_go_of_jobs(Millis(50), None, Millis(60)).await?, []);
    assert_eq!(store.beat_job(&job_id(1), "cli", &half(), Vec::new(), Millis(60)).await?, Beat::GoOn);
    assert_eq!(store.let_go_of_jobs(Millis(60), None, Millis(60)).await?, []);
    let gone = LetGo { id: job_id(1), state: Interrupted };
    assert_eq!(store.let_go_of_jobs(Millis(61), None, Millis(70)).await?, [gone]);
    Ok(())
});

conformance!(no_job_is_given_to_two_and_none_is_forgotten, |store| async move {
    for number in 1..=20 {
        store.insert_job(&job(number), None, 3).await?;
    }
    let claimers = (0..4).map(|claimer| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut claimed = Vec::new();
            while let Some(job) = store.claim_job(&format!("w{claimer}"), Millis(1)).await.unwrap() {
                claimed.push(job.status.id);
            }
            claimed
        })
    });
    let mut claimed = futures::future::try_join_all(claimers).await?.concat();
    claimed.sort();
    assert_eq!(claimed, (1..=20).map(job_id).collect::<Vec<_>>());
    Ok(())
});

conformance!(jobs_of_dead_workers_are_begun_again_until_their_attempts_are_used_up, |store| async move {
    store.insert_job(&job(1), None, 2).await?;
    for (attempt, state) in [(1, Queued), (2, Interrupted)] {
        let claimed = store.claim_job("w", Millis(10)).await?.unwrap();
        assert_eq!(claimed.status.attempt, attempt);
        store.beat_job(&job_id(1), "w", &half(), Vec::new(), Millis(11)).await?;
        assert_eq!(
            store.let_go_of_jobs(Millis(12), None, Millis(20)).await?,
            [LetGo { id: job_id(1), state }]
        );
        assert_eq!(store.beat_job(&job_id(1), "w", &half(), Vec::new(), Millis(21)).await?, Beat::Lost);
    }
    let status = store.job_status(&job_id(1)).await?.unwrap();
    assert_eq!((status.state, status.ended_at), (Interrupted, Some(Millis(20))));
    assert_eq!(store.job_log(&job_id(1), 0).await?.len(), 2);
    Ok(())
});

conformance!(jobs_of_dead_workers_take_their_running_runs_with_them, |store| async move {
    for number in 1..=5 {
        store.given_run(number).await;
        store.insert_job(&job(number), None, 1).await?;
    }
    let done = RunUpdate { status: Some(RunStatus::Finished), ended_at: Some(Millis(5)), name: None };
    store.update_run(&run_id(2), &done).await?;
    for (number, now) in [(1, 10), (2, 20), (3, 30), (4, 20)] {
        store.claim_job("w", Millis(now)).await?;
        assert!(store.set_job_run(&job_id(number), "w", &run_id(number)).await?);
    }
    store.cancel_job(&job_id(4), line("stop", 25), Millis(25)).await?;
    let only = store.let_go_of_jobs(Millis(30), Some(&job_id(1)), Millis(99)).await?;
    assert_eq!(only, [LetGo { id: job_id(1), state: Interrupted }]);
    let let_go = store.let_go_of_jobs(Millis(30), None, Millis(99)).await?;
    let gone = |number, state| LetGo { id: job_id(number), state };
    assert_eq!(let_go, [gone(4, Cancelled), gone(2, Interrupted)]);
    let states: Vec<JobState> = store.jobs(10).await?.iter().rev().map(|job| job.status.state).collect();
    assert_eq!(states, [Interrupted, Interrupted, Running, Cancelled, Queued]);
    assert_eq!(store.job(&job_id(1)).await?.unwrap().status.ended_at, Some(Millis(99)));
    let ends: Vec<(RunStatus, Option<Millis>)> = store
        .runs(&[run_id(1), run_id(2), run_id(3), run_id(4)])
        .await?
        .iter()
        .map(|run| (run.status, run.ended_at))
        .collect();
    assert_eq!(
        ends,
        [
            (RunStatus::Failed, Some(Millis(99))),
            (RunStatus::Finished, Some(Millis(5))),
            (RunStatus::Running, None),
            (RunStatus::Failed, Some(Millis(99)))
        ]
    );
    Ok(())
});
