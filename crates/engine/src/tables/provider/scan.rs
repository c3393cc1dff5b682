//! The data files of one version of a Delta table, and the Parquet scan over those that a query can need.

use crate::{EngineError, stores};
use chrono::DateTime;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringArray, StructArray,
    TimestampMicrosecondArray, UInt32Array,
};
use datafusion::arrow::compute::{cast, take_record_batch};
use datafusion::arrow::datatypes::{
    DataType, Field, Fields, Int64Type, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType,
};
use datafusion::arrow::error::ArrowError;
use datafusion::catalog::Session;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{
    Column, DFSchema, DataFusionError, Result, ScalarValue, Statistics, project_schema,
};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_optimizer::pruning::{PruningPredicateBuilder, PruningStatistics};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use deltalake_core::{DeltaTable, DeltaTableError, Path};
use object_store::ObjectMeta;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::Arc;
use url::Url;

/// Holds the files of one version of a table, sorted by path, with what the log knows of each.
#[derive(Debug)]
pub(super) struct DataFiles {
    store: ObjectStoreUrl,
    /// Columns of the files first, partition columns last.
    table_schema: TableSchema,
    files: Vec<PartitionedFile>,
    statistics: LogStatistics,
}

/// Holds statistics of the log: arrays of one value per file, in the order of the files.
#[derive(Debug)]
struct LogStatistics {
    file_count: usize,
    row_count: Option<ArrayRef>,
    partition: Option<StructArray>,
    minimum: Option<StructArray>,
    maximum: Option<StructArray>,
    null_count: Option<StructArray>,
}

impl DataFiles {
    /// Reads the files of the version that a table has loaded.
    pub(super) fn read(table: &DeltaTable) -> std::result::Result<Self, EngineError> {
        let url = table.table_url();
        let failed = || EngineError::table("reading", url.as_str());
        let unsupported = |feature| EngineError::Unsupported { table: url.to_string(), feature };
        let state = table.snapshot().map_err(failed())?;
        let metadata = state.metadata();
        let mapping = metadata.configuration().get("delta.columnMapping.mode");
        if mapping.is_some_and(|mode| mode != "none") {
            return Err(unsupported("column mapping"));
        }

        let log = sorted_by_path(state.add_actions_table(false).map_err(failed())?)
            .map_err(|source| failed()(DeltaTableError::Arrow { source }))?;
        if has_deletion_vectors(&log) {
            return Err(unsupported("deletion vectors"));
        }
        let schema = state.snapshot().arrow_schema();
        let table_schema = split_schema(&schema, metadata.partition_columns());
        let statistics = LogStatistics::of(&log);
        let (store, folder) = store_and_folder(url);
        let files =
            list_files(&log, &folder, &table_schema, &statistics).map_err(|error| match error {
                Malformed::Outside => unsupported("files outside the folder of the table"),
                Malformed::Log(reason) => failed()(DeltaTableError::Generic(reason)),
            })?;
        let store = ObjectStoreUrl::parse(store)?;
        Ok(Self { store, table_schema, files, statistics })
    }

    /// Plans the scan of the files that can hold rows which pass the filters.
    pub(super) fn scan(
        &self,
        state: &dyn Session,
        schema: &SchemaRef,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let kept = self.keep(state, filters)?;
        let files: Vec<PartitionedFile> = std::iter::zip(&self.files, &kept)
            .filter(|(_, kept)| **kept)
            .map(|(file, _)| file.clone())
            .collect();
        tracing::debug!(kept = files.len(), of = kept.len(), "chose data files");
        if files.is_empty() {
            let projected = project_schema(schema, projection)?;
            return Ok(Arc::new(EmptyExec::new(projected)));
        }

        let full = self.table_schema.table_schema();
        let wanted: Vec<usize> = match projection {
            Some(columns) => columns.clone(),
            None => (0..schema.fields().len()).collect(),
        };
        let columns = wanted
            .into_iter()
            .map(|column| Ok(full.index_of(schema.field(column).name())?))
            .collect::<Result<Vec<usize>>>()?;
        let statistics = Statistics::new_unknown(full).with_num_rows(rows_of(&files));
        let parquet = state.default_table_options().parquet;
        let source =
            ParquetSource::new(self.table_schema.clone()).with_table_parquet_options(parquet);
        let config = FileScanConfigBuilder::new(self.store.clone(), Arc::new(source))
            .with_file_groups(spread(files, state.config().target_partitions()))
            .with_statistics(statistics)
            .with_projection_indices(Some(columns))?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    /// Says for each file whether it can hold a row that passes the filters.
    fn keep(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<bool>> {
        let everything = vec![true; self.files.len()];
        let Some(filter) = conjunction(filters.iter().cloned()) else { return Ok(everything) };
        let schema = self.table_schema.table_schema();
        let columns = DFSchema::try_from(schema.as_ref().clone())?;
        let filter = state.create_physical_expr(without_table(filter)?, &columns)?;
        let builder = PruningPredicateBuilder::new().with_file_schema(Arc::clone(schema));
        match builder.try_build(filter) {
            Ok(predicate) => predicate.prune(&self.statistics),
            Err(error) => {
                tracing::debug!(%error, "filter cannot choose files");
                Ok(everything)
            }
        }
    }
}

enum Malformed {
    Outside,
    Log(String),
}

impl From<DataFusionError> for Malformed {
    fn from(error: DataFusionError) -> Self {
        Self::Log(error.strip_backtrace())
    }
}

fn list_files(
    log: &RecordBatch,
    folder: &str,
    table_schema: &TableSchema,
    statistics: &LogStatistics,
) -> std::result::Result<Vec<PartitionedFile>, Malformed> {
    let lacks = |column: &str| Malformed::Log(format!("the log lacks `{column}`"));
    let paths: &StringArray = column(log, "path").ok_or_else(|| lacks("path"))?;
    let sizes: &Int64Array = column(log, "size_bytes").ok_or_else(|| lacks("size_bytes"))?;
    let times: &Int64Array =
        column(log, "modification_time").ok_or_else(|| lacks("modification_time"))?;
    let mut files = Vec::with_capacity(log.num_rows());
    for row in 0..log.num_rows() {
        let path = paths.value(row);
        if path.contains("://") || path.starts_with('/') {
            return Err(Malformed::Outside);
        }
        let location = Path::from_url_path(format!("{folder}{path}"))
            .map_err(|error| Malformed::Log(error.to_string()))?;
        let mut values = Vec::new();
        for field in table_schema.table_partition_cols() {
            let column = statistics.partition.as_ref().and_then(|p| p.column_by_name(field.name()));
            let column = column.ok_or_else(|| lacks(field.name()))?;
            values.push(ScalarValue::try_from_array(column, row)?.cast_to(field.data_type())?);
        }
        let rows = statistics.rows(row).map_or(Precision::Absent, Precision::Exact);
        let known = Statistics::new_unknown(table_schema.file_schema()).with_num_rows(rows);
        let meta = ObjectMeta {
            location,
            last_modified: DateTime::from_timestamp_millis(times.value(row)).unwrap_or_default(),
            size: u64::try_from(sizes.value(row)).unwrap_or_default(),
            e_tag: None,
            version: None,
        };
        let file = PartitionedFile::new_from_meta(meta).with_partition_values(values);
        files.push(file.with_statistics(Arc::new(known)));
    }
    Ok(files)
}

/// Spreads whole files over the partitions of a plan: the largest first, each to the partition with the fewest bytes; then every
/// partition reads its files in the order of their paths.
fn spread(files: Vec<PartitionedFile>, partitions: usize) -> Vec<FileGroup> {
    let count = partitions.max(1).min(files.len());
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|&file| Reverse(files[file].object_meta.size));
    let mut bytes = vec![0u64; count];
    let mut group_of = vec![0usize; files.len()];
    for file in order {
        let group = (0..count).min_by_key(|&group| bytes[group]).unwrap_or_default();
        bytes[group] += files[file].object_meta.size;
        group_of[file] = group;
    }
    let mut groups = vec![Vec::new(); count];
    for (file, group) in std::iter::zip(files, group_of) {
        groups[group].push(file);
    }
    groups.into_iter().map(FileGroup::new).collect()
}

fn rows_of(files: &[PartitionedFile]) -> Precision<usize> {
    let rows = |file: &PartitionedFile| match &file.statistics {
        Some(statistics) => statistics.num_rows,
        None => Precision::Absent,
    };
    files.iter().map(rows).fold(Precision::Exact(0), |sum, rows| sum.add(&rows))
}

/// Splits the address of a table into its object store and the folder below it, which ends with a slash.
fn store_and_folder(url: &Url) -> (String, String) {
    let folder = url.path().trim_matches('/');
    (stores::root(url), if folder.is_empty() { String::new() } else { format!("{folder}/") })
}

fn split_schema(schema: &SchemaRef, partition_columns: &[String]) -> TableSchema {
    let in_files = |field: &&Arc<Field>| !partition_columns.contains(field.name());
    let file_fields: Vec<_> = schema.fields().iter().filter(in_files).cloned().collect();
    let partitions = partition_columns.iter().filter_map(|name| schema.field_with_name(name).ok());
    let partitions: Fields = partitions.map(|field| Arc::new(field.clone())).collect();
    let builder = TableSchema::builder(Arc::new(Schema::new(file_fields)));
    builder.with_table_partition_cols(partitions).build()
}

fn sorted_by_path(log: RecordBatch) -> std::result::Result<RecordBatch, ArrowError> {
    let Some(paths) = column::<StringArray>(&log, "path") else { return Ok(log) };
    let mut rows: Vec<u32> = (0..).take(log.num_rows()).collect();
    rows.sort_by_key(|&row| paths.value(row as usize));
    take_record_batch(&log, &UInt32Array::from(rows))
}

fn has_deletion_vectors(log: &RecordBatch) -> bool {
    let Some(vectors) = column::<StructArray>(log, "deletion_vector") else { return false };
    let Some(storage) = vectors.column_by_name("storageType") else { return false };
    (0..vectors.len()).any(|row| vectors.is_valid(row) && storage.is_valid(row))
}

fn column<'a, T: 'static>(log: &'a RecordBatch, name: &str) -> Option<&'a T> {
    log.column_by_name(name)?.as_any().downcast_ref()
}

/// Removes the name of the table from every column, since files know only their own columns.
fn without_table(filter: Expr) -> Result<Expr> {
    let bare = filter.transform(|part| {
        Ok(match part {
            Expr::Column(column) => {
                Transformed::yes(Expr::Column(Column::new_unqualified(column.name)))
            }
            other => Transformed::no(other),
        })
    })?;
    Ok(bare.data)
}

impl LogStatistics {
    fn of(log: &RecordBatch) -> Self {
        let nested = |name: &str| column::<StructArray>(log, name).cloned();
        Self {
            file_count: log.num_rows(),
            row_count: log.column_by_name("num_records").cloned(),
            partition: nested("partition"),
            minimum: nested("min"),
            maximum: nested("max"),
            null_count: nested("null_count"),
        }
    }

    fn rows(&self, file: usize) -> Option<usize> {
        let counts = self.row_count.as_ref()?.as_primitive_opt::<Int64Type>()?;
        counts.is_valid(file).then(|| usize::try_from(counts.value(file)).ok()).flatten()
    }

    fn named(&self, group: Option<&StructArray>, column: &Column) -> Option<ArrayRef> {
        let partition = self.partition.as_ref().and_then(|p| p.column_by_name(&column.name));
        partition.or_else(|| group?.column_by_name(&column.name)).cloned()
    }
}

impl PruningStatistics for LogStatistics {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.named(self.minimum.as_ref(), column)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.named(self.maximum.as_ref(), column).map(|maximum| last_of_millisecond(&maximum))
    }

    fn num_containers(&self) -> usize {
        self.file_count
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        let counts = self.null_count.as_ref()?.column_by_name(&column.name)?;
        cast(counts, &DataType::UInt64).ok()
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        cast(self.row_count.as_ref()?, &DataType::UInt64).ok()
    }

    fn contained(&self, _: &Column, _: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        None
    }
}

/// Raises largest times to the last microsecond of their millisecond, because the Delta protocol lets writers cut times in the
/// statistics of a file to milliseconds.
fn last_of_millisecond(maximum: &ArrayRef) -> ArrayRef {
    let DataType::Timestamp(TimeUnit::Microsecond, zone) = maximum.data_type() else {
        return Arc::clone(maximum);
    };
    let times = maximum.as_primitive::<TimestampMicrosecondType>();
    let raised: TimestampMicrosecondArray =
        times.unary(|time| if time % 1000 == 0 { time + 999 } else { time });
    Arc::new(raised.with_timezone_opt(zone.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_spread_evenly_and_always_the_same_way() {
        let sizes = [50u64, 10, 40, 10, 30, 20];
        let files = || {
            let named =
                |(number, size): (usize, &u64)| PartitionedFile::new(format!("{number}"), *size);
            sizes.iter().enumerate().map(named).collect::<Vec<_>>()
        };
        let names = |groups: Vec<FileGroup>| -> Vec<Vec<String>> {
            let name = |file: &PartitionedFile| file.path().to_string();
            groups.iter().map(|group| group.iter().map(name).collect()).collect()
        };
        let two = names(spread(files(), 2));
        assert_eq!(two, [vec!["0", "1", "5"], vec!["2", "3", "4"]]);
        assert_eq!(names(spread(files(), 2)), two);
        assert_eq!(spread(files(), 100).len(), sizes.len(), "no empty groups");
    }

    #[test]
    fn largest_times_cover_their_millisecond() {
        let cut = TimestampMicrosecondArray::from(vec![Some(5_000), Some(5_001), None]);
        let raised = last_of_millisecond(&(Arc::new(cut.with_timezone("UTC")) as ArrayRef));
        let raised = raised.as_primitive::<TimestampMicrosecondType>();
        assert_eq!(raised.iter().collect::<Vec<_>>(), [Some(5_999), Some(5_001), None]);
        assert_eq!(raised.timezone(), Some("UTC"));
    }

    #[test]
    fn addresses_split_into_store_and_folder() {
        let split = |url: &str| store_and_folder(&Url::parse(url).unwrap());
        assert_eq!(split("file:///data/t%20x/"), ("file:///".into(), "data/t%20x/".into()));
        assert_eq!(split("s3://bucket/a/t"), ("s3://bucket/".into(), "a/t/".into()));
        assert_eq!(split("s3://bucket"), ("s3://bucket/".into(), String::new()));
        let azure = "abfss://container@account.dfs.core.windows.net/";
        assert_eq!(split(&format!("{azure}a/t")), (azure.into(), "a/t/".into()));
    }
}
