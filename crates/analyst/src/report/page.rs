//! Fills the page: the head, the headline numbers, what is missing, and the list of figures.

use super::figures::{FIGURES, Kind};
use super::quotes::Citations;
use super::views::{Card, FigureView, Page};
use super::words::filled;
use super::{Report, ReportError, bodies, numbers, palette, time};
use askama::Template;
use groundswell_core::net_sentiment;

/// Layout of the page; colours come from the palette.
const STYLE: &str = include_str!("../../templates/style.css");

/// Writes the report as HTML.
pub(super) fn html(report: &Report) -> Result<String, ReportError> {
    let language = report.options.language;
    let words = language.words();
    let mut citations = Citations::new(report.table("cited-posts"));
    let mut queries = Vec::new();
    let mut figures = Vec::with_capacity(FIGURES.len());
    for answer in &report.answers {
        let figure = answer.figure;
        if figure.kind == Kind::Headline {
            queries.push((figure.title_in(language), answer.sql.as_str()));
            continue;
        }
        let (body, twin) = bodies::body(report, answer, &mut citations)?;
        figures.push(FigureView {
            id: figure.id,
            title: figure.title_in(language),
            note: figure.note_in(language),
            is_half: figure.is_half,
            body,
            twin,
            sql: &answer.sql,
        });
    }
    let page = Page {
        words,
        language: language.code(),
        title: report.title(),
        css: palette::variables() + STYLE,
        period: period(report),
        generated: report.options.generated_at.map(|at| time::minute(at, language)),
        lacks: lacks(report),
        cards: cards(report),
        queries,
        figures,
        version: env!("CARGO_PKG_VERSION"),
    };
    Ok(page.render()?)
}

/// Holds the headline numbers; those of a missing table are nothing.
pub(super) struct Headline {
    pub posts: Option<i64>,
    pub authors: Option<i64>,
    pub first: Option<i64>,
    pub last: Option<i64>,
    pub prepared: Option<i64>,
    pub stories: Option<i64>,
    pub scored: Option<i64>,
    pub positive: i64,
    pub neutral: i64,
    pub negative: i64,
    pub quarantined: Option<i64>,
}

impl Headline {
    /// Reads the headline numbers from their answers.
    pub(super) fn of(report: &Report) -> Self {
        let count = |id: &str, column: &str| report.table(id).map(|t| t.count(0, column));
        let time = |column: &str| report.table("headline-posts").and_then(|t| t.time(0, column));
        let label = |column: &str| count("headline-sentiment", column).unwrap_or(0);
        Self {
            posts: count("headline-posts", "posts"),
            authors: count("headline-posts", "unique_authors"),
            first: time("first_post_at"),
            last: time("last_post_at"),
            prepared: count("headline-stories", "prepared_posts"),
            stories: count("headline-stories", "unique_stories"),
            scored: count("headline-sentiment", "scored_posts"),
            positive: label("positive"),
            neutral: label("neutral"),
            negative: label("negative"),
            quarantined: count("headline-quarantine", "quarantined_rows"),
        }
    }
}

/// Computes net sentiment from counts that are never below 0.
pub(super) fn net(positive: i64, neutral: i64, negative: i64) -> Option<f64> {
    net_sentiment(positive.unsigned_abs(), negative.unsigned_abs(), neutral.unsigned_abs())
}

/// Writes the days from the first to the last post.
fn period(report: &Report) -> Option<String> {
    let language = report.options.language;
    let words = language.words();
    let headline = Headline::of(report);
    let (first, last) = (headline.first?, headline.last?);
    let days = time::days(first, last);
    let unit = if days == 1 { words.day } else { words.days };
    let (from, to) = (time::day(first, language), time::day(last, language));
    let count = numbers::whole(days);
    Some(if days == 1 {
        format!("{from} · 1 {unit}")
    } else {
        format!("{from} – {to} · {count} {unit}")
    })
}

/// Fills the headline cards.
fn cards(report: &Report) -> Vec<Card> {
    let words = report.options.language.words();
    let headline = Headline::of(report);
    let whole = |value: Option<i64>| value.map_or_else(|| "–".to_owned(), numbers::whole);
    let share_of = |part: Option<i64>, all: Option<i64>, sentence: &str| match numbers::share(
        part.unwrap_or(0),
        all.unwrap_or(0),
    ) {
        Some(share) => filled(sentence, &numbers::percent(Some(share))),
        None => String::new(),
    };
    let card = |label, value, note| Card { label, value, note };
    let scored = headline.scored.unwrap_or(0);
    let counts = (scored > 0).then(|| {
        let counts = [headline.positive, headline.neutral, headline.negative].map(numbers::whole);
        let names = ["positive", "neutral", "negative"].map(|name| words.term(name));
        let parts: Vec<String> =
            names.iter().zip(counts).map(|(name, count)| format!("{name} {count}")).collect();
        parts.join(" · ")
    });
    let scored_note = share_of(headline.scored, headline.posts, words.scored);
    let negative_share = numbers::share(headline.negative, scored);
    let story_note = share_of(headline.stories, headline.prepared, words.of_prepared_posts);
    let negative_note = match negative_share {
        Some(_) => filled(words.negative_note, &numbers::whole(headline.negative)),
        None => String::new(),
    };
    vec![
        card(words.posts, whole(headline.posts), scored_note),
        card(words.unique_stories, whole(headline.stories), story_note),
        card(words.unique_authors, whole(headline.authors), String::new()),
        card(
            words.net_sentiment,
            numbers::signed(net(headline.positive, headline.neutral, headline.negative)),
            counts.unwrap_or_default(),
        ),
        card(words.negative_share, numbers::percent(negative_share), negative_note),
        card(words.quarantined_rows, whole(headline.quarantined), words.quarantine_note.to_owned()),
    ]
}

/// Names what the report lacks: tables, posts, and posts that later steps have not reached.
fn lacks(report: &Report) -> Vec<String> {
    let words = report.options.language.words();
    let mut tables: Vec<&str> = Vec::new();
    for answer in &report.answers {
        for table in answer.outcome.as_ref().err().into_iter().flatten() {
            if !tables.contains(table) {
                tables.push(table);
            }
        }
    }
    let mut lacks: Vec<String> =
        tables.iter().map(|table| filled(words.missing_tables, table)).collect();
    let headline = Headline::of(report);
    let Some(posts) = headline.posts else { return lacks };
    if posts == 0 {
        lacks.push(words.no_posts.to_owned());
        return lacks;
    }
    let behind = [(headline.prepared, words.not_prepared), (headline.scored, words.not_scored)];
    for (reached, sentence) in behind {
        let left = posts - reached.unwrap_or(posts);
        if left > 0 {
            lacks.push(filled(sentence, &numbers::whole(left)));
        }
    }
    lacks
}
