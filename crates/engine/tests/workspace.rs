//! What a workspace promises about rows: each post once, positions with their posts, small files put together.
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use groundswell_core::{Author, Batch, Position, Post, Rejected};
use groundswell_engine::arrow::array::AsArray;
use groundswell_engine::arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use groundswell_engine::datafusion::execution::object_store::ObjectStoreRegistry;
use groundswell_engine::tables::{POSTS, QUARANTINE};
use groundswell_engine::{
    EngineError, LocalRunner, NoProgress, SessionOptions, Step, StepContext, StepReport, Stores,
    Workspace, WorkspaceOptions, find_step, query,
};
use object_store::memory::InMemory;
use std::path::Path;
use std::sync::Arc;
use url::Url;

const DAY: i64 = 86_400_000_000;
/// 2026-01-01T00:00:00Z.
const NEW_YEAR: i64 = 1_767_225_600_000_000;

async fn open(folder: &Path) -> Arc<Workspace> {
    let address = folder.display().to_string();
    let options = WorkspaceOptions { address, ..WorkspaceOptions::default() };
    Workspace::open_or_create(&options).await.unwrap()
}

fn posts(ids: std::ops::Range<i64>) -> Vec<Post> {
    ids.map(|id| Post {
        post_id: format!("x:{id}"),
        platform: "x".into(),
        native_id: id.to_string(),
        created_at: NEW_YEAR + id * DAY,
        text: format!("post {id}"),
        ..Post::default()
    })
    .collect()
}

fn batch(key: &str, sequence: i64, posts: Vec<Post>) -> Batch {
    let position = Position { key: key.into(), sequence, cursor: format!("after {sequence}") };
    Batch { posts, position, ..Batch::default() }
}

async fn number(workspace: &Arc<Workspace>, sql: &str) -> i64 {
    let runner = LocalRunner::new(workspace, &SessionOptions::default()).unwrap();
    let rows = query(&runner, sql).await.unwrap();
    rows[0].column(0).as_primitive::<Int64Type>().value(0)
}

#[tokio::test]
async fn a_batch_is_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = open(folder.path()).await;
    let mut first = batch("k", 70, posts(0..70));
    first.rejected = vec![Rejected::new("f", 3, "bad", b"{")];
    first.authors =
        vec![Author { author_id: "x:a".into(), platform: "x".into(), ..Author::default() }];
    let appended = workspace.append_batch("file", first.clone()).await.unwrap();
    assert_eq!((appended.added, appended.known, appended.rejected), (70, 0, 1));
    let again = workspace.append_batch("file", first).await.unwrap();
    assert_eq!((again.added, again.known, again.rejected), (0, 70, 0));
    for (table, rows) in [("posts", 70), ("quarantine", 1), ("authors", 1)] {
        assert_eq!(number(&workspace, &format!("SELECT count(*) FROM {table}")).await, rows);
    }
    assert_eq!(number(&workspace, "SELECT count(DISTINCT month) FROM posts").await, 3);
}

#[tokio::test]
async fn posts_of_another_source_are_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = open(folder.path()).await;
    workspace.append_batch("file", batch("one", 10, posts(0..10))).await.unwrap();
    let mut overlapping = posts(5..15);
    overlapping.push(overlapping[0].clone());
    let appended = workspace.append_batch("file", batch("two", 11, overlapping)).await.unwrap();
    assert_eq!((appended.added, appended.known), (5, 6));
    assert_eq!(number(&workspace, "SELECT count(*) FROM posts").await, 15);
}

#[tokio::test]
async fn positions_come_back_with_their_cursor() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = open(folder.path()).await;
    assert_eq!(workspace.position("k").await.unwrap(), None);
    workspace.append_batch("file", batch("k", 3, posts(0..3))).await.unwrap();
    workspace.append_batch("file", batch("other", 9, posts(3..6))).await.unwrap();
    let position = open(folder.path()).await.position("k").await.unwrap().unwrap();
    assert_eq!((position.sequence, position.cursor.as_str()), (3, "after 3"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_writers_store_each_post_once() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).await;
    let writer = |key: &'static str| {
        let folder = folder.path().to_path_buf();
        tokio::spawn(async move {
            let workspace = open(&folder).await;
            for part in 0..6 {
                let rows = posts(part * 5..part * 5 + 10);
                workspace.append_batch("file", batch(key, part + 1, rows)).await.unwrap();
            }
        })
    };
    let (one, two) = (writer("one"), writer("two"));
    one.await.unwrap();
    two.await.unwrap();
    let workspace = open(folder.path()).await;
    assert_eq!(number(&workspace, "SELECT count(*) FROM posts").await, 35);
    assert_eq!(number(&workspace, "SELECT count(DISTINCT post_id) FROM posts").await, 35);
}

#[tokio::test]
async fn small_files_are_put_together_and_sorted() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = open(folder.path()).await;
    for part in (0..5).rev() {
        let rows = posts(part * 6..part * 6 + 6);
        workspace.append_batch("file", batch("k", 5 - part, rows)).await.unwrap();
    }
    let before =
        number(&workspace, "SELECT CAST(sum(extract(day FROM created_at)) AS BIGINT) FROM posts")
            .await;
    let done = workspace.compact(&POSTS).await.unwrap();
    assert_eq!((done.removed_files, done.added_files), (5, 1));
    let again = workspace.compact(&POSTS).await.unwrap();
    assert_eq!((again.removed_files, again.added_files), (0, 0));
    assert_eq!(workspace.compact(&QUARANTINE).await.unwrap().added_files, 0);
    assert_eq!(number(&workspace, "SELECT count(*) FROM posts").await, 30);
    let after =
        number(&workspace, "SELECT CAST(sum(extract(day FROM created_at)) AS BIGINT) FROM posts")
            .await;
    assert_eq!(before, after);
    let known = workspace.append_batch("file", batch("new", 1, posts(0..30))).await.unwrap();
    assert_eq!((known.added, known.known), (0, 30));
    // The position survives the rewrite.
    assert_eq!(workspace.position("k").await.unwrap().unwrap().sequence, 5);
    let runner =
        LocalRunner::new(&workspace, &SessionOptions { threads: 1, memory_bytes: 0 }).unwrap();
    let rows = query(&runner, "SELECT created_at FROM posts").await.unwrap();
    let times: Vec<i64> = rows
        .iter()
        .flat_map(|batch| {
            let column = batch.column(0);
            let column = column.as_primitive::<TimestampMicrosecondType>();
            column.values().to_vec()
        })
        .collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[tokio::test]
async fn a_missing_workspace_is_named_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let address = folder.path().join("nothing").display().to_string();
    let options = WorkspaceOptions { address, ..WorkspaceOptions::default() };
    let error = Workspace::open(&options).await.err().unwrap().to_string();
    assert!(error.contains("no workspace at") && error.contains("collect"), "{error}");
    assert!(!folder.path().join("nothing").exists());
}

#[tokio::test]
async fn an_address_that_is_no_store_is_refused() {
    let options = WorkspaceOptions { address: "gopher://x".into(), ..WorkspaceOptions::default() };
    let error = Workspace::open_or_create(&options).await.err().unwrap().to_string();
    assert!(error.contains("gopher") && error.contains("known schemes"), "{error}");
}

#[tokio::test]
async fn a_workspace_in_an_object_store() {
    let stores = Arc::new(Stores::default());
    let bucket = Url::parse("s3://bucket").unwrap();
    stores.register_store(&bucket, Arc::new(InMemory::new()));
    let options = WorkspaceOptions { address: "s3://bucket/team".into(), stores };
    let error = Workspace::open(&options).await.err().unwrap().to_string();
    assert!(error.contains("no workspace at `s3://bucket/team`"), "{error}");
    let workspace = Workspace::open_or_create(&options).await.unwrap();
    assert!(workspace.folder().is_none());
    let added = workspace.append_batch("file", batch("k", 1, posts(0..30))).await.unwrap();
    let again = workspace.append_batch("file", batch("other", 1, posts(0..30))).await.unwrap();
    assert_eq!((added.added, again.added), (30, 0));
    let opened = Workspace::open(&options).await.unwrap();
    assert_eq!(number(&opened, "SELECT count(*) FROM posts").await, 30);
    assert_eq!(opened.position("k").await.unwrap().unwrap().sequence, 1);
}

/// Two processes derive the same table: each row comes once, and who loses is told so.
#[tokio::test(flavor = "multi_thread")]
async fn two_refreshes_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path()).await;
    first.append_batch("file", batch("k", 1, posts(0..400))).await.unwrap();
    let second = open(folder.path()).await;
    let prepare = find_step("prepare").unwrap();
    let outcomes = tokio::join!(refresh(prepare, &first), refresh(prepare, &second));
    for outcome in [&outcomes.0, &outcomes.1] {
        if let Err(error) = outcome {
            assert!(matches!(error, EngineError::Contention(..)), "{error}");
        }
    }
    assert!(outcomes.0.is_ok() || outcomes.1.is_ok());
    assert_eq!(number(&first, "SELECT count(*) FROM prepared").await, 400);
    assert_eq!(number(&first, "SELECT count(DISTINCT post_id) FROM prepared").await, 400);
}

async fn refresh(step: &dyn Step, workspace: &Arc<Workspace>) -> Result<StepReport, EngineError> {
    let runner = LocalRunner::new(workspace, &SessionOptions::default())?;
    let progress = &NoProgress;
    let context = StepContext { workspace, runner: &runner, local: &runner, progress, limit: None };
    step.run(&context).await
}

/// A table that an older program made, with fewer columns and no rows or rows of another version, gets the columns of today.
#[tokio::test]
async fn derived_tables_of_older_programs_get_todays_columns() {
    use deltalake_core::kernel::{DataType, StructField};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("prepared");
    std::fs::create_dir_all(&path).unwrap();
    let address = Url::from_directory_path(&path).unwrap();
    let older = [("post_id", DataType::STRING), ("month", DataType::STRING)];
    let older = older.map(|(name, kind)| StructField::new(name, kind, false));
    let table = deltalake_core::DeltaTableBuilder::from_url(address).unwrap().build().unwrap();
    table.create().with_columns(older).with_partition_columns(["month"]).await.unwrap();
    let workspace = open(folder.path()).await;
    workspace.append_batch("file", batch("k", 5, posts(0..5))).await.unwrap();
    let step = find_step("prepare").unwrap();
    assert_eq!(refresh(step, &workspace).await.unwrap().posts, 5);
    assert_eq!(number(&workspace, "SELECT count(clean_text) FROM prepared").await, 5);
    assert_eq!(refresh(step, &workspace).await.unwrap().posts, 0);
}
