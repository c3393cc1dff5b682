//! What the excess of a spike is made of, from its posts.

use super::Surroundings;
use super::columns::{names, numbers, times};
use super::detect::Found;
use super::source::{MICROSECONDS, Named};
use super::workspace::{cast, times as times_of};
use anyhow::Result;
use arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Int64Type, TimestampMicrosecondType};
use groundswell_engine::trends::{SeriesQuery, Span};
use groundswell_engine::{Runner, query_in_order};
use groundswell_insight::trends::{Cause, Facts, Spike, causes};
use std::collections::HashMap;
use std::sync::Arc;

/// How long before a spike is what it is compared with, in seconds: two weeks, so that each hour of the week is in it.
const BEFORE: i64 = 14 * 86_400;
/// How many causes of a kind are named.
const MOST: usize = 5;
/// How many posts stand for a cause.
const EXAMPLES: usize = 3;

/// Are facts of one kind: a post is counted for one cause of each.
struct Kind {
    name: &'static str,
    /// The columns its facts come from, each with what the facts are called.
    columns: &'static [(&'static str, &'static str)],
}

static KINDS: &[Kind] = &[
    Kind {
        name: "what",
        columns: &[("hashtags", "hashtag"), ("terms", "term"), ("story", "story")],
    },
    Kind { name: "who", columns: &[("author", "author")] },
    Kind { name: "where", columns: &[("platform", "platform")] },
    Kind { name: "language", columns: &[("language", "language")] },
    Kind { name: "sentiment", columns: &[("sentiment", "sentiment")] },
];

/// Is a row of the result.
struct Row<'a> {
    named: &'a Named,
    spike: &'a Spike,
    kind: &'static str,
    /// What the cause is, and its name; none for the rest.
    fact: Option<(&'static str, String)>,
    posts: Option<i64>,
    expected: Option<f64>,
    share: f64,
    ratio: Option<f64>,
    examples: Vec<String>,
}

/// Explains the greatest spikes: a row for each cause, and one for what is left of the excess of a kind.
pub(super) async fn rows(
    surroundings: &Surroundings,
    query: &SeriesQuery,
    by: Option<&str>,
    all: &[Named],
    found: &[Found],
    most: usize,
) -> Result<RecordBatch> {
    let mut spikes: Vec<(&Named, &Spike)> = all
        .iter()
        .zip(found)
        .flat_map(|(named, found)| found.0.iter().map(move |spike| (named, spike)))
        .collect();
    spikes.sort_by(|a, b| b.1.excess.total_cmp(&a.1.excess));
    spikes.truncate(most);
    let mut rows = Vec::new();
    if !spikes.is_empty() {
        let workspace = surroundings.open().await?;
        let runner = surroundings.runner(&workspace).await?;
        for (named, spike) in spikes {
            explain(runner.as_ref(), query, named, spike, &mut rows).await?;
        }
    }
    columns(surroundings, by, &rows)
}

async fn explain<'a>(
    runner: &dyn Runner,
    query: &SeriesQuery,
    named: &'a Named,
    spike: &'a Spike,
    rows: &mut Vec<Row<'a>>,
) -> Result<()> {
    let points = named.series.points();
    let (start, end) = (points[spike.start].time, points[spike.end].time);
    let first = points[0].time.max(start - BEFORE);
    let span = Span { first: first * MICROSECONDS, last: end * MICROSECONDS };
    let key = named.name.as_deref().unwrap_or_default();
    let (_, batches) = query_in_order(runner, &query.facts(key, span)).await?;
    let posts = Posts::read(&batches, start)?;
    let step = query.bucket.seconds;
    // In the first bucket of all there is nothing before; every post is then beyond what was expected.
    let scale = (end - start + step) as f64 / (start - first).max(step) as f64;
    for (at, kind) in KINDS.iter().enumerate() {
        let found = causes(&posts.facts[at], scale, MOST);
        if found.excess <= 0.0 {
            continue;
        }
        let row = |fact, cause: Option<&Cause>, share| Row {
            named,
            spike,
            kind: kind.name,
            fact,
            posts: cause.map(|cause| cause.posts as i64),
            expected: cause.map(|cause| cause.expected),
            share,
            ratio: cause.map(|cause| cause.log_likelihood_ratio),
            examples: cause.map_or_else(Vec::new, |cause| posts.examples(at, cause.fact)),
        };
        for cause in &found.causes {
            let fact = posts.names[cause.fact as usize].clone();
            rows.push(row(Some(fact), Some(cause), cause.share));
        }
        rows.push(row(None, None, found.rest));
    }
    Ok(())
}

/// The posts of a spike and of the time before.
struct Posts {
    /// By kind, by post.
    facts: Vec<Vec<Facts>>,
    ids: Vec<String>,
    engagement: Vec<i64>,
    /// What a fact is, and its name.
    names: Vec<(&'static str, String)>,
}

impl Posts {
    fn read(batches: &[RecordBatch], start: i64) -> Result<Self> {
        let mut posts = Self {
            facts: vec![Vec::new(); KINDS.len()],
            ids: Vec::new(),
            engagement: Vec::new(),
            names: Vec::new(),
        };
        let mut numbers: HashMap<(&'static str, String), u32> = HashMap::new();
        for batch in batches {
            let buckets = times_of(batch, "bucket")?;
            let buckets = buckets.as_primitive::<TimestampMicrosecondType>();
            let ids = cast(batch, "post_id", &DataType::Utf8)?;
            let engagement = cast(batch, "engagement", &DataType::Int64)?;
            posts.ids.extend(ids.as_string::<i32>().iter().map(|id| id.unwrap_or("").to_owned()));
            posts.engagement.extend(engagement.as_primitive::<Int64Type>().values());
            for (at, kind) in KINDS.iter().enumerate() {
                let columns: Vec<(&'static str, ArrayRef)> = kind
                    .columns
                    .iter()
                    .map(|(column, what)| anyhow::Ok((*what, texts(batch, column)?)))
                    .collect::<Result<_>>()?;
                for row in 0..batch.num_rows() {
                    let is_inside = buckets.value(row).div_euclid(MICROSECONDS) >= start;
                    let mut facts = Vec::new();
                    for (what, column) in &columns {
                        let names = cells(column, row)?;
                        // A hashtag is no term beside itself.
                        for name in names.into_iter().filter(|name| !name.starts_with('#')) {
                            let next = numbers.len() as u32;
                            facts.push(*numbers.entry((*what, name)).or_insert(next));
                        }
                    }
                    posts.facts[at].push(Facts { is_inside, facts });
                }
            }
        }
        let mut names: Vec<_> = numbers.into_iter().collect();
        names.sort_unstable_by_key(|(_, number)| *number);
        posts.names = names.into_iter().map(|(name, _)| name).collect();
        Ok(posts)
    }

    /// Gives the posts of the spike that have the fact and moved most people.
    fn examples(&self, kind: usize, fact: u32) -> Vec<String> {
        let facts = &self.facts[kind];
        let has = |at: &usize| facts[*at].is_inside && facts[*at].facts.contains(&fact);
        let mut posts: Vec<usize> = (0..facts.len()).filter(has).collect();
        posts.sort_by(|a, b| {
            self.engagement[*b].cmp(&self.engagement[*a]).then(self.ids[*a].cmp(&self.ids[*b]))
        });
        posts.iter().take(EXAMPLES).map(|at| self.ids[*at].clone()).collect()
    }
}

/// Takes a column of texts or of lists of texts.
fn texts(batch: &RecordBatch, name: &str) -> Result<ArrayRef> {
    let is_list = batch
        .column_by_name(name)
        .is_some_and(|column| matches!(column.data_type(), DataType::List(_)));
    match is_list {
        true => Ok(Arc::clone(&batch[name])),
        false => cast(batch, name, &DataType::Utf8),
    }
}

fn cells(column: &ArrayRef, row: usize) -> Result<Vec<String>> {
    if column.is_null(row) {
        return Ok(Vec::new());
    }
    let values = match column.as_any().downcast_ref::<ListArray>() {
        Some(lists) => arrow::compute::cast(&lists.value(row), &DataType::Utf8)?,
        None => column.slice(row, 1),
    };
    let values: &StringArray = values.as_string();
    Ok(values.iter().flatten().map(str::to_owned).collect())
}

fn columns(surroundings: &Surroundings, by: Option<&str>, rows: &[Row]) -> Result<RecordBatch> {
    let format = surroundings.format;
    let start = |row: &Row| row.named.series.points()[row.spike.start].time;
    let text = |of: fn(&Row) -> Option<String>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<StringArray>())
    };
    let mut columns = names(by, rows.iter().map(|row| row.named));
    let posts: Int64Array = rows.iter().map(|row| row.posts).collect();
    columns.extend(
        [
            ("start", times(rows.iter().map(start))),
            ("kind", text(|row| Some(row.kind.to_owned()))),
            ("fact", text(|row| row.fact.as_ref().map(|(what, _)| (*what).to_owned()))),
            ("cause", text(|row| row.fact.as_ref().map(|(_, name)| name.clone()))),
            ("posts", Arc::new(posts)),
            ("expected", numbers(format, rows.iter().map(|row| row.expected))),
            ("share", numbers(format, rows.iter().map(|row| Some(row.share)))),
            ("log_likelihood_ratio", numbers(format, rows.iter().map(|row| row.ratio))),
            ("examples", text(|row| Some(row.examples.join(" ")))),
        ]
        .map(|(name, column)| (name.to_owned(), column)),
    );
    Ok(RecordBatch::try_from_iter(columns)?)
}
