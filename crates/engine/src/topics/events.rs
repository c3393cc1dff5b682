//! What became of topics, as rows.

use super::store::StoredFit;
use crate::tables::TOPIC_EVENTS;
use crate::{EngineError, Runner, query};
use arrow::array::{
    ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::Int64Type;
use groundswell_insight::topics::{Change, TopicEvent};
use std::collections::HashMap;
use std::sync::Arc;

/// Gives the labels that the topics of a fit have.
pub(super) async fn stored_labels(
    local: &dyn Runner,
    fit: &str,
) -> Result<HashMap<u64, String>, EngineError> {
    let name = fit.replace('\'', "''");
    let mut labels = HashMap::new();
    for rows in
        query(local, &format!("SELECT topic_id, label FROM topics WHERE fit = '{name}'")).await?
    {
        let ids = rows.column(0).as_primitive::<Int64Type>().values().iter();
        let texts = rows.column(1).as_string::<i32>().iter().flatten();
        labels.extend(ids.zip(texts).map(|(id, text)| (id.unsigned_abs(), text.to_owned())));
    }
    Ok(labels)
}

/// Makes rows of what happened at a time, in microseconds, given the labels of topics.
pub(super) fn event_rows(
    fit: &StoredFit,
    batch: i64,
    at: i64,
    events: &[TopicEvent],
    labels: &HashMap<u64, String>,
) -> Result<RecordBatch, EngineError> {
    let of_fit = |value: &str| Arc::new(StringArray::from(vec![value; events.len()])) as ArrayRef;
    let counts = |of: &dyn Fn(&TopicEvent) -> Option<i64>| {
        Arc::new(events.iter().map(of).collect::<Int64Array>()) as ArrayRef
    };
    let expected = events.iter().map(|event| {
        matches!(event.change, Change::Growth | Change::Death).then_some(event.expected)
    });
    let columns: Vec<ArrayRef> = vec![
        of_fit(&fit.name),
        of_fit(&fit.version),
        counts(&|_| Some(batch)),
        Arc::new(Int64Array::from_iter_values(0..events.len() as i64)),
        Arc::new(TimestampMicrosecondArray::from(vec![at; events.len()]).with_timezone("UTC")),
        Arc::new(StringArray::from_iter_values(events.iter().map(|event| event.change.name()))),
        counts(&|event| Some(event.topic as i64)),
        counts(&|event| event.other.map(|other| other as i64)),
        counts(&|event| Some(event.posts as i64)),
        Arc::new(expected.collect::<Float64Array>()),
        Arc::new(events.iter().map(|event| labels.get(&event.topic)).collect::<StringArray>()),
    ];
    Ok(RecordBatch::try_new(TOPIC_EVENTS.arrow_schema(), columns)?)
}
