//! The tables of topics.

use super::TableSpec;
use arrow::datatypes::{DataType, Field, Fields, Schema};
use groundswell_core::schema::{self, MONTH, list_of};

/// Holds fits of topics: what was learnt, from what, and how good it is.
pub static TOPIC_FITS: TableSpec = TableSpec {
    name: "topic_fits",
    summary: "fits of topics: what was learnt, from what, and how good it is",
    schema: topic_fits,
    by_month: false,
    order: &["fit"],
    version: None,
};

/// Holds the topics of every fit.
pub static TOPICS: TableSpec = TableSpec {
    name: "topics",
    summary: "topics of every fit: label, terms, size, quality, posts that stand for them",
    schema: topics,
    by_month: false,
    order: &["fit", "topic_id"],
    version: None,
};

/// Holds what became of topics.
pub static TOPIC_EVENTS: TableSpec = TableSpec {
    name: "topic_events",
    summary: "what became of topics: births, growth, merges, splits, deaths",
    schema: topic_events,
    by_month: false,
    order: &["event_at", "fit", "batch", "event"],
    version: None,
};

/// Holds the topic of every post by the fit that the workspace follows.
pub static TOPIC_POSTS: TableSpec = TableSpec {
    name: "topic_posts",
    summary: "the topic of each post by the fit `main`; NULL where none is near",
    schema: topic_posts,
    by_month: true,
    order: &["created_at", "post_id"],
    version: Some("fit_version"),
};

/// Returns the columns of a topic that a post may belong to, and how much it does, 0 to 1.
pub(crate) fn membership_fields() -> Fields {
    Fields::from(vec![
        Field::new("topic_id", DataType::Int64, true),
        Field::new("membership", DataType::Float32, true),
    ])
}

/// Returns the columns of what a fit says about an embedding: the topic (NULL if none is near), the cosine with the nearest one, and
/// how much the post belongs to each of the nearest.
pub(crate) fn assigned_fields() -> Fields {
    Fields::from(vec![
        Field::new("topic_id", DataType::Int64, true),
        Field::new("cosine", DataType::Float32, true),
        Field::new("memberships", list_of(DataType::Struct(membership_fields())), true),
    ])
}

fn topic_fits() -> Schema {
    let measure = |name| Field::new(name, DataType::Float64, true);
    Schema::new(vec![
        Field::new("fit", DataType::Utf8, false),
        Field::new("fit_version", DataType::Utf8, false),
        Field::new("fitted_at", schema::time_type(), false),
        Field::new("model_version", DataType::Utf8, false),
        Field::new("options", DataType::Utf8, false),
        Field::new("topics", DataType::Int64, false),
        Field::new("sampled_posts", DataType::Int64, false),
        measure("npmi"),
        measure("c_v"),
        measure("diversity"),
        measure("embedding_coherence"),
        measure("stability"),
        measure("coverage"),
        Field::new("followed_batches", DataType::Int64, false),
        Field::new("last_batch", DataType::Utf8, true),
        Field::new("model", DataType::Utf8, false),
        Field::new("stream", DataType::Utf8, true),
    ])
}

fn topic_events() -> Schema {
    Schema::new(vec![
        Field::new("fit", DataType::Utf8, false),
        Field::new("fit_version", DataType::Utf8, false),
        Field::new("batch", DataType::Int64, false),
        Field::new("event", DataType::Int64, false),
        Field::new("event_at", schema::time_type(), false),
        Field::new("change", DataType::Utf8, false),
        Field::new("topic_id", DataType::Int64, false),
        Field::new("other_topic_id", DataType::Int64, true),
        Field::new("posts", DataType::Int64, false),
        Field::new("expected_posts", DataType::Float64, true),
        Field::new("label", DataType::Utf8, true),
    ])
}

fn topics() -> Schema {
    let measure = |name| Field::new(name, DataType::Float64, true);
    Schema::new(vec![
        Field::new("fit", DataType::Utf8, false),
        Field::new("fit_version", DataType::Utf8, false),
        Field::new("topic_id", DataType::Int64, false),
        Field::new("label", DataType::Utf8, false),
        Field::new("terms", list_of(DataType::Utf8), false),
        Field::new("representative_posts", list_of(DataType::Utf8), false),
        Field::new("sampled_posts", DataType::Int64, false),
        Field::new("share", DataType::Float64, false),
        measure("npmi"),
        measure("c_v"),
        measure("embedding_coherence"),
        Field::new("map_x", DataType::Float32, false),
        Field::new("map_y", DataType::Float32, false),
        Field::new("is_living", DataType::Boolean, false),
        Field::new("merged_into", DataType::Int64, true),
    ])
}

fn topic_posts() -> Schema {
    let mut fields = vec![
        Field::new("post_id", DataType::Utf8, false),
        Field::new("created_at", schema::time_type(), false),
    ];
    fields.extend(assigned_fields().iter().map(|field| field.as_ref().clone()));
    fields.push(Field::new("fit_version", DataType::Utf8, false));
    fields.push(Field::new(MONTH, DataType::Utf8, false));
    Schema::new(fields)
}
