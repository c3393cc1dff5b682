//! Tables in memory with the columns a report reads, for tests and for the example.

use async_trait::async_trait;
use groundswell_engine::arrow::array::{
    ArrayRef, Float32Array, Int64Array, ListBuilder, RecordBatch, StringArray, StringBuilder,
    StructArray, TimestampMicrosecondArray,
};
use groundswell_engine::arrow::compute::cast;
use groundswell_engine::arrow::datatypes::{DataType, Field, Fields, Schema};
use groundswell_engine::datafusion::datasource::MemTable;
use groundswell_engine::datafusion::logical_expr::LogicalPlan;
use groundswell_engine::datafusion::prelude::{SessionConfig, SessionContext};
use groundswell_engine::{EngineError, Runner};
use std::sync::Arc;

/// A label of a model with its probability.
pub(crate) type Label = Option<(&'static str, f32)>;

/// One post with everything that later steps say about it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Posted {
    pub(crate) id: String,
    pub(crate) author: String,
    /// RFC 3339.
    pub(crate) time: String,
    pub(crate) text: String,
    pub(crate) url: Option<String>,
    pub(crate) reposts: Option<i64>,
    pub(crate) likes: Option<i64>,
    pub(crate) language: Option<String>,
    pub(crate) hashtags: Vec<String>,
    pub(crate) story: String,
    pub(crate) sentiment: Label,
    pub(crate) emotion: Label,
}

impl Posted {
    fn platform(&self) -> &str {
        self.id.split(':').next().unwrap_or_default()
    }

    fn micros(&self) -> i64 {
        self.time.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_micros()
    }
}

/// Runs queries over tables in memory.
pub(crate) struct Memory {
    session: SessionContext,
}

#[async_trait]
impl Runner for Memory {
    fn session(&self) -> &SessionContext {
        &self.session
    }

    async fn run(&self, plan: LogicalPlan) -> Result<Vec<RecordBatch>, EngineError> {
        Ok(self.session.execute_logical_plan(plan).await?.collect().await?)
    }

    async fn map(
        &self,
        _workspace: &groundswell_engine::Workspace,
        rows: RecordBatch,
        columns: &str,
    ) -> Result<Vec<RecordBatch>, EngineError> {
        let table = MemTable::try_new(rows.schema(), vec![vec![rows]])?;
        groundswell_engine::map_table(self, Arc::new(table), columns).await
    }
}

impl Memory {
    /// Makes a session without tables; plans have `threads` partitions.
    pub(crate) fn new(threads: usize) -> Self {
        let config = SessionConfig::new().with_target_partitions(threads).with_batch_size(4);
        Self { session: SessionContext::new_with_config(config) }
    }

    /// Makes a session with all tables. With `views`, strings are string views, as some readers give them.
    pub(crate) fn with_posts(
        posts: &[Posted],
        quarantined: usize,
        threads: usize,
        views: bool,
    ) -> Self {
        let memory = Self::new(threads);
        memory.register("posts", views, columns_of_posts(posts));
        memory.register("authors", views, columns_of_authors(posts));
        memory.register("prepared", views, columns_of_prepared(posts));
        memory.register("scored", views, columns_of_scored(posts));
        memory.register("topics", views, columns_of_topics());
        memory.register("topic_posts", views, columns_of_topic_posts(posts));
        let reasons =
            StringArray::from_iter_values((0..quarantined).map(|n| format!("reason {n}")));
        memory.register("quarantine", views, vec![("reason", Arc::new(reasons))]);
        memory
    }

    /// Registers one table.
    pub(crate) fn register(&self, name: &str, views: bool, mut columns: Vec<(&str, ArrayRef)>) {
        if views {
            for (_, array) in &mut columns {
                if array.data_type() == &DataType::Utf8 {
                    *array = cast(array, &DataType::Utf8View).unwrap();
                }
            }
        }
        let fields =
            columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let arrays = columns.into_iter().map(|(_, array)| array).collect();
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).unwrap();
        // Two partitions, so that order is not given by accident.
        let half = batch.num_rows() / 2;
        let parts =
            vec![vec![batch.slice(half, batch.num_rows() - half)], vec![batch.slice(0, half)]];
        let table = MemTable::try_new(schema, parts).unwrap();
        self.session.register_table(name, Arc::new(table)).unwrap();
    }
}

fn strings<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn texts<'a>(posts: &'a [Posted], value: impl Fn(&'a Posted) -> Option<&'a str>) -> ArrayRef {
    strings(posts.iter().map(value))
}

fn times(posts: &[Posted]) -> ArrayRef {
    let times = TimestampMicrosecondArray::from_iter_values(posts.iter().map(Posted::micros));
    Arc::new(times.with_timezone("UTC"))
}

fn columns_of_posts(posts: &[Posted]) -> Vec<(&'static str, ArrayRef)> {
    let counts = |value: fn(&Posted) -> Option<i64>| -> ArrayRef {
        Arc::new(posts.iter().map(value).collect::<Int64Array>())
    };
    vec![
        ("post_id", texts(posts, |p| Some(&p.id))),
        ("platform", texts(posts, |p| Some(p.platform()))),
        ("author_id", texts(posts, |p| Some(&p.author))),
        ("created_at", times(posts)),
        ("text", texts(posts, |p| Some(&p.text))),
        ("url", texts(posts, |p| p.url.as_deref())),
        ("like_count", counts(|p| p.likes)),
        ("repost_count", counts(|p| p.reposts)),
    ]
}

/// Gives two topics of the fit that is followed and one of another.
fn columns_of_topics() -> Vec<(&'static str, ArrayRef)> {
    let names = [("main", "电池, 充电"), ("main", "<b>train</b>, late"), ("coarse", "all")];
    let axis = |values: [f32; 3]| -> ArrayRef { Arc::new(Float32Array::from(values.to_vec())) };
    vec![
        ("fit", strings(names.iter().map(|(fit, _)| Some(*fit)))),
        ("topic_id", Arc::new(Int64Array::from(vec![0, 1, 0]))),
        ("label", strings(names.iter().map(|(_, label)| Some(*label)))),
        ("map_x", axis([-1.0, 0.5, 0.0])),
        ("map_y", axis([0.25, -0.5, 0.0])),
    ]
}

/// Gives the posts of Weibo the first topic, those of X the second, and others none.
fn columns_of_topic_posts(posts: &[Posted]) -> Vec<(&'static str, ArrayRef)> {
    let topics = posts.iter().map(|post| match post.platform() {
        "weibo" => Some(0),
        "x" => Some(1),
        _ => None,
    });
    vec![
        ("post_id", texts(posts, |p| Some(&p.id))),
        ("created_at", times(posts)),
        ("topic_id", Arc::new(topics.collect::<Int64Array>())),
    ]
}

/// Gives each author whose identifier ends in `1` two observations, of which the later one counts.
fn columns_of_authors(posts: &[Posted]) -> Vec<(&'static str, ArrayRef)> {
    let mut ids: Vec<&str> =
        posts.iter().map(|p| p.author.as_str()).filter(|a| a.ends_with('1')).collect();
    ids.sort_unstable();
    ids.dedup();
    let handle = |id: &str, age: &str| format!("{age} <b>{id}</b>");
    let handles: Vec<String> =
        ids.iter().flat_map(|id| [handle(id, "new"), handle(id, "old")]).collect();
    let observed = ids.iter().flat_map(|_| [2_000_000, 1_000_000]);
    let observed = TimestampMicrosecondArray::from_iter_values(observed).with_timezone("UTC");
    vec![
        ("author_id", strings(ids.iter().flat_map(|id| [Some(*id), Some(*id)]))),
        ("handle", strings(handles.iter().map(|h| Some(h.as_str())))),
        ("display_name", strings(handles.iter().map(|_| None))),
        ("observed_at", Arc::new(observed)),
    ]
}

fn columns_of_prepared(posts: &[Posted]) -> Vec<(&'static str, ArrayRef)> {
    let mut hashtags = ListBuilder::new(StringBuilder::new());
    for post in posts {
        for tag in &post.hashtags {
            hashtags.values().append_value(tag);
        }
        hashtags.append(true);
    }
    vec![
        ("post_id", texts(posts, |p| Some(&p.id))),
        ("created_at", times(posts)),
        ("language", texts(posts, |p| p.language.as_deref())),
        ("hashtags", Arc::new(hashtags.finish())),
        ("story_id", texts(posts, |p| Some(&p.story))),
    ]
}

fn columns_of_scored(posts: &[Posted]) -> Vec<(&'static str, ArrayRef)> {
    let scored: Vec<Posted> = posts.iter().filter(|p| p.sentiment.is_some()).cloned().collect();
    let labels = |value: fn(&Posted) -> Label| -> ArrayRef {
        let names = strings(scored.iter().map(|p| value(p).map(|(label, _)| label)));
        let scores = scored.iter().map(|p| value(p).map(|(_, score)| score));
        let fields = Fields::from(vec![
            Field::new("label", DataType::Utf8, true),
            Field::new("score", DataType::Float32, true),
        ]);
        let scores: ArrayRef = Arc::new(scores.collect::<Float32Array>());
        Arc::new(StructArray::try_new(fields, vec![names, scores], None).unwrap())
    };
    vec![
        ("post_id", texts(&scored, |p| Some(&p.id))),
        ("created_at", times(&scored)),
        ("model_version", strings(scored.iter().map(|_| Some("encoder-1")))),
        ("sentiment", labels(|p| p.sentiment)),
        ("emotion", labels(|p| p.emotion)),
    ]
}
