//! Telling a person what is going on: numbered steps with the time each one took.

use std::fmt::{Display, Write as _};
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// Writes one line to standard error. There is nobody to tell if that fails.
pub(crate) fn say(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Writes a remark that belongs to the current step.
pub(crate) fn note(line: impl Display) {
    say(format_args!("      {line}"));
}

/// The steps of one command: how many there are, which are done, how long they took.
#[derive(Debug)]
pub(crate) struct Steps {
    total: usize,
    done: Vec<(&'static str, Duration)>,
    /// Steps begun so far, the failed one included.
    begun: usize,
}

impl Steps {
    pub(crate) fn new(total: usize) -> Self {
        Self { total, done: Vec::new(), begun: 0 }
    }

    /// Announces a step, does it and tells how long it took.
    ///
    /// # Errors
    ///
    /// The error of `work`, with the name of the step before it.
    pub(crate) fn step<T>(
        &mut self,
        name: &'static str,
        work: impl FnOnce() -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        self.announce(name);
        let started = Instant::now();
        let result = work().with_context(|| format!("step `{name}` failed"))?;
        let took = started.elapsed();
        self.done.push((name, took));
        note(format_args!("done in {}", seconds(took)));
        Ok(result)
    }

    /// Announces the last step of a command, one that does not come back or ends the output itself.
    pub(crate) fn announce(&mut self, name: &str) {
        self.begun += 1;
        say(format_args!("[{}/{}] {name}", self.begun, self.total));
    }

    /// A table of the steps done so far, a line each, with their sum.
    pub(crate) fn table(&self) -> String {
        let width = self.done.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0).max(5);
        let mut table = String::new();
        for (name, took) in &self.done {
            let _ = writeln!(table, "  {name:width$}  {:>9}", seconds(*took));
        }
        let sum: Duration = self.done.iter().map(|(_, took)| *took).sum();
        let _ = write!(table, "  {:width$}  {:>9}", "total", seconds(sum));
        table
    }
}

/// `0.4 s`, `12.3 s`, `3 min 05 s`.
pub(crate) fn seconds(time: Duration) -> String {
    if time.as_secs() < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} min {:02} s", time.as_secs() / 60, time.as_secs() % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_readable_at_every_scale() {
        assert_eq!(seconds(Duration::from_millis(420)), "0.4 s");
        assert_eq!(seconds(Duration::from_millis(12_340)), "12.3 s");
        assert_eq!(seconds(Duration::from_secs(185)), "3 min 05 s");
    }

    #[test]
    fn the_table_names_every_step_that_was_done() {
        let mut steps = Steps::new(2);
        steps.step("first", || Ok(())).unwrap();
        let failed = steps.step("second", || -> anyhow::Result<()> { anyhow::bail!("no luck") });

        assert_eq!(format!("{:#}", failed.unwrap_err()), "step `second` failed: no luck");
        let table = steps.table();
        assert!(table.contains("first") && table.contains("total") && !table.contains("second"), "{table}");
    }
}
