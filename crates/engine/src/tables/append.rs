//! Appending what a source read: each post once, and the source's position in the same transaction.

use super::files::{CommitNote, Outcome, remove_files, write_files};
use super::{AUTHORS, POSTS, QUARANTINE, TableSpec, Workspace, rows};
use crate::{EngineError, SessionOptions, local_session};
use arrow::array::{AsArray, RecordBatch};
use datafusion::prelude::{col, lit};
use datafusion::scalar::ScalarValue;
use deltalake_core::DeltaTable;
use deltalake_core::kernel::{Action, Add};
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use futures::StreamExt;
use groundswell_core::{Batch, Post, month_of, schema};
use std::collections::{BTreeSet, HashSet};

/// Name under which a commit stores the position of the source.
pub(super) const POSITION: &str = "groundswell.position";

/// How often a commit is tried again when other processes write the same table.
const ATTEMPTS: usize = 20;

/// Counts what became of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Appended {
    /// Posts that were new.
    pub added: u64,
    /// Posts that were stored already, or came twice in the batch.
    pub known: u64,
    /// Records put into quarantine.
    pub rejected: u64,
}

impl Workspace {
    /// Stores a batch of a source: rejected records in `quarantine`, accounts in `authors`, and in one transaction the new posts in
    /// `posts` together with the position. A batch that was stored before changes nothing.
    ///
    /// Posts are matched by `post_id` within the months the batch touches; memory is bounded by the batch.
    ///
    /// # Errors
    /// [`EngineError::Table`] when a file or commit cannot be written, [`EngineError::Contention`] when other processes were
    /// always first. Posts and position stay as they were.
    pub async fn append_batch(&self, source: &str, batch: Batch) -> Result<Appended, EngineError> {
        let position = &batch.position;
        let note = || (position.key.as_str(), position.sequence);
        let quarantined_at = rows::now();
        if !batch.rejected.is_empty() {
            let rejected = rows::rejected(source, &batch.rejected, quarantined_at)?;
            self.append_once(&QUARANTINE, &[rejected], note()).await?;
        }
        if !batch.authors.is_empty() {
            let authors = rows::authors(&batch.authors)?;
            self.append_once(&AUTHORS, &[authors], note()).await?;
        }
        let (mut posts, twice) = distinct(batch.posts);
        posts.sort_by(|a, b| (a.created_at, &a.post_id).cmp(&(b.created_at, &b.post_id)));
        let rejected = batch.rejected.len() as u64;
        for _ in 0..ATTEMPTS {
            let table = self.table(&POSTS).await?;
            let stored = self.sequence(&table, &POSTS, &position.key).await?;
            if stored.is_some_and(|stored| stored >= position.sequence) {
                return Ok(Appended { added: 0, known: posts.len() as u64 + twice, rejected: 0 });
            }
            let before = posts.len() as u64;
            let known = self.known(&posts).await?;
            let new: Vec<&Post> =
                posts.iter().filter(|post| !known.contains(&post.post_id)).collect();
            let added = new.len() as u64;
            let files = if new.is_empty() {
                Vec::new()
            } else {
                write_files(&table, POSTS.name, &[rows::posts(&new)?]).await?
            };
            let information = vec![
                (POSITION.to_owned(), serde_json::json!(position)),
                ("groundswell.source".to_owned(), serde_json::json!(source)),
            ];
            let note = append_note(&POSTS, Some(note()), information);
            match self.commit(&table, &POSTS, actions(&files), note).await? {
                Outcome::Committed => {
                    return Ok(Appended { added, known: before - added + twice, rejected });
                }
                Outcome::Conflict => remove_files(&table, &files).await,
            }
        }
        Err(EngineError::Contention(POSTS.name.to_owned(), ATTEMPTS))
    }

    /// Appends rows unless the transaction of this key and sequence has been stored.
    pub(crate) async fn append_once(
        &self,
        spec: &'static TableSpec,
        batches: &[RecordBatch],
        transaction: (&str, i64),
    ) -> Result<(), EngineError> {
        for _ in 0..ATTEMPTS {
            let table = self.table(spec).await?;
            let stored = self.sequence(&table, spec, transaction.0).await?;
            if stored.is_some_and(|stored| stored >= transaction.1) {
                return Ok(());
            }
            let files = write_files(&table, spec.name, batches).await?;
            let note = append_note(spec, Some(transaction), Vec::new());
            match self.commit(&table, spec, actions(&files), note).await? {
                Outcome::Committed => return Ok(()),
                Outcome::Conflict => remove_files(&table, &files).await,
            }
        }
        Err(EngineError::Contention(spec.name.to_owned(), ATTEMPTS))
    }

    /// Appends derived rows and brings `table` to the new version. They are idempotent because the step that makes them asks first
    /// which are missing, so a lost race means that another process derives the same table and the caller must ask again.
    ///
    /// # Errors
    /// As [`Workspace::append_batch`]; [`EngineError::Contention`] at the first lost race.
    pub(crate) async fn append_derived(
        &self,
        spec: &'static TableSpec,
        table: &mut DeltaTable,
        rows: &RecordBatch,
    ) -> Result<(), EngineError> {
        let files = write_files(table, spec.name, std::slice::from_ref(rows)).await?;
        let note = append_note(spec, None, Vec::new());
        match self.commit(table, spec, actions(&files), note).await? {
            Outcome::Committed => {
                let next = table.version().map_or(0, |version| version + 1);
                table.load_version(next).await.map_err(EngineError::table("reading", spec.name))
            }
            Outcome::Conflict => {
                remove_files(table, &files).await;
                Err(EngineError::Contention(spec.name.to_owned(), 1))
            }
        }
    }

    /// Returns which of these posts are stored, looking only into their months and span of time.
    async fn known(&self, posts: &[Post]) -> Result<HashSet<String>, EngineError> {
        let mut known = HashSet::new();
        let (Some(first), Some(last)) = (posts.first(), posts.last()) else { return Ok(known) };
        let wanted: HashSet<&str> = posts.iter().map(|post| post.post_id.as_str()).collect();
        let months: BTreeSet<_> = posts.iter().map(|post| month_of(post.created_at)).collect();
        let months = months.iter().map(|month| lit(month.to_string())).collect();
        let time = |value| lit(ScalarValue::TimestampMicrosecond(Some(value), Some("UTC".into())));
        let session = local_session(&SessionOptions::default(), self.stores())?;
        let mut stream = session
            .read_table(self.provider(&POSTS).await?)?
            .filter(col(schema::MONTH).in_list(months, false))?
            .filter(col("created_at").between(time(first.created_at), time(last.created_at)))?
            .select_columns(&["post_id"])?
            .execute_stream()
            .await?;
        while let Some(batch) = stream.next().await {
            let batch = batch?;
            let ids = batch.column(0).as_string::<i32>();
            for id in ids.iter().flatten().filter(|id| wanted.contains(id)) {
                known.insert(id.to_owned());
            }
        }
        Ok(known)
    }
}

/// Keeps the first of posts with the same key; returns how many were left out.
fn distinct(posts: Vec<Post>) -> (Vec<Post>, u64) {
    let all = posts.len();
    let mut seen = HashSet::with_capacity(all);
    let kept: Vec<Post> =
        posts.into_iter().filter(|post| seen.insert(post.post_id.clone())).collect();
    let twice = (all - kept.len()) as u64;
    (kept, twice)
}

pub(super) fn actions(files: &[Add]) -> Vec<Action> {
    files.iter().cloned().map(Action::Add).collect()
}

fn append_note<'a>(
    spec: &TableSpec,
    transaction: Option<(&'a str, i64)>,
    information: Vec<(String, serde_json::Value)>,
) -> CommitNote<'a> {
    let partition_by = spec.by_month.then(|| vec![schema::MONTH.to_owned()]);
    let operation = DeltaOperation::Write { mode: SaveMode::Append, partition_by, predicate: None };
    CommitNote { transaction, information, operation }
}
