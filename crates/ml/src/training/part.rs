//! Progress of a part of some work.

use super::Progress;

/// Tells the progress of one of several equal parts as progress of the whole.
pub(crate) struct Part<'a> {
    whole: &'a dyn Progress,
    begin: f64,
    share: f64,
    name: String,
}

impl<'a> Part<'a> {
    /// Part `nth` of `count`, from 0; `name` stands before what it tells.
    #[expect(clippy::cast_precision_loss, reason = "there are few parts")]
    pub(crate) fn of(whole: &'a dyn Progress, nth: usize, count: usize, name: String) -> Self {
        let share = 1.0 / count.max(1) as f64;
        Self { whole, begin: nth as f64 * share, share, name }
    }
}

impl Progress for Part<'_> {
    fn report(&self, fraction: f64, stage: &str) {
        self.whole.report((self.begin + fraction * self.share).min(1.0), &format!("{}: {stage}", self.name));
    }

    fn note(&self, line: &str, measured: Option<(&str, f64)>) {
        self.whole.note(&format!("{}: {line}", self.name), measured);
    }

    fn is_cancelled(&self) -> bool {
        self.whole.is_cancelled()
    }
}
