//! Learning topics, or changing those that were learnt, and storing what they are about.

use super::events::{event_rows, stored_labels};
use super::guide::TopicGuide;
use super::sample::Sample;
use super::store::{FOLLOWED, StoredFit, stored_fits};
use crate::tables::{TOPIC_EVENTS, TOPIC_FITS, TOPICS, TableSpec};
use crate::{EngineError, Runner, Workspace, query};
use arrow::array::{
    ArrayRef, BooleanArray, Float32Array, Float64Array, Int64Array, ListBuilder, RecordBatch,
    StringArray, StringBuilder, TimestampMicrosecondArray,
};
use arrow::compute::concat_batches;
use arrow::datatypes::Field;
use groundswell_insight::InsightError;
use groundswell_insight::topics::quality::refit_stability;
use groundswell_insight::topics::{Assigned, Described, TopicModel, TopicOptions, changes_between};
use groundswell_models::Runtime;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Hexadecimal digits of a version.
const VERSION_DIGITS: usize = 12;

/// Says what to learn.
#[derive(Clone, Debug, PartialEq)]
pub struct FitOptions {
    /// Name of the fit; one of that name is replaced, and topics that are the same keep their ids.
    pub name: String,
    /// How topics are learnt.
    pub topics: TopicOptions,
    /// Which topics are expected.
    pub guide: TopicGuide,
    /// Fits, the first included, that stability is measured over; 1 measures none.
    pub fits: u64,
}

/// Is what came of a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// What was learnt.
    pub fit: StoredFit,
    /// What it is about.
    pub described: Described,
    /// Topics of the fit of this name before that are gone.
    pub gone: Vec<u64>,
    /// Topics that it did not have.
    pub new: Vec<u64>,
}

/// Learns topics from scored posts and stores them; `None` if there are no posts to learn from.
///
/// # Errors
/// [`EngineError::Insight`] for an impossible number of topics, [`EngineError::Query`] and [`EngineError::Table`] when tables cannot
/// be read or written.
pub async fn fit_topics(
    workspace: &Workspace,
    local: &dyn Runner,
    options: &FitOptions,
) -> Result<Option<Fitted>, EngineError> {
    let before = match stored_fits(local).await {
        // What cannot be read is fitted anew, as the error says.
        Err(EngineError::Runner(_)) => Vec::new(),
        fits => fits?,
    };
    let before = before.into_iter().find(|fit| fit.name == options.name);
    let sample = Sample::take(local, options.topics.sample, options.topics.seed).await?;
    if sample.post_ids.is_empty() {
        return Ok(None);
    }
    let guides = options.guide.embedded()?;
    let mut model = TopicModel::fit_guided(&sample.embeddings, &guides, &options.topics)?;
    if let Some(before) = &before {
        let assigned = model.assign(&sample.embeddings)?;
        model.keep_ids(&topics_before(before, &sample), &assigned, before.model.next_id());
    }
    Ok(Some(store(workspace, local, options, model, &sample, before.as_ref()).await?))
}

/// Changes the topics of a stored fit and stores them again.
///
/// # Errors
/// [`EngineError::UnknownFit`] if there is no such fit; as the change, and as [`fit_topics`].
pub async fn regroup_topics(
    workspace: &Workspace,
    local: &dyn Runner,
    name: &str,
    change: impl FnOnce(&mut TopicModel) -> Result<(), InsightError>,
) -> Result<Option<Fitted>, EngineError> {
    let fits = stored_fits(local).await?;
    let Some(before) = fits.iter().find(|fit| fit.name == name) else {
        let known = fits.iter().map(|fit| fit.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(EngineError::UnknownFit { name: name.to_owned(), known });
    };
    let sample = Sample::take(local, before.options.sample, before.options.seed).await?;
    if sample.post_ids.is_empty() {
        return Ok(None);
    }
    let mut model = before.model.clone();
    change(&mut model)?;
    let options = FitOptions {
        name: name.to_owned(),
        topics: before.options.clone(),
        guide: before.guide.clone(),
        fits: 1,
    };
    Ok(Some(store(workspace, local, &options, model, &sample, Some(before)).await?))
}

/// Describes topics and writes them: what they are about first, then the fit, which says that they are complete.
async fn store(
    workspace: &Workspace,
    local: &dyn Runner,
    options: &FitOptions,
    model: TopicModel,
    sample: &Sample,
    before: Option<&StoredFit>,
) -> Result<Fitted, EngineError> {
    let assigned = model.assign(&sample.embeddings)?;
    let described = Described::new(&model, &assigned, &sample.words, &sample.vocabulary);
    let guides = options.guide.embedded()?;
    let stability =
        refit_stability(&sample.embeddings, &assigned, &guides, &options.topics, options.fits)?;
    let text = written(&model)?;
    let fit = StoredFit {
        name: options.name.clone(),
        version: version(&text),
        model_version: Runtime::current()?.version().to_owned(),
        options: options.topics.clone(),
        guide: options.guide.clone(),
        model,
        stream: None,
        followed_batches: 0,
        last_batch: None,
    };
    if let Some(before) = before {
        let now = ids_of(&fit.model, &assigned);
        let events = changes_between(&topics_before(before, sample), &now);
        let mut labels = stored_labels(local, &fit.name).await?;
        labels.extend(described.topics.iter().map(|topic| (topic.id, topic.label.clone())));
        if !events.is_empty() {
            let rows = event_rows(&fit, 0, sample.newest, &events, &labels)?;
            workspace.append_once(&TOPIC_EVENTS, &[rows], (&fit.version, 0)).await?;
        }
    }
    let rows = topic_rows(&fit, &described, sample)?;
    put(workspace, local, &TOPICS, &fit.name, rows).await?;
    let row = fit_row(&fit, &described, sample, stability, text)?;
    put(workspace, local, &TOPIC_FITS, &fit.name, row).await?;
    let old: Vec<u64> = before.map_or(Vec::new(), |before| before.model.ids().to_vec());
    let without = |ids: &[u64], others: &[u64]| {
        ids.iter().copied().filter(|id| !others.contains(id)).collect::<Vec<u64>>()
    };
    Ok(Fitted {
        gone: without(&old, fit.model.ids()),
        new: without(fit.model.ids(), &old),
        fit,
        described,
    })
}

/// Gives the topic that every post of a sample had by an earlier fit.
fn topics_before(before: &StoredFit, sample: &Sample) -> Vec<Option<u64>> {
    if before.name == FOLLOWED {
        return sample.topics.clone();
    }
    // By embeddings of other weights nothing can be assigned.
    let assigned = before.model.assign(&sample.embeddings);
    assigned
        .map_or_else(|_| vec![None; sample.post_ids.len()], |found| ids_of(&before.model, &found))
}

fn ids_of(model: &TopicModel, assigned: &[Assigned]) -> Vec<Option<u64>> {
    assigned.iter().map(|found| found.topic.map(|topic| model.ids()[topic])).collect()
}

pub(super) fn written(value: &impl serde::Serialize) -> Result<String, EngineError> {
    serde_json::to_string(value).map_err(|error| EngineError::Runner(error.to_string()))
}

/// Names a model by what it is.
fn version(model: &str) -> String {
    let digest = Sha256::digest(model.as_bytes());
    let mut digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.truncate(VERSION_DIGITS);
    digits
}

/// Puts the rows of a fit in the place of those that it had.
pub(super) async fn put(
    workspace: &Workspace,
    local: &dyn Runner,
    table: &'static TableSpec,
    fit: &str,
    rows: RecordBatch,
) -> Result<(), EngineError> {
    let name = fit.replace('\'', "''");
    let order = table.order.join(", ");
    let kept = if workspace.has_other_columns(table).await? {
        Vec::new()
    } else {
        let sql = format!("SELECT * FROM {} WHERE fit <> '{name}' ORDER BY {order}", table.name);
        query(local, &sql).await?
    };
    let schema = table.arrow_schema();
    let mut all = vec![rows];
    for batch in kept {
        all.push(RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec())?);
    }
    workspace.replace(table, &concat_batches(&schema, &all)?).await
}

fn fit_row(
    fit: &StoredFit,
    described: &Described,
    sample: &Sample,
    stability: Option<f64>,
    model: String,
) -> Result<RecordBatch, EngineError> {
    let text = |value: &str| Arc::new(StringArray::from(vec![value])) as ArrayRef;
    let count = |value: usize| Arc::new(Int64Array::from(vec![value as i64])) as ArrayRef;
    let measure = |value: Option<f64>| Arc::new(Float64Array::from(vec![value])) as ArrayRef;
    let now = chrono::Utc::now().timestamp_micros();
    let columns = vec![
        text(&fit.name),
        text(&fit.version),
        Arc::new(TimestampMicrosecondArray::from(vec![now]).with_timezone("UTC")),
        text(&fit.model_version),
        text(&written(&fit.learning())?),
        count(fit.model.topics()),
        count(sample.post_ids.len()),
        measure(described.npmi),
        measure(described.c_v),
        measure(Some(described.diversity)),
        measure(described.embedding_coherence),
        measure(stability),
        measure(Some(described.coverage)),
        count(0),
        Arc::new(StringArray::new_null(1)),
        text(&model),
        Arc::new(StringArray::new_null(1)),
    ];
    Ok(RecordBatch::try_new(TOPIC_FITS.arrow_schema(), columns)?)
}

pub(super) fn topic_rows(
    fit: &StoredFit,
    described: &Described,
    sample: &Sample,
) -> Result<RecordBatch, EngineError> {
    let topics = &described.topics;
    let all = sample.post_ids.len() as f64;
    let of_fit = |value: &str| Arc::new(StringArray::from(vec![value; topics.len()])) as ArrayRef;
    let measure = |of: fn(&groundswell_insight::topics::TopicDescription) -> Option<f64>| {
        Arc::new(topics.iter().map(of).collect::<Float64Array>()) as ArrayRef
    };
    let counts = |of: fn(&groundswell_insight::topics::TopicDescription) -> i64| {
        Arc::new(Int64Array::from_iter_values(topics.iter().map(of))) as ArrayRef
    };
    let axis = |axis: usize| {
        Arc::new(Float32Array::from_iter_values(topics.iter().map(|topic| topic.place[axis])))
    };
    let terms = lists(topics.iter().map(|topic| topic.terms.iter().map(String::as_str)));
    let posts = lists(topics.iter().map(|topic| {
        topic.representative_posts.iter().map(|post| sample.post_ids[*post].as_str())
    }));
    let columns = vec![
        of_fit(&fit.name),
        of_fit(&fit.version),
        counts(|topic| topic.id as i64),
        Arc::new(StringArray::from_iter_values(topics.iter().map(|topic| &topic.label))),
        terms,
        posts,
        counts(|topic| topic.posts as i64),
        Arc::new(Float64Array::from_iter_values(
            topics.iter().map(|topic| topic.posts as f64 / all),
        )),
        measure(|topic| topic.npmi),
        measure(|topic| topic.c_v),
        measure(|topic| topic.embedding_coherence),
        axis(0),
        axis(1),
        Arc::new(BooleanArray::from(vec![true; topics.len()])),
        Arc::new(Int64Array::new_null(topics.len())),
    ];
    Ok(RecordBatch::try_new(TOPICS.arrow_schema(), columns)?)
}

/// Makes a column of lists of texts, with the field that tables give them.
fn lists<'a>(rows: impl Iterator<Item = impl Iterator<Item = &'a str>>) -> ArrayRef {
    let element = Field::new("element", arrow::datatypes::DataType::Utf8, true);
    let mut lists = ListBuilder::new(StringBuilder::new()).with_field(element);
    for row in rows {
        row.for_each(|value| lists.values().append_value(value));
        lists.append(true);
    }
    Arc::new(lists.finish())
}
