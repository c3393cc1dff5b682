//! `topics evaluate`: topics of texts, and how good they are.

use super::{Surroundings, guide, labelled, npy, replay, usage};
use crate::cli::{EvaluateTopics, Format};
use crate::output;
use anyhow::{Context, Result, bail};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt64Array};
use groundswell_insight::Matrix;
use groundswell_insight::topics::quality::{Contingency, refit_stability};
use groundswell_insight::topics::{
    Assigned, Described, TopicModel, TopicOptions, Vocabulary, Words,
};
use groundswell_models::lab::LabelledRow;
use groundswell_models::{ModelError, Runtime, on_all_cores};
use groundswell_text::{detect_language, is_content_word, match_text, segment};
use serde::Serialize;
use serde_json::json;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// How many texts are cut into words before the words become numbers, which are smaller.
const ROWS_AT_A_TIME: usize = 20_000;

/// The measures of a table, in their order.
const MEASURES: [&str; 18] = [
    "posts",
    "topics",
    "npmi",
    "c_v",
    "diversity",
    "embedding_coherence",
    "nmi",
    "ami",
    "homogeneity",
    "completeness",
    "v_measure",
    "accuracy",
    "named_accuracy",
    "coverage",
    "stability",
    "seconds",
    "embedding_seconds",
    "peak_memory_bytes",
];

/// What a fit found, and how good it is; `null` is what the texts do not allow to measure.
#[derive(Serialize)]
struct Found {
    posts: usize,
    topics: usize,
    npmi: Option<f64>,
    c_v: Option<f64>,
    diversity: f64,
    embedding_coherence: Option<f64>,
    nmi: Option<f64>,
    ami: Option<f64>,
    homogeneity: Option<f64>,
    completeness: Option<f64>,
    v_measure: Option<f64>,
    accuracy: Option<f64>,
    named_accuracy: Option<f64>,
    coverage: f64,
    stability: Option<f64>,
    /// Fit and assignment; without embeddings, terms and further fits.
    seconds: f64,
    embedding_seconds: f64,
    peak_memory_bytes: Option<u64>,
    found: Vec<FoundTopic>,
}

#[derive(Serialize)]
struct FoundTopic {
    topic: u64,
    posts: usize,
    npmi: Option<f64>,
    c_v: Option<f64>,
    embedding_coherence: Option<f64>,
    label: String,
    terms: Vec<String>,
    representative_posts: Vec<String>,
}

pub(crate) async fn run(surroundings: &Surroundings, options: EvaluateTopics) -> Result<()> {
    let rows = labelled::read_labels_if_any(surroundings, &options.data, &options.columns).await?;
    let all = rows.len();
    let given = options.embeddings.as_deref().map(|file| npy::read(file, all)).transpose()?;
    let with_text: Vec<usize> = (0..all).filter(|row| !rows[*row].text.trim().is_empty()).collect();
    let given = match with_text.len() {
        kept if kept == all => given,
        _ => given.map(|given| given.select(&with_text)),
    };
    let mut rows = rows;
    rows.retain(|row| !row.text.trim().is_empty());
    if rows.is_empty() {
        bail!("no row has a text; name the column with the text: --text NAME");
    }
    if rows.len() < all {
        eprintln!("{} rows without text left out", all - rows.len());
    }
    if let Some(batches) = options.batches {
        let replayed = tokio::task::spawn_blocking(move || {
            let embeddings = given.map_or_else(|| embeddings_of(&rows), Ok)?;
            if let Some(file) = &options.save_embeddings {
                npy::write(file, &embeddings)?;
            }
            replay::replay(&rows, &embeddings, &options, batches)
        });
        return replay::print(surroundings.format, &replayed.await??);
    }
    let found = tokio::task::spawn_blocking(move || evaluate(&rows, given, &options)).await??;
    match surroundings.format {
        Format::Json => println!("{}", serde_json::to_string_pretty(&found)?),
        format => print_tables(format, &found)?,
    }
    Ok(())
}

fn evaluate(
    rows: &[LabelledRow],
    given: Option<Matrix>,
    options: &EvaluateTopics,
) -> Result<Found> {
    let begun = Instant::now();
    let embeddings = given.map_or_else(|| embeddings_of(rows), Ok)?;
    if let Some(file) = &options.save_embeddings {
        npy::write(file, &embeddings)?;
    }
    let embedding_seconds = begun.elapsed().as_secs_f64();
    let mut vocabulary = Vocabulary::default();
    let mut words: Vec<Words> = Vec::with_capacity(rows.len());
    for rows in rows.chunks(ROWS_AT_A_TIME) {
        let cut: Vec<Vec<(String, bool)>> = on_all_cores(rows, |part| {
            Ok::<_, ModelError>(part.iter().map(|row| words_of(&row.text)).collect())
        })?;
        words.extend(cut.iter().map(|words| vocabulary.words(words)));
    }

    let guide = guide::read(&options.guided)?;
    let guides = guide.embedded()?;

    let begun = Instant::now();
    let settings = TopicOptions {
        topics: options.topics,
        seed: options.seed,
        sample: options.sample,
        ..TopicOptions::default()
    };
    let model = TopicModel::fit_guided(&embeddings, &guides, &settings).map_err(usage)?;
    let assigned = model.assign(&embeddings)?;
    let seconds = begun.elapsed().as_secs_f64();

    if let Some(file) = &options.assignments {
        write_assignments(file, &assigned)?;
    }
    let described = Described::new(&model, &assigned, &words, &vocabulary);
    guide::tell_missing(&guide, described.topics.iter().map(|topic| topic.label.as_str()));
    let stability = refit_stability(&embeddings, &assigned, &guides, &settings, options.fits)?;
    let agreement = agreement(rows, &assigned);
    let texts = |posts: Vec<usize>| posts.into_iter().map(|post| rows[post].text.clone()).collect();
    let found = described.topics.into_iter().map(|topic| FoundTopic {
        topic: topic.id,
        posts: topic.posts,
        npmi: topic.npmi,
        c_v: topic.c_v,
        embedding_coherence: topic.embedding_coherence,
        label: topic.label,
        terms: topic.terms,
        representative_posts: texts(topic.representative_posts),
    });
    Ok(Found {
        posts: rows.len(),
        topics: model.topics(),
        npmi: described.npmi,
        c_v: described.c_v,
        diversity: described.diversity,
        embedding_coherence: described.embedding_coherence,
        nmi: agreement.as_ref().map(Contingency::normalized_mutual_information),
        ami: agreement.as_ref().map(Contingency::adjusted_mutual_information),
        homogeneity: agreement.as_ref().map(Contingency::homogeneity),
        completeness: agreement.as_ref().map(Contingency::completeness),
        v_measure: agreement.as_ref().map(Contingency::normalized_mutual_information),
        accuracy: agreement.as_ref().map(Contingency::accuracy),
        named_accuracy: named_accuracy(rows, &model, &assigned),
        coverage: described.coverage,
        stability,
        seconds,
        embedding_seconds,
        peak_memory_bytes: peak_memory_bytes(),
        found: found.collect(),
    })
}

/// Writes the topic of every text, one a line.
fn write_assignments(file: &Path, assigned: &[Assigned]) -> Result<()> {
    let mut lines = String::new();
    for found in assigned {
        let membership = found.memberships.first().map(|(_, membership)| membership);
        let line =
            json!({ "topic": found.topic, "membership": membership, "cosine": found.cosine });
        lines.push_str(&format!("{line}\n"));
    }
    std::fs::write(file, lines).with_context(|| format!("cannot write `{}`", file.display()))
}

fn embeddings_of(rows: &[LabelledRow]) -> Result<Matrix> {
    let runtime = Runtime::current()?;
    let vectors: Vec<Arc<[f32]>> = on_all_cores(rows, |part| {
        let texts: Vec<&str> = part.iter().map(|row| row.text.as_str()).collect();
        runtime.embed(&texts)
    })?;
    let mut values = Vec::with_capacity(rows.len() * runtime.dimension());
    vectors.iter().for_each(|vector| values.extend_from_slice(vector));
    Ok(Matrix::new(runtime.dimension(), values))
}

/// Cuts a text into words, and tells which may be terms.
fn words_of(text: &str) -> Vec<(String, bool)> {
    let text = match_text(text);
    let language = detect_language(&text).unwrap_or_default();
    let words = segment(&text, language).into_iter();
    words
        .map(|word| (is_content_word(&word, language), word))
        .map(|(is, word)| (word, is))
        .collect()
}

/// Compares the topics with the labels, if every text has one; posts without a topic are a class of their own.
fn agreement(rows: &[LabelledRow], assigned: &[Assigned]) -> Option<Contingency> {
    let topics: Vec<usize> =
        assigned.iter().map(|found| found.topic.map_or(0, |topic| topic + 1)).collect();
    Some(Contingency::new(&labels_of(rows)?, &topics))
}

/// Computes the share of texts whose topic has their label for its name; `None` if no topic was expected by the name of a label.
fn named_accuracy(rows: &[LabelledRow], model: &TopicModel, assigned: &[Assigned]) -> Option<f64> {
    let is_label = |name: &str| rows.iter().any(|row| row.labels.iter().any(|label| label == name));
    model.ids().iter().filter_map(|id| model.name(*id)).find(|name| is_label(name))?;
    let is_right = |(row, found): &(&LabelledRow, &Assigned)| {
        let name = found.topic.and_then(|topic| model.name(model.ids()[topic]));
        name.is_some_and(|name| row.labels.iter().any(|label| label == name))
    };
    Some(rows.iter().zip(assigned).filter(is_right).count() as f64 / rows.len() as f64)
}

/// Numbers the labels, if every text has one.
pub(super) fn labels_of(rows: &[LabelledRow]) -> Option<Vec<usize>> {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut labels = Vec::with_capacity(rows.len());
    for row in rows {
        let next = numbers.len();
        labels.push(*numbers.entry(row.labels.first()?).or_insert(next));
    }
    Some(labels)
}

/// Gives the most memory this process held, where the system tells (`VmHWM` of Linux).
pub(super) fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

fn print_tables(format: Format, found: &Found) -> Result<()> {
    let value = serde_json::to_value(found)?;
    let rounded = |value: Option<f64>| value.map(|value| (value * 1e3).round() / 1e3);
    // Counts stay whole numbers.
    let values = MEASURES.map(|name| match value[name].as_u64() {
        Some(count) => Some(count.to_string()),
        None => rounded(value[name].as_f64()).map(|value| value.to_string()),
    });
    let rows = RecordBatch::try_from_iter([
        ("measure", Arc::new(StringArray::from(MEASURES.to_vec())) as ArrayRef),
        ("value", Arc::new(StringArray::from(values.to_vec())) as ArrayRef),
    ])?;
    output::print(format, &rows.schema(), &[rows])?;
    if format == Format::Csv {
        eprintln!("CSV is one table: --format json has the topics, too");
        return Ok(());
    }
    let topics = &found.found;
    let numbers = |of: fn(&FoundTopic) -> u64| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(topics.iter().map(of)))
    };
    let rows = RecordBatch::try_from_iter([
        ("topic", numbers(|topic| topic.topic)),
        ("posts", numbers(|topic| topic.posts as u64)),
        (
            "npmi",
            Arc::new(topics.iter().map(|topic| rounded(topic.npmi)).collect::<Float64Array>()),
        ),
        (
            "terms",
            Arc::new(StringArray::from_iter_values(topics.iter().map(|t| t.terms.join(" ")))),
        ),
    ])?;
    output::print(format, &rows.schema(), &[rows])
}
