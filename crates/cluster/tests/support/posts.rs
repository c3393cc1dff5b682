//! A small Delta table of posts, partitioned by month, of which one month has been removed again.

use super::slow;
use datafusion::arrow::array::{
    ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::catalog::{CatalogProvider, MemoryCatalogProvider, MemorySchemaProvider};
use datafusion::prelude::{SessionContext, col, lit};
use deltalake_core::DeltaTable;
use groundswell_engine::provider::DeltaFiles;
use groundswell_engine::{Runner, SessionOptions, local_session};
use std::sync::Arc;
use tempfile::TempDir;
use url::Url;

/// Posts in the table after the removal.
pub const ROWS: i64 = 20_000;

const MONTHS: i64 = 5;
const FILES_PER_MONTH: i64 = 2;
const ROWS_PER_FILE: i64 = ROWS / MONTHS / FILES_PER_MONTH;

pub struct Posts {
    table: DeltaTable,
    _folder: TempDir,
}

impl Posts {
    /// Writes `FILES_PER_MONTH` files for each of `MONTHS` months and one more month, and removes that one.
    pub async fn create() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = Url::from_directory_path(folder.path()).unwrap();
        let mut table = DeltaTable::try_from_url(url).await.unwrap();
        for commit in 0..FILES_PER_MONTH {
            let batches: Vec<RecordBatch> =
                (0..=MONTHS).map(|month| posts(month, commit)).collect();
            table = table.write(batches).with_partition_columns(["month"]).await.unwrap();
        }
        let removed = col("month").eq(lit(month_name(MONTHS)));
        let (table, _) = table.delete().with_predicate(removed).await.unwrap();
        Self { table, _folder: folder }
    }

    /// Makes the table known to a session.
    pub fn register(&self, session: &SessionContext) {
        let files = DeltaFiles::from_delta(&self.table).unwrap();
        let catalog = MemoryCatalogProvider::new();
        catalog.register_schema("public", Arc::new(MemorySchemaProvider::new())).unwrap();
        session.register_catalog("groundswell", Arc::new(catalog));
        session.register_table("posts", Arc::new(files)).unwrap();
    }

    /// Runs a query in this process.
    pub async fn local(&self, sql: &str) -> String {
        let options = SessionOptions { threads: 2, memory_bytes: 0 };
        let session = local_session(&options, &Arc::default()).unwrap();
        slow::register(&mut *session.state_ref().write()).unwrap();
        self.register(&session);
        text(&session.sql(sql).await.unwrap().collect().await.unwrap())
    }
}

/// Runs a query with a runner.
pub async fn run(runner: &dyn Runner, sql: &str) -> Result<String, String> {
    let plan = runner.session().state().create_logical_plan(sql).await;
    let plan = plan.map_err(|error| error.to_string())?;
    runner.run(plan).await.map(|batches| text(&batches)).map_err(|error| error.to_string())
}

fn text(batches: &[RecordBatch]) -> String {
    if batches.iter().all(|batch| batch.num_rows() == 0) {
        return "no rows".to_owned();
    }
    pretty_format_batches(batches).unwrap().to_string()
}

fn month_name(month: i64) -> String {
    format!("2024-{:02}", month + 1)
}

fn posts(month: i64, commit: i64) -> RecordBatch {
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let schema = Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        Field::new("author_id", DataType::Int64, true),
        Field::new("language", DataType::Utf8, true),
        Field::new("text", DataType::Utf8, true),
        Field::new("created_at", time, false),
        Field::new("month", DataType::Utf8, false),
    ]);
    let first = (month * FILES_PER_MONTH + commit) * ROWS_PER_FILE;
    let ids: Vec<i64> = (first..first + ROWS_PER_FILE).collect();
    let authors = ids.iter().map(|id| (id % 11 != 0).then_some(id * 7919 % 499));
    let languages = ids.iter().map(|id| ["en", "zh", "de"][(id % 3) as usize]);
    let texts = ids.iter().map(|id| format!("post {id} about topic {}", id % 37));
    // Months of 30 days from 2024-01-01, a post every 20 seconds.
    let times =
        ids.iter().map(|id| (1_704_067_200 + month * 2_592_000 + (id - first) * 20) * 1_000_000);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(ids.clone())),
        Arc::new(Int64Array::from_iter(authors)),
        Arc::new(StringArray::from_iter_values(languages)),
        Arc::new(StringArray::from_iter_values(texts)),
        Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC")),
        Arc::new(StringArray::from_iter_values(ids.iter().map(|_| month_name(month)))),
    ];
    RecordBatch::try_new(Arc::new(schema), columns).unwrap()
}
