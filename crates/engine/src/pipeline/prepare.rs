//! `prepare`: the text of each post made ready, entities, story, spam and personal data.

use super::derive::{Derivation, derive, take_todays_columns, with_columns};
use super::{Step, StepContext, StepReport};
use crate::EngineError;
use crate::tables::{PREPARED, TableSpec};
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::datatypes::TimestampMicrosecondType;
use async_trait::async_trait;
use futures::StreamExt;
use groundswell_text::{Fingerprint, StoryIndex, fingerprint};
use std::sync::Arc;

/// Changes whenever the same post would be prepared differently; every post is then prepared again.
const VERSION: &str = "prepare-1";

/// Posts of a chunk.
const CHUNK_ROWS: usize = 50_000;

/// What is pending: posts that have no row in `prepared`.
const PENDING: &str = "SELECT post_id, created_at, text, repost_of_id, month FROM posts p
    WHERE NOT EXISTS (SELECT 1 FROM prepared d WHERE d.post_id = p.post_id)";

/// One row in, one row out; `story_id` is added afterwards, in order.
const MAP: &str = "post_id, created_at,
    normalize_text(text) AS clean_text,
    detect_language(text) AS language,
    segment(text) AS tokens,
    hashtags(text) AS hashtags,
    mentions(text) AS mentions,
    urls(text) AS urls,
    emojis(text) AS emojis,
    repost_of_id IS NOT NULL OR is_repost_text(text) AS is_repost,
    spam_score(text) AS spam_score,
    pii_kinds(text) AS pii,
    month";

/// Derives `prepared` from `posts`.
pub(super) struct Prepare;

#[async_trait]
impl Step for Prepare {
    fn name(&self) -> &'static str {
        "prepare"
    }

    fn summary(&self) -> &'static str {
        "normalises text, finds language, words, entities, stories, spam and personal data"
    }

    fn table(&self) -> &'static TableSpec {
        &PREPARED
    }

    async fn run(&self, context: &StepContext<'_>) -> Result<StepReport, EngineError> {
        let derivation = Derivation {
            step: self.name(),
            target: &PREPARED,
            version: VERSION,
            pending: PENDING.to_owned(),
            map: MAP.to_owned(),
            chunk_rows: CHUNK_ROWS,
        };
        take_todays_columns(context, &PREPARED).await?;
        let mut stories = Stories::load(context).await?;
        derive(context, &derivation, &mut |rows| stories.add_to(rows)).await
    }
}

/// Assigns posts to families of near-duplicates, in order of time.
struct Stories {
    index: StoryIndex,
}

impl Stories {
    /// Reads the first post of each family back from what was prepared before.
    async fn load(context: &StepContext<'_>) -> Result<Self, EngineError> {
        let mut index = StoryIndex::new();
        let sql = format!(
            "SELECT post_id, created_at, clean_text FROM prepared
             WHERE story_id = post_id AND prepare_version = '{VERSION}'
             ORDER BY created_at, post_id"
        );
        let mut heads = context.local.session().sql(&sql).await?.execute_stream().await?;
        while let Some(batch) = heads.next().await {
            let batch = batch?;
            let columns = Columns::of(&batch);
            let fingerprints = fingerprints(&columns.texts());
            for (row, fingerprint) in fingerprints.iter().enumerate() {
                let (post_id, created_at) = columns.key(row);
                index.insert_head(post_id, created_at, fingerprint);
            }
        }
        Ok(Self { index })
    }

    /// Adds `story_id` and the version of the derivation.
    fn add_to(&mut self, rows: RecordBatch) -> Result<RecordBatch, EngineError> {
        let columns = Columns::of(&rows);
        let fingerprints = fingerprints(&columns.texts());
        let stories: StringArray = fingerprints
            .iter()
            .enumerate()
            .map(|(row, fingerprint)| {
                let (post_id, created_at) = columns.key(row);
                Some(self.index.assign(post_id, created_at, fingerprint))
            })
            .collect();
        let versions = StringArray::from(vec![VERSION; rows.num_rows()]);
        let added = [
            ("story_id", Arc::new(stories) as ArrayRef),
            ("prepare_version", Arc::new(versions) as ArrayRef),
        ];
        with_columns(&PREPARED, &rows, &added)
    }
}

/// Reads the columns that identify and fingerprint a row.
struct Columns<'a> {
    ids: &'a StringArray,
    times: &'a arrow::array::PrimitiveArray<TimestampMicrosecondType>,
    texts: &'a StringArray,
}

impl<'a> Columns<'a> {
    fn of(rows: &'a RecordBatch) -> Self {
        let column = |name| rows.column_by_name(name).unwrap_or(rows.column(0));
        Self {
            ids: column("post_id").as_string::<i32>(),
            times: column("created_at").as_primitive::<TimestampMicrosecondType>(),
            texts: column("clean_text").as_string::<i32>(),
        }
    }

    fn key(&self, row: usize) -> (&'a str, i64) {
        (self.ids.value(row), self.times.value(row))
    }

    fn texts(&self) -> Vec<&'a str> {
        (0..self.texts.len()).map(|row| self.texts.value(row)).collect()
    }
}

/// Computes fingerprints on all cores, in order.
fn fingerprints(texts: &[&str]) -> Vec<Fingerprint> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let part = texts.len().div_ceil(cores).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = texts
            .chunks(part)
            .map(|texts| scope.spawn(move || texts.iter().map(|text| fingerprint(text)).collect()))
            .collect();
        let join = |part: std::thread::ScopedJoinHandle<'_, Vec<Fingerprint>>| match part.join() {
            Ok(fingerprints) => fingerprints,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        parts.into_iter().flat_map(join).collect()
    })
}
