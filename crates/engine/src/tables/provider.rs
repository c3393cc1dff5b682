//! A Delta snapshot as a plain list of Parquet files, the one form of a table that every process of a cluster can read.
//!
//! `deltalake`'s own provider scans with plan nodes that have no wire form, and a listing of the folder would count removed files.
//! So the log is read once, and the scan is DataFusion's own Parquet scan over exactly the files of that version. What travels to
//! another process is only [`TableAddress`]; it reads the log again when the plan is made.

mod scan;

use crate::{EngineError, stores};
use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use deltalake_core::DeltaTable;
use scan::DataFiles;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::OnceCell;
use url::Url;

/// Says which version of which table: all another process needs to read the same rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableAddress {
    /// Address of the table's folder, such as `file:///data/posts/`.
    pub url: String,
    /// Version of the Delta log.
    pub version: u64,
    /// Identity the table was given when it was created, so that a new table at an old address is not taken for the old one.
    pub table_id: String,
}

/// Reads one version of a Delta table as Parquet files.
#[derive(Debug)]
pub struct DeltaFiles {
    address: TableAddress,
    schema: SchemaRef,
    files: OnceCell<DataFiles>,
}

impl DeltaFiles {
    /// Takes the files of the version that a table has loaded.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] for deletion vectors, column mapping and files outside the table's folder;
    /// [`EngineError::Table`] when the log holds what cannot be read.
    pub fn from_delta(table: &DeltaTable) -> std::result::Result<Self, EngineError> {
        let failed = || EngineError::table("reading", table.table_url().as_str());
        let state = table.snapshot().map_err(failed())?;
        let address = TableAddress {
            url: table.table_url().to_string(),
            version: state.version(),
            table_id: state.metadata().id().to_owned(),
        };
        let files = DataFiles::read(table)?;
        Ok(Self {
            address,
            schema: state.snapshot().arrow_schema(),
            files: OnceCell::new_with(Some(files)),
        })
    }

    /// Names a version of a table without reading it; its log is read when the first scan is planned.
    pub fn deferred(address: TableAddress, schema: SchemaRef) -> Self {
        Self { address, schema, files: OnceCell::new() }
    }

    /// Returns what another process needs to read the same rows.
    pub fn address(&self) -> &TableAddress {
        &self.address
    }

    /// Opens the table of a deferred provider and makes sure that it is still the one that was meant.
    async fn open(&self, state: &dyn Session) -> std::result::Result<DataFiles, EngineError> {
        let TableAddress { url, version, table_id } = &self.address;
        let failed = || EngineError::table("reading", url);
        let location = Url::parse(url).map_err(|error| EngineError::Workspace {
            address: url.clone(),
            reason: error.to_string(),
        })?;
        let store = state.runtime_env().object_store_registry.get_store(&location)?;
        let builder = stores::table_at(store, location).map_err(failed())?;
        let table = builder.with_version(*version).load().await.map_err(failed())?;
        let state = table.snapshot().map_err(failed())?;
        let same = state.metadata().id() == table_id
            && state.snapshot().arrow_schema().fields() == self.schema.fields();
        if !same {
            return Err(EngineError::Workspace {
                address: url.clone(),
                reason: format!(
                    "version {version} is no longer the table that the query was planned on"
                ),
            });
        }
        DataFiles::read(&table)
    }
}

#[async_trait]
impl TableProvider for DeltaFiles {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Takes every filter to skip files and row groups, and leaves the exact test of rows to the plan above.
    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let files = self.files.get_or_try_init(|| self.open(state)).await;
        let files = files.map_err(|error| DataFusionError::External(Box::new(error)))?;
        files.scan(state, &self.schema, projection, filters, limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::array::{
        Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
    };
    use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
    use datafusion::arrow::util::pretty::pretty_format_batches;
    use datafusion::physical_plan::displayable;
    use datafusion::prelude::{SessionConfig, SessionContext, col, lit};
    use deltalake_core::operations::write::SchemaMode;
    use tempfile::TempDir;

    const DAY: i64 = 86_400_000_000;

    /// Rows of one day; `month` stands in the middle so that columns have to be put back in order.
    fn day(number: i64, rows: i64) -> RecordBatch {
        let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let schema = Schema::new(vec![
            Field::new("id", DataType::Int64, true),
            Field::new("month", DataType::Utf8, true),
            Field::new("created_at", time, true),
        ]);
        let month = if number < 31 { "1970-01" } else { "1970-02" };
        let times = (0..rows).map(|row| number * DAY + row);
        RecordBatch::try_new(
            Arc::new(schema),
            vec![
                Arc::new(Int64Array::from_iter_values((0..rows).map(|row| number * 1000 + row))),
                Arc::new(StringArray::from_iter_values((0..rows).map(|_| month))),
                Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC")),
            ],
        )
        .unwrap()
    }

    fn url(folder: &TempDir) -> Url {
        Url::from_directory_path(folder.path()).unwrap()
    }

    async fn append(folder: &TempDir, batch: RecordBatch) -> DeltaTable {
        let table = DeltaTable::try_from_url(url(folder)).await.unwrap();
        table.write([batch]).with_partition_columns(["month"]).await.unwrap()
    }

    /// Days 0, 1 and 40, a file each.
    async fn three_days(folder: &TempDir) -> DeltaTable {
        append(folder, day(0, 3)).await;
        append(folder, day(1, 3)).await;
        append(folder, day(40, 4)).await
    }

    fn session(provider: DeltaFiles) -> SessionContext {
        let session =
            SessionContext::new_with_config(SessionConfig::new().with_target_partitions(2));
        session.register_table("t", Arc::new(provider)).unwrap();
        session
    }

    async fn text(session: &SessionContext, sql: &str) -> String {
        let batches = session.sql(sql).await.unwrap().collect().await.unwrap();
        pretty_format_batches(&batches).unwrap().to_string()
    }

    async fn plan(session: &SessionContext, sql: &str) -> String {
        let plan = session.sql(sql).await.unwrap().create_physical_plan().await.unwrap();
        displayable(plan.as_ref()).indent(false).to_string()
    }

    fn files_in(plan: &str) -> usize {
        plan.matches(".parquet").count()
    }

    #[tokio::test]
    async fn columns_come_in_the_order_of_the_table() {
        let folder = TempDir::new().unwrap();
        let session = session(DeltaFiles::from_delta(&three_days(&folder).await).unwrap());
        let all = text(&session, "SELECT * FROM t WHERE id = 40001").await;
        assert!(all.contains("| id    | month   | created_at"), "{all}");
        assert!(all.contains("| 40001 | 1970-02 | 1970-02-10T00:00:00.000001Z"), "{all}");
        let some = text(&session, "SELECT month, count(id) FROM t GROUP BY month ORDER BY 1").await;
        assert!(some.contains("| 1970-01 | 6"), "{some}");
    }

    #[tokio::test]
    async fn files_are_chosen_by_partition_and_by_time() {
        let folder = TempDir::new().unwrap();
        let session = session(DeltaFiles::from_delta(&three_days(&folder).await).unwrap());
        let all = plan(&session, "SELECT id FROM t").await;
        assert_eq!(files_in(&all), 3, "{all}");
        let month = plan(&session, "SELECT id FROM t WHERE month = '1970-02'").await;
        assert_eq!(files_in(&month), 1, "{month}");
        let days = "SELECT id FROM t WHERE created_at >= TIMESTAMP '1970-01-02T00:00:00Z'
                    AND created_at < TIMESTAMP '1970-01-05T00:00:00Z'";
        let time = plan(&session, days).await;
        assert_eq!(files_in(&time), 1, "{time}");
        assert!(time.contains("predicate="), "row groups are to be skipped too: {time}");
        let none = plan(&session, "SELECT id FROM t WHERE month = '2020-01'").await;
        assert!(none.contains("EmptyExec"), "{none}");
        assert!(
            text(&session, "SELECT count(*) FROM t WHERE month = '2020-01'").await.contains("| 0")
        );
    }

    #[tokio::test]
    async fn rows_are_counted_without_reading_files() {
        let folder = TempDir::new().unwrap();
        let session = session(DeltaFiles::from_delta(&three_days(&folder).await).unwrap());
        let counted = plan(&session, "SELECT count(*) FROM t").await;
        assert_eq!(files_in(&counted), 0, "{counted}");
        assert!(text(&session, "SELECT count(*) FROM t").await.contains("| 10"));
    }

    #[tokio::test]
    async fn removed_files_are_not_read() {
        let folder = TempDir::new().unwrap();
        let table = three_days(&folder).await;
        let (table, _) =
            table.delete().with_predicate(col("month").eq(lit("1970-01"))).await.unwrap();
        let session = session(DeltaFiles::from_delta(&table).unwrap());
        assert!(text(&session, "SELECT count(id) FROM t").await.contains("| 4"));
    }

    #[tokio::test]
    async fn an_empty_table_has_columns_and_no_rows() {
        let folder = TempDir::new().unwrap();
        let table = three_days(&folder).await;
        let (table, _) = table.delete().await.unwrap();
        let session = session(DeltaFiles::from_delta(&table).unwrap());
        assert!(text(&session, "SELECT count(*), max(id) FROM t").await.contains("| 0 "));
        let batches = session.sql("SELECT * FROM t").await.unwrap().collect().await.unwrap();
        assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 0);
    }

    #[tokio::test]
    async fn columns_that_older_files_lack_are_null() {
        let folder = TempDir::new().unwrap();
        append(&folder, day(0, 3)).await;
        let batch = day(1, 2);
        let mut fields = batch.schema().fields().to_vec();
        fields.push(Arc::new(Field::new("label", DataType::Utf8, true)));
        let mut columns = batch.columns().to_vec();
        columns.push(Arc::new(StringArray::from(vec!["x", "y"])));
        let wider = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
        let table = DeltaTable::try_from_url(url(&folder)).await.unwrap();
        let table = table.write([wider]).with_schema_mode(SchemaMode::Merge).await.unwrap();
        let session = session(DeltaFiles::from_delta(&table).unwrap());
        let counted = text(&session, "SELECT count(*), count(label), max(label) FROM t").await;
        assert!(counted.contains("| 5        | 2              | y"), "{counted}");
    }

    #[tokio::test]
    async fn an_address_leads_to_the_same_version() {
        let folder = TempDir::new().unwrap();
        append(&folder, day(0, 3)).await;
        let table = append(&folder, day(1, 3)).await;
        let meant = DeltaFiles::from_delta(&table).unwrap();
        append(&folder, day(2, 3)).await;
        let read = DeltaFiles::deferred(meant.address().clone(), meant.schema());
        let session = session(read);
        let counted = text(&session, "SELECT count(id) AS n, max(id) AS m FROM t").await;
        assert!(counted.contains("| 6 | 1002 |"), "{counted}");
    }

    #[tokio::test]
    async fn a_new_table_at_an_old_address_is_refused() {
        let folder = TempDir::new().unwrap();
        let meant = DeltaFiles::from_delta(&append(&folder, day(0, 3)).await).unwrap();
        std::fs::remove_dir_all(folder.path().join("_delta_log")).unwrap();
        append(&folder, day(1, 3)).await;
        let session = session(DeltaFiles::deferred(meant.address().clone(), meant.schema()));
        let error = session.sql("SELECT id FROM t").await.unwrap().collect().await.unwrap_err();
        assert!(error.to_string().contains("no longer the table"), "{error}");
    }

    /// Writes a log by hand, with features that the library does not write.
    fn write_log(folder: &TempDir, protocol: &str, configuration: &str, vector: &str) {
        let log = folder.path().join("_delta_log");
        std::fs::create_dir(&log).unwrap();
        let schema = r#"{\"type\":\"struct\",\"fields\":[{\"name\":\"id\",\"type\":\"long\",\"nullable\":true,\"metadata\":{\"delta.columnMapping.id\":1,\"delta.columnMapping.physicalName\":\"c1\"}}]}"#;
        let commit = [
            format!(r#"{{"protocol":{protocol}}}"#),
            format!(
                r#"{{"metaData":{{"id":"one","format":{{"provider":"parquet","options":{{}}}},"schemaString":"{schema}","partitionColumns":[],"configuration":{configuration},"createdTime":1}}}}"#
            ),
            format!(
                r#"{{"add":{{"path":"a.parquet","partitionValues":{{}},"size":10,"modificationTime":1,"dataChange":true,"stats":"{{\"numRecords\":3}}"{vector}}}}}"#
            ),
        ];
        std::fs::write(log.join("00000000000000000000.json"), commit.join("\n")).unwrap();
    }

    #[tokio::test]
    async fn deletion_vectors_are_refused() {
        let folder = TempDir::new().unwrap();
        write_log(
            &folder,
            r#"{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["deletionVectors"],"writerFeatures":["deletionVectors"]}"#,
            r#"{"delta.enableDeletionVectors":"true"}"#,
            r#","deletionVector":{"storageType":"u","pathOrInlineDv":"vBn[lx{q8@P<9BNH/isA","offset":1,"sizeInBytes":36,"cardinality":2}"#,
        );
        let table = deltalake_core::open_table(url(&folder)).await.unwrap();
        let error = DeltaFiles::from_delta(&table).unwrap_err();
        assert!(error.to_string().contains("uses deletion vectors"), "{error}");
    }

    #[tokio::test]
    async fn column_mapping_is_refused() {
        let folder = TempDir::new().unwrap();
        write_log(
            &folder,
            r#"{"minReaderVersion":2,"minWriterVersion":5}"#,
            r#"{"delta.columnMapping.mode":"name","delta.columnMapping.maxColumnId":"1"}"#,
            "",
        );
        let table = deltalake_core::open_table(url(&folder)).await.unwrap();
        let error = DeltaFiles::from_delta(&table).unwrap_err();
        assert!(error.to_string().contains("uses column mapping"), "{error}");
    }
}
