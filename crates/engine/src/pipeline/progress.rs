//! Telling somebody how far a long run is.

/// Hears about progress; a progress bar in a terminal, a row of a dashboard, nobody.
pub trait Progress: Send + Sync {
    /// Begins a stage of `total` units, if the total is known.
    fn start(&self, stage: &str, total: Option<u64>);
    /// Tells how many units of the stage are done, counted from its beginning.
    fn reach(&self, done: u64);
    /// Ends the stage.
    fn finish(&self);
}

/// Tells nobody.
#[derive(Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn start(&self, _stage: &str, _total: Option<u64>) {}
    fn reach(&self, _done: u64) {}
    fn finish(&self) {}
}
