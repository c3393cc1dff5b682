//! `topics evaluate --batches`: texts in the order in which they came, as a workspace sees them.

use super::evaluate::{labels_of, peak_memory_bytes};
use super::usage;
use crate::cli::{EvaluateTopics, Format};
use crate::output;
use anyhow::{Result, bail};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt64Array};
use groundswell_insight::Matrix;
use groundswell_insight::topics::quality::Contingency;
use groundswell_insight::topics::{Change, TopicModel, TopicOptions, TopicStream};
use groundswell_models::lab::LabelledRow;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

/// How many posts a new label must have in the batch of its first post and the next one, so that its topic can be found: as many as make
/// one.
const FINDABLE: usize = 5;

/// What came of all batches; `null` is what the texts do not allow to measure.
#[derive(Serialize)]
pub(super) struct Replayed {
    posts: usize,
    topics: usize,
    coverage: f64,
    /// Of the topics that the posts got as they came.
    nmi: Option<f64>,
    ami: Option<f64>,
    /// The share of earlier posts that a later model gives the topic they have, of those whose topic is still there; the mean over the
    /// updates, and the least.
    kept: Option<f64>,
    least_kept: Option<f64>,
    births: Option<Births>,
    seconds: f64,
    peak_memory_bytes: Option<u64>,
    batches: Vec<Batch>,
}

/// How well the births of topics are those of labels. A birth is right if most posts of the topic have a label that was first seen in its
/// batch or the one before, and no other birth found that label.
#[derive(Serialize)]
struct Births {
    births: usize,
    /// Labels first seen after the first batch, with at least five posts in the batch of the first one and the next.
    new_labels: usize,
    right: usize,
    precision: Option<f64>,
    recall: Option<f64>,
}

#[derive(Default, Serialize)]
struct Batch {
    batch: usize,
    posts: usize,
    topics: usize,
    coverage: f64,
    nmi: Option<f64>,
    kept: Option<f64>,
    births: usize,
    growths: usize,
    merges: usize,
    splits: usize,
    deaths: usize,
}

/// Fits topics on the first batch and follows the others.
pub(super) fn replay(
    rows: &[LabelledRow],
    embeddings: &Matrix,
    options: &EvaluateTopics,
    batches: usize,
) -> Result<Replayed> {
    if batches < 2 || batches > rows.len() {
        bail!(
            "{} texts cannot come in `{batches}` batches; give a number from 2 to the number of texts: --batches N",
            rows.len()
        );
    }
    let labels = labels_of(rows);
    let begun = Instant::now();
    let ends: Vec<usize> = (1..=batches).map(|batch| batch * rows.len() / batches).collect();
    let of = |from: usize, to: usize| embeddings.select(&(from..to).collect::<Vec<usize>>());
    let settings = TopicOptions {
        topics: options.topics,
        seed: options.seed,
        sample: options.sample,
        ..TopicOptions::default()
    };
    let fitted = TopicModel::fit(&of(0, ends[0]), &settings).map_err(usage)?;
    let mut stream = TopicStream::new(fitted);
    let mut ids: Vec<Option<u64>> = Vec::with_capacity(rows.len());
    let mut found = Vec::with_capacity(batches);
    let mut born: BTreeMap<u64, usize> = BTreeMap::new();
    let mut first = 0;
    for (number, end) in ends.into_iter().enumerate() {
        let new = of(first, end);
        let mut batch = Batch { batch: number + 1, posts: end - first, ..Batch::default() };
        if number > 0 {
            for event in stream.follow(&new)? {
                let count = match event.change {
                    Change::Birth => &mut batch.births,
                    Change::Growth => &mut batch.growths,
                    Change::Merge => &mut batch.merges,
                    Change::Split => &mut batch.splits,
                    Change::Death => &mut batch.deaths,
                };
                *count += 1;
                if matches!(event.change, Change::Birth | Change::Split) {
                    born.insert(event.topic, number);
                }
            }
            batch.kept = kept(&ids, &ids_of(&stream, &of(0, first))?, stream.model().ids());
        }
        ids.extend(ids_of(&stream, &new)?);
        batch.topics = stream.model().topics();
        batch.coverage = coverage(&ids[first..]);
        batch.nmi = labels.as_deref().map(|labels| {
            agreement(&labels[first..end], &ids[first..]).normalized_mutual_information()
        });
        found.push(batch);
        first = end;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let kept: Vec<f64> = found.iter().filter_map(|batch| batch.kept).collect();
    let whole = labels.as_deref().map(|labels| agreement(labels, &ids));
    Ok(Replayed {
        posts: rows.len(),
        topics: stream.model().topics(),
        coverage: coverage(&ids),
        nmi: whole.as_ref().map(Contingency::normalized_mutual_information),
        ami: whole.as_ref().map(Contingency::adjusted_mutual_information),
        kept: (!kept.is_empty()).then(|| kept.iter().sum::<f64>() / kept.len() as f64),
        least_kept: kept.iter().copied().reduce(f64::min),
        births: labels.map(|labels| births(&labels, &ids, &born, batches)),
        seconds,
        peak_memory_bytes: peak_memory_bytes(),
        batches: found,
    })
}

fn ids_of(stream: &TopicStream, embeddings: &Matrix) -> Result<Vec<Option<u64>>> {
    let model = stream.model();
    let assigned = model.assign(embeddings)?;
    Ok(assigned.iter().map(|found| found.topic.map(|topic| model.ids()[topic])).collect())
}

fn coverage(ids: &[Option<u64>]) -> f64 {
    ids.iter().flatten().count() as f64 / ids.len().max(1) as f64
}

/// Gives the share of posts whose topic is the same, of those whose topic lives.
fn kept(before: &[Option<u64>], after: &[Option<u64>], living: &[u64]) -> Option<f64> {
    let living: HashSet<u64> = living.iter().copied().collect();
    let both = before.iter().zip(after).filter_map(|(before, after)| Some(((*before)?, *after)));
    let both: Vec<(u64, Option<u64>)> = both.filter(|(id, _)| living.contains(id)).collect();
    let same = both.iter().filter(|(before, after)| Some(*before) == *after).count();
    (!both.is_empty()).then(|| same as f64 / both.len() as f64)
}

/// Compares topics with labels; posts without a topic are a class of their own.
fn agreement(labels: &[usize], ids: &[Option<u64>]) -> Contingency {
    let mut numbers: HashMap<Option<u64>, usize> = HashMap::new();
    let topics: Vec<usize> = ids
        .iter()
        .map(|id| {
            let next = numbers.len();
            *numbers.entry(*id).or_insert(next)
        })
        .collect();
    Contingency::new(labels, &topics)
}

fn births(
    labels: &[usize],
    ids: &[Option<u64>],
    born: &BTreeMap<u64, usize>,
    batches: usize,
) -> Births {
    let batch_of = |post: usize| ((post + 1) * batches - 1) / labels.len();
    let mut first: HashMap<usize, usize> = HashMap::new();
    for (post, label) in labels.iter().enumerate() {
        first.entry(*label).or_insert_with(|| batch_of(post));
    }
    let mut early: HashMap<usize, usize> = HashMap::new();
    for (post, label) in labels.iter().enumerate() {
        if batch_of(post) <= first[label] + 1 {
            *early.entry(*label).or_default() += 1;
        }
    }
    let new: HashSet<usize> = first
        .iter()
        .filter(|(label, batch)| **batch > 0 && early[label] >= FINDABLE)
        .map(|(label, _)| *label)
        .collect();
    let mut found: HashSet<usize> = HashSet::new();
    for (topic, batch) in born {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for (post, label) in labels.iter().enumerate() {
            if ids[post] == Some(*topic) && batch_of(post) <= batch + 1 {
                *counts.entry(*label).or_default() += 1;
            }
        }
        let most = counts.into_iter().max_by_key(|(label, count)| (*count, usize::MAX - label));
        if let Some((label, _)) = most
            && first[&label] > 0
            && (first[&label]..=first[&label] + 1).contains(batch)
        {
            found.insert(label);
        }
    }
    let right = found.len();
    let of_new = found.iter().filter(|label| new.contains(label)).count();
    let share = |part: usize, all: usize| (all > 0).then(|| part as f64 / all as f64);
    Births {
        births: born.len(),
        new_labels: new.len(),
        right,
        precision: share(right, born.len()),
        recall: share(of_new, new.len()),
    }
}

pub(super) fn print(format: Format, found: &Replayed) -> Result<()> {
    if format == Format::Json {
        println!("{}", serde_json::to_string_pretty(found)?);
        return Ok(());
    }
    let batches = &found.batches;
    let counts = |of: fn(&Batch) -> usize| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(batches.iter().map(of).map(|count| count as u64)))
    };
    let measures = |of: fn(&Batch) -> Option<f64>| -> ArrayRef {
        let rounded = |value: Option<f64>| value.map(|value| (value * 1e3).round() / 1e3);
        Arc::new(batches.iter().map(of).map(rounded).collect::<Float64Array>())
    };
    let rows = RecordBatch::try_from_iter([
        ("batch", counts(|batch| batch.batch)),
        ("posts", counts(|batch| batch.posts)),
        ("topics", counts(|batch| batch.topics)),
        ("coverage", measures(|batch| Some(batch.coverage))),
        ("nmi", measures(|batch| batch.nmi)),
        ("kept", measures(|batch| batch.kept)),
        ("births", counts(|batch| batch.births)),
        ("growths", counts(|batch| batch.growths)),
        ("merges", counts(|batch| batch.merges)),
        ("splits", counts(|batch| batch.splits)),
        ("deaths", counts(|batch| batch.deaths)),
    ])?;
    output::print(format, &rows.schema(), &[rows])?;
    if format == Format::Csv {
        return Ok(());
    }
    let births = found.births.as_ref();
    let measures = [
        ("nmi", found.nmi),
        ("ami", found.ami),
        ("coverage", Some(found.coverage)),
        ("kept", found.kept),
        ("least_kept", found.least_kept),
        ("birth_precision", births.and_then(|births| births.precision)),
        ("birth_recall", births.and_then(|births| births.recall)),
        ("seconds", Some(found.seconds)),
    ];
    let names = StringArray::from_iter_values(measures.iter().map(|(name, _)| name));
    let values = measures.iter().map(|(_, value)| value.map(|value| (value * 1e3).round() / 1e3));
    let rows = RecordBatch::try_from_iter([
        ("measure", Arc::new(names) as ArrayRef),
        ("value", Arc::new(values.collect::<Float64Array>())),
    ])?;
    output::print(format, &rows.schema(), &[rows])
}
