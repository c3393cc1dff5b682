//! What the page template is filled with: everything is text already, so that the template only lays out.

use super::words::Words;
use askama::Template;

/// Holds the whole page.
#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct Page<'a> {
    pub words: &'static Words,
    pub language: &'static str,
    pub title: &'a str,
    /// Style sheet; made of constants alone.
    pub css: String,
    pub period: Option<String>,
    pub generated: Option<String>,
    pub lacks: Vec<String>,
    pub cards: Vec<Card>,
    /// Titles and SQL of the figures behind the cards.
    pub queries: Vec<(&'static str, &'a str)>,
    pub figures: Vec<FigureView<'a>>,
    pub version: &'static str,
}

/// Holds one number at the top of the page.
pub(super) struct Card {
    pub label: &'static str,
    pub value: String,
    pub note: String,
}

/// Holds one figure.
pub(super) struct FigureView<'a> {
    pub id: &'static str,
    pub title: &'static str,
    pub note: &'static str,
    /// Whether two such figures stand side by side on a wide page.
    pub is_half: bool,
    pub body: Body,
    /// The table twin of a chart; nothing where the body is a table already.
    pub twin: Option<Grid>,
    pub sql: &'a str,
}

/// Holds the inside of a figure, by the form in which it is shown.
pub(super) enum Body {
    /// Says which tables do not exist.
    Missing(String),
    Empty,
    Chart(Chart),
    Multiples(Vec<Small>),
    Ranking(Ranking),
    Shares {
        keys: Vec<Key>,
        rows: Vec<ShareRow>,
    },
    Stories(Vec<Story>),
    Quotes(Vec<Quote>),
    Facts(Grid),
    Cited(Vec<Cited>),
}

/// Holds a chart in two sizes; the style sheet shows one of them.
pub(super) struct Chart {
    pub keys: Vec<Key>,
    /// SVG whose texts charts-rs has escaped.
    pub wide: String,
    /// SVG whose texts charts-rs has escaped.
    pub narrow: String,
}

/// Explains a colour.
pub(super) struct Key {
    pub class: String,
    pub label: String,
}

/// Holds one of several small charts.
pub(super) struct Small {
    pub label: String,
    pub share: String,
    /// SVG whose texts charts-rs has escaped.
    pub svg: String,
}

/// Holds a plain table.
pub(super) struct Grid {
    pub heads: Vec<GridCell>,
    pub rows: Vec<Vec<GridCell>>,
}

/// Holds one cell of a plain table.
pub(super) struct GridCell {
    pub text: String,
    pub is_number: bool,
}

/// Holds a ranking.
pub(super) struct Ranking {
    /// Heads of the columns name, posts and unique count.
    pub heads: [String; 3],
    /// Whether the unique count is drawn over the bar of posts.
    pub overlaid: bool,
    pub rows: Vec<RankRow>,
}

/// Holds one row of a ranking; widths are percentages of the bar.
pub(super) struct RankRow {
    pub name: String,
    pub posts: String,
    pub share: String,
    pub unique: String,
    pub width: String,
    pub unique_width: String,
}

/// Holds the sentiment of one language, platform, ….
pub(super) struct ShareRow {
    pub name: String,
    pub posts: String,
    pub parts: Vec<Part>,
    pub net: String,
}

/// Holds one part of a stacked bar.
pub(super) struct Part {
    pub class: &'static str,
    /// Width in percent.
    pub width: String,
    pub label: String,
}

/// Holds one family of near-duplicate posts.
pub(super) struct Story {
    pub posts: String,
    pub authors: String,
    /// Time of its first post; nothing when unknown.
    pub first: String,
    /// Time of its last post, when that is another.
    pub last: Option<String>,
    pub example: Quote,
}

/// Holds one quoted post.
pub(super) struct Quote {
    pub text: String,
    pub author: String,
    pub platform: String,
    pub time: String,
    /// What it is listed for, e.g. its score.
    pub measure: String,
    /// Class of its sentiment, or nothing.
    pub class: String,
    pub sentiment: String,
    /// Number of its row at the end of the report; nothing when rows are missing.
    pub row: Option<usize>,
    pub url: Option<String>,
}

/// Holds the row of one cited post.
pub(super) struct Cited {
    pub row: usize,
    pub post_id: String,
    pub time: String,
    pub author: String,
    pub text: String,
    pub url: Option<String>,
    /// Names and values of what else is stored for it.
    pub facts: Vec<(String, String)>,
}
