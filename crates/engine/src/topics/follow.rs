//! Topics that learn on from the posts that came since.

use super::events::{event_rows, stored_labels};
use super::fit::{put, written};
use super::sample::Sample;
use super::store::StoredFit;
use crate::tables::{TOPIC_EVENTS, TOPIC_FITS, TOPICS};
use crate::{EngineError, Runner, Workspace, query};
use arrow::array::{
    ArrayRef, AsArray, BooleanArray, Float32Array, Int64Array, RecordBatch, StringArray,
};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::{Float32Type, Int64Type};
use groundswell_insight::topics::{Change, Described, TopicEvent, TopicStream};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;

/// Lets the topics of a fit learn from the scored posts that have none yet, and stores what became of them: the events first, then the
/// topics, then the fit. Posts that it has learnt from before, since a run broke off afterwards, change nothing. Gives the events.
///
/// # Errors
/// As [`fit_topics`](super::fit_topics).
pub(crate) async fn follow_topics(
    workspace: &Workspace,
    local: &dyn Runner,
    fit: &StoredFit,
    limit: Option<u64>,
) -> Result<Vec<TopicEvent>, EngineError> {
    let assigned =
        format!("SELECT 1 FROM topic_posts WHERE fit_version = '{}' LIMIT 1", fit.version);
    if !query(local, &assigned).await?.iter().any(|rows| rows.num_rows() > 0) {
        // The posts of the fit itself are what it was learnt from.
        return Ok(Vec::new());
    }
    let sample = Sample::of_new_posts(local, fit.options.sample, fit.options.seed, limit).await?;
    let digest = digest(&sample.post_ids);
    if sample.post_ids.is_empty() || fit.last_batch.as_deref() == Some(digest.as_str()) {
        return Ok(Vec::new());
    }
    let mut stream = fit.stream.clone().unwrap_or_else(|| TopicStream::new(fit.model.clone()));
    let events = stream.follow(&sample.embeddings)?;
    let batch = fit.followed_batches + 1;
    if !events.is_empty() {
        let assigned = stream.model().assign(&sample.embeddings)?;
        let described =
            Described::new(stream.model(), &assigned, &sample.words, &sample.vocabulary);
        let new = described.topics.iter().map(|topic| (topic.id, topic.label.clone()));
        let mut labels: HashMap<u64, String> = new.collect();
        labels.extend(stored_labels(local, &fit.name).await?);
        let rows = event_rows(fit, batch, sample.newest, &events, &labels)?;
        workspace.append_once(&TOPIC_EVENTS, &[rows], (&fit.version, batch)).await?;
        let rows = topics_after(local, fit, &events, &described, &sample).await?;
        put(workspace, local, &TOPICS, &fit.name, rows).await?;
    }
    let row = fit_after(local, fit, &stream, batch, digest).await?;
    put(workspace, local, &TOPIC_FITS, &fit.name, row).await?;
    Ok(events)
}

/// Names a set of posts.
fn digest(post_ids: &[String]) -> String {
    let mut hash = Sha256::new();
    for id in post_ids {
        hash.update(id.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Reads the stored rows of a fit, with the columns of their table.
async fn rows_of(
    local: &dyn Runner,
    table: &'static crate::tables::TableSpec,
    fit: &str,
) -> Result<RecordBatch, EngineError> {
    let (name, order) = (fit.replace('\'', "''"), table.order.join(", "));
    let sql = format!("SELECT * FROM {} WHERE fit = '{name}' ORDER BY {order}", table.name);
    let schema = table.arrow_schema();
    let mut rows = Vec::new();
    for batch in query(local, &sql).await? {
        rows.push(RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec())?);
    }
    Ok(concat_batches(&schema, &rows)?)
}

/// Gives the rows of `topics` as they are after events: those that ended say so, and those that are new follow.
async fn topics_after(
    local: &dyn Runner,
    fit: &StoredFit,
    events: &[TopicEvent],
    described: &Described,
    sample: &Sample,
) -> Result<RecordBatch, EngineError> {
    let stored = rows_of(local, &TOPICS, &fit.name).await?;
    let ids: Vec<u64> = stored["topic_id"]
        .as_primitive::<Int64Type>()
        .values()
        .iter()
        .map(|id| id.unsigned_abs())
        .collect();
    let place = |id: &u64| described.topics.iter().find(|topic| topic.id == *id);
    let mut columns: HashMap<&str, ArrayRef> = HashMap::new();
    for (axis, name) in ["map_x", "map_y"].into_iter().enumerate() {
        let before = stored[name].as_primitive::<Float32Type>();
        let values = ids.iter().zip(before.values());
        let values =
            values.map(|(id, before)| place(id).map_or(*before, |topic| topic.place[axis]));
        columns.insert(name, Arc::new(Float32Array::from_iter_values(values)));
    }
    let living: Vec<bool> = ids.iter().map(|id| place(id).is_some()).collect();
    columns.insert("is_living", Arc::new(BooleanArray::from(living)));
    let before = stored["merged_into"].as_primitive::<Int64Type>();
    let merged = ids.iter().zip(before).map(|(id, before)| {
        let merge =
            events.iter().find(|event| event.change == Change::Merge && event.other == Some(*id));
        merge.map(|event| event.topic as i64).or(before)
    });
    columns.insert("merged_into", Arc::new(merged.collect::<Int64Array>()));
    let stored = replaced(&stored, &columns)?;
    let new = super::fit::topic_rows(fit, described, sample)?;
    let is_new = new["topic_id"].as_primitive::<Int64Type>().values().iter();
    let is_new: BooleanArray = is_new.map(|id| Some(!ids.contains(&id.unsigned_abs()))).collect();
    Ok(concat_batches(&stored.schema(), &[stored.clone(), filter_record_batch(&new, &is_new)?])?)
}

async fn fit_after(
    local: &dyn Runner,
    fit: &StoredFit,
    stream: &TopicStream,
    batch: i64,
    digest: String,
) -> Result<RecordBatch, EngineError> {
    let stored = rows_of(local, &TOPIC_FITS, &fit.name).await?;
    let text = |value: String| Arc::new(StringArray::from(vec![value])) as ArrayRef;
    let count = |value: i64| Arc::new(Int64Array::from(vec![value])) as ArrayRef;
    let columns = HashMap::from([
        ("topics", count(stream.model().topics() as i64)),
        ("followed_batches", count(batch)),
        ("last_batch", text(digest)),
        ("model", text(written(stream.model())?)),
        ("stream", text(written(stream)?)),
    ]);
    replaced(&stored, &columns)
}

/// Puts columns in the place of those of their name.
fn replaced(
    rows: &RecordBatch,
    columns: &HashMap<&str, ArrayRef>,
) -> Result<RecordBatch, EngineError> {
    let schema = rows.schema();
    let fields = schema.fields().iter().zip(rows.columns());
    let arrays = fields.map(|(field, old)| columns.get(field.name().as_str()).unwrap_or(old));
    Ok(RecordBatch::try_new(Arc::clone(&schema), arrays.cloned().collect())?)
}
