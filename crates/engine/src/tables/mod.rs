//! The Delta tables of a workspace: one visible list, and how rows get in.

mod append;
mod catalog;
mod compact;
mod files;
pub mod provider;
mod publish;
mod replace;
mod rows;
mod topics;
mod workspace;

pub use append::Appended;
pub use compact::Compacted;
pub use publish::Published;
pub(crate) use publish::divide;
pub use topics::{TOPIC_EVENTS, TOPIC_FITS, TOPIC_POSTS, TOPICS};
pub(crate) use topics::{assigned_fields, membership_fields};
pub use workspace::{Workspace, WorkspaceOptions};

use arrow::datatypes::{DataType, Field, Fields, Schema};
use groundswell_core::schema;
use std::sync::Arc;

/// Declares a table: its name, what it holds, its columns and how its files are laid out.
#[derive(Debug)]
pub struct TableSpec {
    /// Name in SQL and of the folder.
    pub name: &'static str,
    /// What a row is.
    pub summary: &'static str,
    /// Columns; the partition column is last.
    pub schema: fn() -> Schema,
    /// Whether files are kept apart by `month`.
    pub by_month: bool,
    /// Columns by which the rows of a file are sorted.
    pub order: &'static [&'static str],
    /// Column with the version of what derived a row, for tables that can be derived again.
    pub version: Option<&'static str>,
}

/// Lists the tables of a workspace in the order in which data flows through them.
pub static TABLES: &[&TableSpec] = &[
    &POSTS,
    &AUTHORS,
    &QUARANTINE,
    &PREPARED,
    &SCORED,
    &TOPIC_FITS,
    &TOPICS,
    &TOPIC_POSTS,
    &TOPIC_EVENTS,
];

/// Holds what was collected, as it was.
pub static POSTS: TableSpec = TableSpec {
    name: "posts",
    summary: "posts as collected",
    schema: schema::posts,
    by_month: true,
    order: &["created_at", "post_id"],
    version: None,
};

/// Holds accounts as observed.
pub static AUTHORS: TableSpec = TableSpec {
    name: "authors",
    summary: "accounts as observed; the newest observation counts",
    schema: schema::authors,
    by_month: false,
    order: &["author_id", "observed_at"],
    version: None,
};

/// Holds records that could not become posts.
pub static QUARANTINE: TableSpec = TableSpec {
    name: "quarantine",
    summary: "records that could not become posts, with the reason",
    schema: schema::quarantine,
    by_month: false,
    order: &["origin", "line"],
    version: None,
};

/// Holds the text of each post made ready.
pub static PREPARED: TableSpec = TableSpec {
    name: "prepared",
    summary: "text made ready, entities, story, spam and personal data",
    schema: schema::prepared,
    by_month: true,
    order: &["created_at", "post_id"],
    version: Some("prepare_version"),
};

/// Holds what the models say about each post.
pub static SCORED: TableSpec = TableSpec {
    name: "scored",
    summary: "embedding and the label, score and probabilities of every task",
    schema: scored,
    by_month: true,
    order: &["created_at", "post_id"],
    version: Some("model_version"),
};

/// Returns the type of one task's answer: label, score of that label, probabilities in the order of the task's labels.
pub fn prediction_type() -> DataType {
    DataType::Struct(Fields::from(vec![
        Field::new("label", DataType::Utf8, true),
        Field::new("score", DataType::Float32, true),
        Field::new("probabilities", schema::list_of(DataType::Float32), true),
    ]))
}

/// Returns the type of an embedding: unit length, values rounded to half precision.
///
/// Delta Lake has no half-precision type and no fixed-size list, so the values travel as 32-bit floats whose low bits are zero;
/// compressed files then hold them in about two bytes each.
pub fn embedding_type() -> DataType {
    schema::list_of(DataType::Float32)
}

/// Describes `scored`: a column per task in the list of tasks.
fn scored() -> Schema {
    let mut fields = vec![
        Field::new("post_id", DataType::Utf8, false),
        Field::new("created_at", schema::time_type(), false),
        Field::new("model_version", DataType::Utf8, false),
        Field::new("embedding", embedding_type(), true),
    ];
    for task in groundswell_models::tasks::scored_tasks() {
        fields.push(Field::new(task.name(), prediction_type(), true));
    }
    fields.push(Field::new(schema::MONTH, DataType::Utf8, false));
    Schema::new(fields)
}

/// Finds a table by its name.
pub fn find_table(name: &str) -> Option<&'static TableSpec> {
    TABLES.iter().copied().find(|table| table.name == name)
}

impl TableSpec {
    /// Returns its columns as a shared schema.
    pub fn arrow_schema(&self) -> Arc<Schema> {
        Arc::new((self.schema)())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use groundswell_core::schema::MONTH;

    #[test]
    fn every_table_has_its_order_and_version_columns() {
        for table in TABLES {
            let schema = (table.schema)();
            for column in table.order.iter().chain(table.version.iter()) {
                assert!(schema.field_with_name(column).is_ok(), "{} {column}", table.name);
            }
            assert_eq!(table.by_month, schema.field_with_name(MONTH).is_ok());
        }
    }
}
