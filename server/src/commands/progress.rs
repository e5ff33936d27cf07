//! Progress bars of long work.

use std::fmt::Write as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use types::Progress;

use super::output;

/// Steps of a bar; finer than a terminal shows.
const STEPS: f64 = 1000.0;

/// A bar on standard error; invisible where that is no terminal.
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// Starts a bar for work called `title`.
    pub(super) fn start(title: &str) -> Self {
        let bar = ProgressBar::new(1000).with_prefix(title.to_owned());
        if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:30} {percent:>3}% {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Shows how far the work is.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
    pub(super) fn show(&self, progress: &Progress) {
        self.0.set_position((progress.fraction.clamp(0.0, 1.0) * STEPS) as u64);
        self.0.set_message(told(progress));
    }
}

/// What is being done, what the model is worth so far, and how long the rest takes.
fn told(progress: &Progress) -> String {
    let mut text = progress.stage.clone();
    if let Some(metric) = &progress.metric {
        let _ = write!(text, ", {} {}", metric.key, output::number(metric.value));
    }
    if let Some(seconds) = progress.remaining_seconds.filter(|_| progress.fraction < 1.0) {
        let _ = write!(text, ", {} left", duration(seconds));
    }
    text
}

/// A duration in the unit that people would take: `42 s`, `3 min`, `2 h`.
pub(super) fn duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 90.0 => format!("{seconds:.0} s"),
        seconds if seconds < 5400.0 => format!("{:.0} min", seconds / 60.0),
        seconds => format!("{:.0} h", seconds / 3600.0),
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use types::JobMetric;

    use super::*;

    #[test]
    fn progress_tells_stage_worth_and_time() {
        let progress = Progress {
            fraction: 0.4,
            stage: "fold 2 of 5".to_owned(),
            remaining_seconds: Some(75.4),
            metric: Some(JobMetric { key: "cv_rmse".to_owned(), value: 1234.5 }),
        };
        assert_eq!(told(&progress), "fold 2 of 5, cv_rmse 1234.50, 75 s left");
        assert_eq!(told(&Progress { fraction: 1.0, metric: None, ..progress }), "fold 2 of 5");
        assert_eq!([90.0, 7200.0].map(duration), ["2 min", "2 h"]);
    }
}
