//! `topics evaluate`: topics of texts, and how good they are.

use super::{Surroundings, UsageError, labelled};
use crate::cli::{EvaluateTopics, Format};
use crate::output;
use anyhow::{Result, bail};
use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt64Array};
use groundswell_insight::topics::quality::{
    C_V_WINDOW, Contingency, NPMI_WINDOW, WindowCounts, diversity, stability,
};
use groundswell_insight::topics::{Assigned, TermCounts, TopicModel, TopicOptions, Vocabulary};
use groundswell_insight::{InsightError, Matrix};
use groundswell_models::lab::LabelledRow;
use groundswell_models::{ModelError, Runtime, on_all_cores};
use groundswell_text::{detect_language, is_content_word, match_text, segment};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

/// How many terms of a topic are shown and measured.
const TERMS: usize = 10;

/// How many posts stand for a topic.
const REPRESENTATIVE: usize = 3;

/// The measures of a table, in their order.
const MEASURES: [&str; 16] = [
    "posts",
    "topics",
    "npmi",
    "c_v",
    "diversity",
    "nmi",
    "ami",
    "homogeneity",
    "completeness",
    "v_measure",
    "accuracy",
    "coverage",
    "stability",
    "seconds",
    "embedding_seconds",
    "peak_memory_bytes",
];

/// A text as its words: all of them, and which may be terms.
struct Words {
    all: Vec<String>,
    is_content: Vec<bool>,
}

/// What a fit found, and how good it is; `null` is what the texts do not allow to measure.
#[derive(Serialize)]
struct Found {
    posts: usize,
    topics: usize,
    npmi: Option<f64>,
    c_v: Option<f64>,
    diversity: f64,
    nmi: Option<f64>,
    ami: Option<f64>,
    homogeneity: Option<f64>,
    completeness: Option<f64>,
    v_measure: Option<f64>,
    accuracy: Option<f64>,
    coverage: f64,
    stability: Option<f64>,
    /// Fit, assignment and terms; without embeddings, segmentation and further fits.
    seconds: f64,
    embedding_seconds: f64,
    peak_memory_bytes: Option<u64>,
    found: Vec<FoundTopic>,
}

#[derive(Serialize)]
struct FoundTopic {
    topic: usize,
    posts: usize,
    npmi: Option<f64>,
    c_v: Option<f64>,
    terms: Vec<String>,
    representative_posts: Vec<String>,
}

pub(crate) async fn run(surroundings: &Surroundings, options: EvaluateTopics) -> Result<()> {
    let rows = labelled::read_labels_if_any(surroundings, &options.data, &options.columns).await?;
    let all = rows.len();
    let rows: Vec<LabelledRow> =
        rows.into_iter().filter(|row| !row.text.trim().is_empty()).collect();
    if rows.is_empty() {
        bail!("no row has a text; name the column with the text: --text NAME");
    }
    if rows.len() < all {
        eprintln!("{} rows without text left out", all - rows.len());
    }
    let found = tokio::task::spawn_blocking(move || evaluate(&rows, &options)).await??;
    match surroundings.format {
        Format::Json => println!("{}", serde_json::to_string_pretty(&found)?),
        format => print_tables(format, &found)?,
    }
    Ok(())
}

fn evaluate(rows: &[LabelledRow], options: &EvaluateTopics) -> Result<Found> {
    let begun = Instant::now();
    let embeddings = embeddings_of(rows)?;
    let embedding_seconds = begun.elapsed().as_secs_f64();
    let words: Vec<Words> = on_all_cores(rows, |part| {
        Ok::<_, ModelError>(part.iter().map(|row| words_of(&row.text)).collect())
    })?;
    let mut vocabulary = Vocabulary::default();
    let texts: Vec<Vec<u32>> = words
        .iter()
        .map(|words| words.all.iter().map(|word| vocabulary.number(word)).collect())
        .collect();

    let begun = Instant::now();
    let mut settings = TopicOptions {
        topics: options.topics,
        seed: options.seed,
        sample: options.sample,
        ..TopicOptions::default()
    };
    let model = TopicModel::fit(&embeddings, &settings).map_err(usage)?;
    let assigned = model.assign(&embeddings)?;
    let terms = terms_of(&model, &assigned, &words, &texts);
    let seconds = begun.elapsed().as_secs_f64();

    settings.topics = Some(model.topics());
    let mut fits = vec![topics_of(&assigned)];
    for further in 1..options.fits {
        settings.seed = options.seed.wrapping_add(further);
        let again = TopicModel::fit(&embeddings, &settings)?;
        fits.push(topics_of(&again.assign(&embeddings)?));
    }
    let windows = |window| WindowCounts::count(&terms, texts.iter().map(Vec::as_slice), window);
    let (near, far) = (windows(NPMI_WINDOW), windows(C_V_WINDOW));
    let of_topic = |topic: usize| FoundTopic {
        topic,
        posts: fits[0].iter().filter(|of_post| **of_post == Some(topic)).count(),
        npmi: near.c_npmi(topic),
        c_v: far.c_v(topic),
        terms: terms[topic].iter().map(|term| vocabulary.word(*term).to_owned()).collect(),
        representative_posts: representative(topic, &assigned, rows),
    };
    let found: Vec<FoundTopic> = (0..model.topics()).map(of_topic).collect();
    let agreement = agreement(rows, &fits[0]);
    let with_topic = fits[0].iter().filter(|topic| topic.is_some()).count();
    Ok(Found {
        posts: rows.len(),
        topics: model.topics(),
        npmi: mean(found.iter().map(|topic| topic.npmi)),
        c_v: mean(found.iter().map(|topic| topic.c_v)),
        diversity: diversity(&terms),
        nmi: agreement.as_ref().map(Contingency::normalized_mutual_information),
        ami: agreement.as_ref().map(Contingency::adjusted_mutual_information),
        homogeneity: agreement.as_ref().map(Contingency::homogeneity),
        completeness: agreement.as_ref().map(Contingency::completeness),
        v_measure: agreement.as_ref().map(Contingency::normalized_mutual_information),
        accuracy: agreement.as_ref().map(Contingency::accuracy),
        coverage: with_topic as f64 / rows.len() as f64,
        stability: stability(&fits),
        seconds,
        embedding_seconds,
        peak_memory_bytes: peak_memory_bytes(),
        found,
    })
}

/// Tells impossible wishes from failures.
fn usage(error: InsightError) -> anyhow::Error {
    match error {
        InsightError::Topics(_) => UsageError(error.to_string()).into(),
        error => error.into(),
    }
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

fn words_of(text: &str) -> Words {
    let text = match_text(text);
    let language = detect_language(&text).unwrap_or_default();
    let all = segment(&text, language);
    let is_content = all.iter().map(|word| is_content_word(word, language)).collect();
    Words { all, is_content }
}

fn topics_of(assigned: &[Assigned]) -> Vec<Option<usize>> {
    assigned.iter().map(|found| found.topic).collect()
}

/// Gives the top terms of every topic.
fn terms_of(
    model: &TopicModel,
    assigned: &[Assigned],
    words: &[Words],
    texts: &[Vec<u32>],
) -> Vec<Vec<u32>> {
    let mut counts = TermCounts::new(model.topics());
    for ((found, words), text) in assigned.iter().zip(words).zip(texts) {
        let Some(topic) = found.topic else { continue };
        let content = text.iter().zip(&words.is_content).filter(|(_, is_content)| **is_content);
        counts.add(topic, &content.map(|(word, _)| *word).collect::<Vec<u32>>());
    }
    let ranked = |topic| counts.ranked(topic, TERMS).iter().map(|term| term.word).collect();
    (0..model.topics()).map(ranked).collect()
}

/// Gives different texts nearest to a topic, nearest first.
fn representative(topic: usize, assigned: &[Assigned], rows: &[LabelledRow]) -> Vec<String> {
    let mut members: Vec<usize> =
        (0..rows.len()).filter(|post| assigned[*post].topic == Some(topic)).collect();
    members.sort_by(|a, b| assigned[*b].cosine.total_cmp(&assigned[*a].cosine).then(a.cmp(b)));
    let mut texts: Vec<String> = Vec::new();
    for post in members {
        if texts.len() == REPRESENTATIVE {
            break;
        }
        if !texts.contains(&rows[post].text) {
            texts.push(rows[post].text.clone());
        }
    }
    texts
}

/// Compares the topics with the labels, if every text has one; posts without a topic are a class of their own.
fn agreement(rows: &[LabelledRow], topics: &[Option<usize>]) -> Option<Contingency> {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut labels = Vec::with_capacity(rows.len());
    for row in rows {
        let next = numbers.len();
        labels.push(*numbers.entry(row.labels.first()?).or_insert(next));
    }
    let topics: Vec<usize> =
        topics.iter().map(|topic| topic.map_or(0, |topic| topic + 1)).collect();
    Some(Contingency::new(&labels, &topics))
}

fn mean(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let values: Vec<f64> = values.flatten().collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Gives the most memory this process held, where the system tells (`VmHWM` of Linux).
fn peak_memory_bytes() -> Option<u64> {
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
    let numbers = |of: fn(&FoundTopic) -> usize| -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(topics.iter().map(|topic| of(topic) as u64)))
    };
    let rows = RecordBatch::try_from_iter([
        ("topic", numbers(|topic| topic.topic)),
        ("posts", numbers(|topic| topic.posts)),
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
