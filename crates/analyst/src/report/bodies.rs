//! Turns the answer to a figure into what is shown inside it, one function for each form.

use super::chart_map::map;
use super::charts_over_time::{multiples, rhythm, shares_over_time, volume};
use super::page::{Headline, net};
use super::quotes::{Citations, Row, excerpt, safe_url};
use super::views::{
    Body, Cited, Grid, GridCell, Key, Part, Quote, RankRow, Ranking, ShareRow, Story,
};
use super::words::{Words, filled};
use super::{Answer, Cell, Kind, Language, Report, ReportError, Table, numbers, time};

/// Most characters of a quoted post in the running report.
const QUOTE_LENGTH: usize = 280;
/// Most characters of a quoted post in the rows at the end.
const ROW_LENGTH: usize = 600;
/// Labels of sentiment in the order in which they are drawn and listed.
pub(super) const SENTIMENTS: [&str; 3] = ["positive", "neutral", "negative"];

/// Fills one figure and, for a chart, its table twin.
pub(super) fn body(
    report: &Report,
    answer: &Answer,
    citations: &mut Citations<'_>,
) -> Result<(Body, Option<Grid>), ReportError> {
    let language = report.options.language;
    let words = language.words();
    let table = match &answer.outcome {
        Ok(table) if table.is_empty() => return Ok((Body::Empty, None)),
        Ok(table) => table,
        Err(missing) => {
            return Ok((Body::Missing(filled(words.cannot_be_made, &missing.join(", "))), None));
        }
    };
    let chart = match answer.figure.kind {
        Kind::Volume => Some(volume(report, answer, table)?),
        Kind::SharesOverTime => Some(shares_over_time(report, answer, table)?),
        Kind::SmallMultiples => Some(multiples(report, answer, table)?),
        Kind::Rhythm => Some(rhythm(report, answer, table)?),
        Kind::Map => Some(map(report, answer, table)?),
        _ => None,
    };
    if let Some((body, twin)) = chart {
        return Ok((body, Some(twin)));
    }
    let body = match answer.figure.kind {
        Kind::Ranking => Body::Ranking(ranking(report, table)),
        Kind::Shares => shares(table, language),
        Kind::Stories => stories(table, citations, language),
        Kind::Quotes => quotes(table, citations, language),
        Kind::CitedPosts => cited(citations, language),
        _ => Body::Facts(grid(table, language)),
    };
    Ok((body, None))
}

/// Writes any answer as a plain table.
pub(super) fn grid(table: &Table, language: Language) -> Grid {
    let words = language.words();
    let is_number = |column: usize| {
        let cell = table.rows.first().and_then(|row| row.get(column));
        matches!(cell, Some(Cell::Integer(_) | Cell::Float(_)))
    };
    let heads = table.columns.iter().enumerate().map(|(column, name)| GridCell {
        text: words.term(name).to_owned(),
        is_number: is_number(column),
    });
    let heads = heads.collect();
    let rows = table.rows.iter().map(|row| row.iter().map(|c| plain(c, language)).collect());
    Grid { heads, rows: rows.collect() }
}

/// Writes one cell.
pub(super) fn plain(cell: &Cell, language: Language) -> GridCell {
    let (text, is_number) = match cell {
        Cell::Null => ("–".to_owned(), false),
        Cell::Boolean(value) => (value.to_string(), false),
        Cell::Integer(value) => (numbers::whole(*value), true),
        Cell::Float(value) => (format!("{value:.3}"), true),
        Cell::Text(value) => (excerpt(value, ROW_LENGTH), false),
        Cell::Time(value) => (time::minute(*value, language), false),
    };
    GridCell { text, is_number }
}

/// Writes a share of 0 … 1 as the width of a bar in percent.
fn width(share: Option<f64>) -> String {
    format!("{:.2}", share.unwrap_or(0.0).clamp(0.0, 1.0) * 100.0)
}

/// Names a row of a ranking: hashtags as written, other names translated where a word is known.
pub(super) fn name_of(table: &Table, row: usize, words: &Words) -> String {
    let column = table.columns.first().map_or("", String::as_str);
    match table.text(row, column) {
        None | Some("") => words.unknown.to_owned(),
        Some(tag) if column == "hashtag" => format!("#{}", tag.trim_matches('#')),
        Some(name) => words.term(name).to_owned(),
    }
}

/// Fills a ranking: name, posts with their share, a unique count.
fn ranking(report: &Report, table: &Table) -> Ranking {
    let words = report.options.language.words();
    let column = |index: usize| table.columns.get(index).map_or("", String::as_str);
    let unique = column(2);
    let overlaid = unique == "unique_stories";
    let headline = Headline::of(report);
    let all = if overlaid { headline.prepared } else { headline.posts }.unwrap_or(0);
    let counts = 0..table.rows.len();
    let largest = counts.clone().map(|row| table.count(row, "posts")).max().unwrap_or(0);
    let rows = counts.map(|row| {
        let (posts, unique) = (table.count(row, "posts"), table.count(row, unique));
        RankRow {
            name: name_of(table, row, words),
            posts: numbers::whole(posts),
            share: numbers::percent(numbers::share(posts, all)),
            unique: numbers::whole(unique),
            width: width(numbers::share(posts, largest)),
            unique_width: width(numbers::share(unique, largest)),
        }
    });
    let heads = [column(0), "posts", unique].map(|name| words.term(name).to_owned());
    Ranking { heads, overlaid, rows: rows.collect() }
}

/// Explains the colours of sentiment.
pub(super) fn sentiment_keys(words: &Words) -> Vec<Key> {
    let key = |name: &str| Key { class: name.to_owned(), label: words.term(name).to_owned() };
    SENTIMENTS.map(key).into()
}

/// Fills one stacked bar of sentiment for each row.
fn shares(table: &Table, language: Language) -> Body {
    let words = language.words();
    let mut rows = Vec::with_capacity(table.rows.len());
    for row in 0..table.rows.len() {
        let counts = SENTIMENTS.map(|name| table.count(row, name));
        let all = counts.iter().sum();
        let mut parts = Vec::with_capacity(SENTIMENTS.len());
        for (class, count) in SENTIMENTS.into_iter().zip(counts) {
            let share = numbers::share(count, all);
            let percent = numbers::percent(share);
            let label = format!("{} {percent} ({})", words.term(class), numbers::whole(count));
            parts.push(Part { class, width: width(share), label });
        }
        let [positive, neutral, negative] = counts;
        rows.push(ShareRow {
            name: name_of(table, row, words),
            posts: numbers::whole(all),
            parts,
            net: numbers::signed(net(positive, neutral, negative)),
        });
    }
    Body::Shares { keys: sentiment_keys(words), rows }
}

/// Quotes one post; a post without a row is quoted by its identifier alone.
fn quote(
    post_id: &str,
    measure: String,
    citations: &mut Citations<'_>,
    language: Language,
) -> Quote {
    let words = language.words();
    let Some((number, row)) = citations.cite(post_id) else {
        return Quote {
            text: post_id.to_owned(),
            author: String::new(),
            platform: String::new(),
            time: String::new(),
            measure,
            class: String::new(),
            sentiment: String::new(),
            row: None,
            url: None,
        };
    };
    let sentiment = row.text("sentiment").unwrap_or_default();
    Quote {
        text: excerpt(row.text("text").unwrap_or_default(), QUOTE_LENGTH),
        author: row.text("author").unwrap_or(words.unknown).to_owned(),
        platform: words.term(row.text("platform").unwrap_or_default()).to_owned(),
        time: row.time("created_at").map(|at| time::minute(at, language)).unwrap_or_default(),
        measure,
        class: if SENTIMENTS.contains(&sentiment) { sentiment.to_owned() } else { String::new() },
        sentiment: words.term(sentiment).to_owned(),
        row: Some(number),
        url: safe_url(row.text("url")),
    }
}

/// Fills the list of families of near-duplicates.
fn stories(table: &Table, citations: &mut Citations<'_>, language: Language) -> Body {
    let mut stories = Vec::with_capacity(table.rows.len());
    for row in 0..table.rows.len() {
        let moments = ["first_post_at", "last_post_at"].map(|column| table.time(row, column));
        let [first, last] = moments.map(|at| at.map(|at| time::minute(at, language)));
        let example = table.text(row, "example_post_id").unwrap_or_default();
        stories.push(Story {
            posts: numbers::whole(table.count(row, "posts")),
            authors: numbers::whole(table.count(row, "unique_authors")),
            last: last.filter(|last| Some(last) != first.as_ref()),
            first: first.unwrap_or_default(),
            example: quote(example, String::new(), citations, language),
        });
    }
    Body::Stories(stories)
}

/// Fills a list of quoted posts, each with what it is listed for.
fn quotes(table: &Table, citations: &mut Citations<'_>, language: Language) -> Body {
    let words = language.words();
    let mut quotes = Vec::with_capacity(table.rows.len());
    for row in 0..table.rows.len() {
        let measure = match table.number(row, "sentiment_score") {
            Some(score) => format!("{} {score:.3}", words.term("sentiment_score")),
            None => format!(
                "{} {} · {} {}",
                words.reposts,
                numbers::whole(table.count(row, "reposts")),
                words.likes,
                numbers::whole(table.count(row, "likes"))
            ),
        };
        let id = table.text(row, "post_id").unwrap_or_default();
        quotes.push(quote(id, measure, citations, language));
    }
    Body::Quotes(quotes)
}

/// Fills the rows of all posts cited before.
fn cited(citations: &Citations<'_>, language: Language) -> Body {
    let rows = citations.rows().into_iter().enumerate();
    Body::Cited(rows.map(|(index, row)| cited_row(index + 1, &row, language)).collect())
}

/// Fills the row of one cited post.
fn cited_row(number: usize, row: &Row<'_>, language: Language) -> Cited {
    let words = language.words();
    let score = |column: &str| row.number(column).map_or(String::new(), |s| format!(" {s:.3}"));
    let mut facts = Vec::new();
    for column in [
        "platform",
        "language",
        "sentiment",
        "emotion",
        "reposts",
        "likes",
        "story_id",
        "model_version",
    ] {
        let value = match (column, row.text(column)) {
            ("reposts" | "likes", _) => numbers::whole(row.count(column)),
            (_, None) => "–".to_owned(),
            ("sentiment" | "emotion", Some(label)) => {
                words.term(label).to_owned() + &score(&format!("{column}_score"))
            }
            ("story_id" | "model_version", Some(name)) => name.to_owned(),
            (_, Some(name)) => words.term(name).to_owned(),
        };
        facts.push((words.term(column).to_owned(), value));
    }
    Cited {
        row: number,
        post_id: row.text("post_id").unwrap_or_default().to_owned(),
        time: row.time("created_at").map(|at| time::minute(at, language)).unwrap_or_default(),
        author: row.text("author").unwrap_or(words.unknown).to_owned(),
        text: excerpt(row.text("text").unwrap_or_default(), ROW_LENGTH),
        url: safe_url(row.text("url")),
        facts,
    }
}
