//! Progress bars of long work.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use types::Progress;

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
        self.0.set_message(progress.stage.clone());
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
