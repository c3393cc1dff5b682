//! Progress bars on standard error; nothing when that is no terminal.

use groundswell_engine::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::Mutex;

/// Shows one bar at a time.
#[derive(Default)]
pub(crate) struct Bars {
    bar: Mutex<Option<ProgressBar>>,
    unit: Unit,
}

/// What a bar counts.
#[derive(Clone, Copy, Default)]
pub(crate) enum Unit {
    /// Rows of a table.
    #[default]
    Posts,
    /// Bytes of a file.
    Bytes,
}

impl Bars {
    /// Makes bars that count in a unit.
    pub(crate) fn of(unit: Unit) -> Self {
        Self { bar: Mutex::default(), unit }
    }

    fn with(&self, act: impl FnOnce(&mut Option<ProgressBar>)) {
        // A thread that panicked while it held the bar leaves a bar that still draws.
        let mut bar = self.bar.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        act(&mut bar);
    }
}

impl Progress for Bars {
    fn start(&self, stage: &str, total: Option<u64>) {
        let template = match (self.unit, total) {
            (Unit::Posts, _) => {
                "{prefix:>9} {wide_bar} {human_pos}/{human_len} {per_sec} {eta} left"
            }
            (Unit::Bytes, Some(_)) => {
                "{prefix:>9} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta} left"
            }
            (Unit::Bytes, None) => "{prefix:>9} {spinner} {bytes} {bytes_per_sec}",
        };
        let bar = ProgressBar::new(total.unwrap_or(0));
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|error| {
            tracing::debug!(%error, "a template of a progress bar is wrong");
            ProgressStyle::default_bar()
        }));
        bar.set_prefix(stage.to_owned());
        self.with(|held| *held = Some(bar));
    }

    fn reach(&self, done: u64) {
        self.with(|bar| {
            if let Some(bar) = bar {
                bar.set_position(done);
            }
        });
    }

    fn finish(&self) {
        self.with(|bar| {
            if let Some(bar) = bar.take() {
                bar.finish_and_clear();
            }
        });
    }
}
