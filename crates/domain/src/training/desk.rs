//! Where the computing thread leaves its progress and learns how long it may go on.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use types::{Algorithm, Progress};

/// Share of a search's budget after which it makes no new candidates: the winner has still to be fitted to all rows.
const SEARCHING: f64 = 0.85;

#[derive(Debug)]
pub(super) struct Desk {
    state: Mutex<State>,
    began: Instant,
    /// Time for searching, if the task has such a limit.
    budget: Option<Duration>,
}

#[derive(Debug, Default)]
struct State {
    fraction: f64,
    stage: String,
    is_given_up: bool,
}

impl Desk {
    pub(super) fn new(algorithm: &Algorithm) -> Self {
        let budget = match algorithm {
            Algorithm::Auto(auto) => Some(Duration::from_secs(auto.budget_seconds.into()).mul_f64(SEARCHING)),
            _ => None,
        };
        Self { state: Mutex::default(), began: Instant::now(), budget }
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn progress(&self) -> Progress {
        self.with(|state| Progress { fraction: state.fraction, stage: state.stage.clone() })
    }

    /// Tells the computation that nobody waits any more.
    pub(super) fn give_up(&self) {
        self.with(|state| state.is_given_up = true);
    }
}

impl ml::Progress for Desk {
    fn report(&self, fraction: f64, stage: &str) {
        self.with(|state| {
            state.fraction = state.fraction.max(fraction);
            stage.clone_into(&mut state.stage);
        });
    }

    fn is_cancelled(&self) -> bool {
        self.with(|state| state.is_given_up)
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
