//! The trait of a source, the list of sources, and what a caller may set.

use crate::{SourceError, did_you_mean, file, simulate};
use async_trait::async_trait;
use groundswell_core::{Batch, Position};
use std::time::{SystemTime, UNIX_EPOCH};

/// Yields the posts of one input, batch by batch.
///
/// The same input with the same options yields the same batches with the same positions, however often and from wherever it is
/// read. [`Source::next_batch`] computes and reads without yielding: run it where blocking is allowed.
#[async_trait]
pub trait Source: Send {
    /// Returns the name under which it stands in [`SOURCES`].
    fn name(&self) -> &'static str;

    /// Returns the key of its [`Position`]: the same input read in the same way has the same key.
    fn key(&self) -> &str;

    /// Moves behind what has been stored; called at most once, before the first batch.
    ///
    /// # Errors
    /// [`SourceError`] when the position belongs to another input, or the input is shorter than what was read from it.
    async fn resume(&mut self, position: &Position) -> Result<(), SourceError>;

    /// Returns what comes next, or nothing at the end.
    ///
    /// # Errors
    /// [`SourceError`] when the input cannot be read on. Records that cannot become posts are no error: they are in
    /// [`Batch::rejected`].
    async fn next_batch(&mut self) -> Result<Option<Batch>, SourceError>;

    /// Returns how far it has come.
    fn progress(&self) -> Progress;
}

/// Says how far a source has come, for progress bars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of the input read so far, as they lie on disk; 0 when it has none.
    pub read_bytes: u64,
    /// Bytes of the whole input, when that is known.
    pub total_bytes: Option<u64>,
    /// Records read so far, valid and rejected ones, skipped ones included.
    pub read_records: u64,
    /// Records of the whole input, when that is known.
    pub total_records: Option<u64>,
}

/// Most records of a batch unless the caller says otherwise.
pub const DEFAULT_BATCH_ROWS: usize = 100_000;

/// Most bytes of posts in a batch (64 MiB) unless the caller says otherwise.
pub const DEFAULT_BATCH_BYTES: usize = 64 << 20;

/// Holds everything a caller may set; a source uses what concerns it.
#[derive(Debug, Clone)]
pub struct SourceOptions {
    /// Files, glob patterns, or `-` for standard input.
    pub paths: Vec<String>,
    /// Which column feeds which field: `text=body,author_id=user,platform='x'`; a name without `=` chooses a column map.
    pub columns: Option<String>,
    /// Platform of every post, over what the file says.
    pub platform: Option<String>,
    /// Format of the files (`jsonl`, `json`, `csv`, `tsv`, `parquet`), over what their names say.
    pub format: Option<String>,
    /// Most records of a batch.
    pub batch_rows: usize,
    /// Bytes of posts after which a batch ends.
    pub batch_bytes: usize,
    /// The moment of collecting (microseconds UTC), written to every post.
    pub collected_at: i64,
    /// What relative times (`5分钟前`, `11月24日`) refer to (microseconds UTC); the time the file was last changed if absent.
    pub reference_time: Option<i64>,
    /// Minutes east of UTC of times that name no zone, over what the column map knows.
    pub zone_minutes: Option<i32>,
    /// Scenario to simulate.
    pub scenario: Option<String>,
    /// Posts to simulate.
    pub posts: Option<u64>,
    /// Seed of everything random.
    pub seed: u64,
}

impl Default for SourceOptions {
    fn default() -> Self {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            paths: Vec::new(),
            columns: None,
            platform: None,
            format: None,
            batch_rows: DEFAULT_BATCH_ROWS,
            batch_bytes: DEFAULT_BATCH_BYTES,
            collected_at: i64::try_from(since_1970.as_micros()).unwrap_or(i64::MAX),
            reference_time: None,
            zone_minutes: None,
            scenario: None,
            posts: None,
            seed: 0,
        }
    }
}

/// Holds the sources that were opened, one per input, or why none could be.
pub type OpenedSources = Result<Vec<Box<dyn Source>>, SourceError>;

/// Describes a source in the list.
#[derive(Debug)]
pub struct SourceSpec {
    /// Name in `groundswell collect NAME`.
    pub name: &'static str,
    /// What it reads, in one sentence.
    pub summary: &'static str,
    /// A command line that works.
    pub example: &'static str,
    /// Opens it; one source per input, so that each has its own position.
    pub open: fn(&SourceOptions) -> OpenedSources,
}

/// Every source there is.
pub static SOURCES: &[&SourceSpec] = &[&file::SPEC, &simulate::SPEC];

/// Finds a source by name.
///
/// # Errors
/// [`SourceError::UnknownSource`] with the nearest name.
pub fn find_source(name: &str) -> Result<&'static SourceSpec, SourceError> {
    SOURCES.iter().find(|spec| spec.name == name).copied().ok_or_else(|| {
        let valid: Vec<&str> = SOURCES.iter().map(|spec| spec.name).collect();
        SourceError::UnknownSource { name: name.to_owned(), remedy: did_you_mean(name, &valid) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_have_distinct_names_and_are_found() {
        for spec in SOURCES {
            assert_eq!(find_source(spec.name).unwrap().name, spec.name);
        }
        let mut names: Vec<_> = SOURCES.iter().map(|spec| spec.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), SOURCES.len());
    }

    #[test]
    fn an_unknown_source_is_named_with_the_nearest() {
        let message = find_source("flie").unwrap_err().to_string();
        assert!(message.starts_with("unknown source `flie`; did you mean `file`?"), "{message}");
    }
}
