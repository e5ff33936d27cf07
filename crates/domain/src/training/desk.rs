//! Where the computing thread leaves its progress and learns how long it may go on.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use types::{Algorithm, JobLogLine, JobMetric, Millis, Progress, RunId};

/// Share of a search's budget after which it makes no new candidates: the winner has still to be fitted to all rows.
const SEARCHING: f64 = 0.85;

/// Lines that wait for the next heartbeat; more are dropped, the oldest first.
const LINES_MAX: usize = 200;

/// Characters of a line.
const LINE_CHARS_MAX: usize = 500;

/// Share of the work, and time, before which nobody can say how long the rest takes.
const TOO_EARLY: (f64, Duration) = (0.01, Duration::from_millis(500));

#[derive(Debug)]
pub(super) struct Desk {
    /// Whom the job belongs to.
    owner: String,
    state: Mutex<State>,
    is_given_up: AtomicBool,
    run: OnceLock<RunId>,
    began: Instant,
    began_at: Millis,
    /// Time for searching, if the task has such a limit.
    budget: Option<Duration>,
}

#[derive(Debug, Default)]
struct State {
    fraction: f64,
    stage: String,
    metric: Option<JobMetric>,
    lines: Vec<JobLogLine>,
}

impl Desk {
    pub(super) fn new(owner: &str, algorithm: &Algorithm, now: Millis) -> Self {
        let budget = match algorithm {
            Algorithm::Auto(auto) => Some(Duration::from_secs(auto.budget_seconds.into()).mul_f64(SEARCHING)),
            _ => None,
        };
        Self {
            owner: owner.to_owned(),
            state: Mutex::default(),
            is_given_up: AtomicBool::new(false),
            run: OnceLock::new(),
            began: Instant::now(),
            began_at: now,
            budget,
        }
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn progress(&self) -> Progress {
        let elapsed = self.began.elapsed();
        self.with(|state| Progress {
            fraction: state.fraction,
            stage: state.stage.clone(),
            remaining_seconds: remaining(state.fraction, elapsed),
            metric: state.metric.clone(),
        })
    }

    /// The lines since the last call.
    pub(super) fn take_lines(&self) -> Vec<JobLogLine> {
        self.with(|state| std::mem::take(&mut state.lines))
    }

    /// Writes a line into the log of the job.
    pub(super) fn write(&self, text: &str, metric: Option<JobMetric>) {
        let at = Millis(self.began_at.0 + i64::try_from(self.began.elapsed().as_millis()).unwrap_or(0));
        let text = text.chars().take(LINE_CHARS_MAX).collect();
        self.with(|state| {
            if state.lines.len() >= LINES_MAX {
                state.lines.remove(0);
            }
            state.lines.push(JobLogLine { line: 0, at, text, metric });
        });
    }

    pub(super) fn owner(&self) -> &str {
        &self.owner
    }

    /// How long the work has been going on.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Tells the computation that nobody waits any more.
    pub(super) fn give_up(&self) {
        self.is_given_up.store(true, Ordering::Relaxed);
    }

    /// Keeps the run that was begun.
    pub(super) fn begun(&self, run: RunId) {
        // There is one run for each attempt.
        let _ = self.run.set(run);
    }

    /// The run, if one was begun.
    pub(super) fn run(&self) -> Option<&RunId> {
        self.run.get()
    }
}

/// Seconds for the rest of the work at the pace so far.
fn remaining(fraction: f64, elapsed: Duration) -> Option<f64> {
    let (share, time) = TOO_EARLY;
    let seconds = elapsed.as_secs_f64() * (1.0 - fraction) / fraction;
    (fraction >= share && elapsed >= time && seconds.is_finite()).then_some(seconds.max(0.0))
}

impl ml::Progress for Desk {
    fn report(&self, fraction: f64, stage: &str) {
        self.with(|state| {
            state.fraction = state.fraction.max(fraction);
            stage.clone_into(&mut state.stage);
        });
    }

    fn note(&self, line: &str, measured: Option<(&str, f64)>) {
        let metric = measured
            .filter(|(_, value)| value.is_finite())
            .map(|(key, value)| JobMetric { key: key.to_owned(), value });
        if let Some(metric) = &metric {
            self.with(|state| state.metric = Some(metric.clone()));
        }
        self.write(line, metric);
    }

    fn is_cancelled(&self) -> bool {
        self.is_given_up.load(Ordering::Relaxed)
    }

    fn is_out_of_time(&self) -> bool {
        self.time_used() >= 1.0
    }

    fn time_used(&self) -> f64 {
        self.budget
            .map_or(0.0, |budget| self.began.elapsed().as_secs_f64() / budget.as_secs_f64().max(1e-9))
            .min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use ml::Progress as _;

    use super::*;

    #[test]
    fn the_rest_takes_as_long_as_its_share() {
        assert_eq!(remaining(0.25, Duration::from_secs(10)), Some(30.0));
        assert_eq!(remaining(1.0, Duration::from_secs(10)), Some(0.0));
        assert_eq!(remaining(0.0, Duration::from_secs(10)), None);
        assert_eq!(remaining(0.5, Duration::from_millis(10)), None);
    }

    #[test]
    fn what_is_noted_is_told_once_and_its_measurement_stays() {
        let desk = Desk::new("w", &Algorithm::linear(), Millis(1000));
        desk.note("fold 1 of 5", Some(("cv_rmse", 7.5)));
        desk.note("fold 2 of 5", Some(("cv_rmse", f64::NAN)));
        let lines = desk.take_lines();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].at.0 >= 1000 && lines[1].metric.is_none());
        assert!(desk.take_lines().is_empty());
        assert_eq!(desk.progress().metric.map(|metric| metric.value), Some(7.5));
        for number in 0..500 {
            desk.write(&format!("{number} {}", "x".repeat(1000)), None);
        }
        let lines = desk.take_lines();
        assert_eq!(lines.len(), LINES_MAX);
        assert!(lines[0].text.starts_with("300 ") && lines[0].text.len() == LINE_CHARS_MAX);
    }
}
