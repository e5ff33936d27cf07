//! What a server does beside answering.

use std::time::Duration;

use futures::future::join_all;
use store::PredictionRecord;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tracing::{error, info, warn};
use types::Millis;

use crate::engine::Engine;
use crate::{Ctx, training};

/// Predictions that may wait for the log; more are dropped with a warning rather than slowing answers down.
pub(crate) const PREDICTION_BACKLOG: usize = 10_000;

/// Predictions that are handed to the store together, so that they share a commit.
const PREDICTION_BATCH: usize = 256;

/// How often the champion is looked up; another process may have moved the alias.
const CHAMPION_INTERVAL: Duration = Duration::from_millis(300);

/// How often idle workers look for jobs.
const QUEUE_INTERVAL: Duration = Duration::from_millis(300);

/// How often a working process says that it is alive, and hears whether its job was cancelled.
pub(crate) const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(400);

/// After how long without a heartbeat a worker counts as dead.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_secs(5);

/// Writes predictions to the log until the engine stops, then what is left.
pub(crate) async fn write_predictions(engine: Engine, mut receiver: mpsc::Receiver<PredictionRecord>) {
    let mut batch = Vec::with_capacity(PREDICTION_BATCH);
    loop {
        tokio::select! {
            biased;
            count = receiver.recv_many(&mut batch, PREDICTION_BATCH) => if count == 0 { return },
            () = engine.stop().cancelled() => {
                receiver.close();
                if receiver.recv_many(&mut batch, PREDICTION_BATCH).await == 0 {
                    return;
                }
            }
        }
        let written = join_all(batch.iter().map(|record| engine.store().insert_prediction(record))).await;
        if let Some(error) = written.into_iter().find_map(Result::err) {
            error!(error = &error as &dyn std::error::Error, "predictions could not be logged");
        }
        batch.clear();
    }
}

/// Keeps the served model equal to the champion in the registry.
pub(crate) async fn follow_champion(engine: Engine) {
    let mut ticks = interval(CHAMPION_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while until_stop(&engine, ticks.tick()).await.is_some() {
        if let Err(error) = engine.serving().refresh(engine.store()).await {
            warn!(error = &error as &dyn std::error::Error, "the champion could not be loaded");
        }
    }
}

/// Puts jobs whose worker died back into the queue, or gives them up.
pub(crate) async fn sweep_jobs(engine: Engine) {
    let mut ticks = interval(HEARTBEAT_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while until_stop(&engine, ticks.tick()).await.is_some() {
        let timeout = i64::try_from(HEARTBEAT_TIMEOUT.as_millis()).unwrap_or(i64::MAX);
        let now = engine.now();
        match engine.store().let_go_of_jobs(Millis(now.0 - timeout), None, now).await {
            Ok(jobs) => {
                for job in jobs {
                    let (id, state) = (&job.id, job.state.as_str());
                    warn!(job.id = %id, "the worker of job `{id}` is gone; the job is {state}");
                }
            }
            Err(error) => warn!(error = &error as &dyn std::error::Error, "jobs could not be swept"),
        }
    }
}

/// Takes queued jobs and trains, one after the other, as worker `number` of this process.
pub(crate) async fn work(engine: Engine, number: usize) {
    // A worker that lost a job must not take it for its own when a neighbour begins it again.
    let owner = format!("{}-{number}", engine.owner());
    let ctx = Ctx::local(engine.clone());
    while !engine.stop().is_cancelled() {
        match engine.store().claim_job(&owner, engine.now()).await {
            Ok(Some(job)) => {
                info!(job.id = %job.status.id, "training `{}`", job.spec.algorithm.name());
                if let Err(error) = training::run_job(&ctx, &owner, &job, &|_| {}).await {
                    warn!(job.id = %job.status.id, error = &error as &dyn std::error::Error, "job failed");
                }
                continue;
            }
            Ok(None) => {}
            Err(error) => warn!(error = &error as &dyn std::error::Error, "the queue could not be read"),
        }
        until_stop(&engine, sleep(QUEUE_INTERVAL)).await;
    }
}

/// Waits for `future`, or returns `None` as soon as the engine stops.
async fn until_stop<T>(engine: &Engine, future: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = engine.stop().cancelled() => None,
        value = future => Some(value),
    }
}
