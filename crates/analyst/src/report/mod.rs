//! The report: one self-contained HTML file, each figure of which is the answer to one stored SQL text.

mod bodies;
pub(crate) mod chart;
mod chart_map;
mod charts_over_time;
mod error;
mod figures;
pub(crate) mod numbers;
mod page;
pub(crate) mod palette;
mod pivot;
mod quotes;
mod table;
mod time;
mod views;
mod words;

pub use error::ReportError;
pub use figures::{FIGURES, Figure, Kind};
pub use table::{Cell, Table};
pub use time::Bucket;
pub use words::{Language, LanguageError};

use figures::Parameters;
use groundswell_engine::{Runner, query};
use serde::Serialize;

/// Chooses what a report covers and how it is written. Times are microseconds UTC.
#[derive(Debug, Clone, Default)]
pub struct ReportOptions {
    /// Title; an empty one is replaced by a plain name in the language of the report.
    pub title: String,
    /// Language of the interface; quoted posts stay as they are.
    pub language: Language,
    /// First moment that is covered; nothing covers from the first post on.
    pub from: Option<i64>,
    /// First moment that is no longer covered; nothing covers up to the last post.
    pub to: Option<i64>,
    /// When the report was made, printed in its head. It is an option, not the clock, so that equal tables give equal bytes.
    pub generated_at: Option<i64>,
}

/// Holds the answer to the query of one figure.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The figure.
    pub figure: &'static Figure,
    /// The text that ran; for a figure that could not be asked, the text that would have run.
    pub sql: String,
    /// The rows, or the tables whose absence kept the query from running.
    pub outcome: Result<Table, Vec<&'static str>>,
}

impl Answer {
    /// Returns the rows, unless tables are missing.
    pub fn table(&self) -> Option<&Table> {
        self.outcome.as_ref().ok()
    }
}

/// Holds a finished report: the answers to all [`FIGURES`], ready to be written as HTML or JSON.
#[derive(Debug, Clone)]
pub struct Report {
    options: ReportOptions,
    bucket: Bucket,
    answers: Vec<Answer>,
}

/// Asks every figure of the report, in the order of [`FIGURES`].
///
/// A table that the session does not have leaves out the figures that need it; the report names what is missing.
/// Personal data in quoted texts is masked in all outputs.
///
/// # Errors
/// [`ReportError::Period`] when the period of the options is empty, [`ReportError::Query`] when a query fails,
/// [`ReportError::Column`] when an answer is of a shape that cannot be shown.
pub async fn build_report(
    runner: &dyn Runner,
    options: &ReportOptions,
) -> Result<Report, ReportError> {
    if let (Some(from), Some(to)) = (options.from, options.to)
        && from >= to
    {
        return Err(ReportError::Period { from: table::iso_time(from), to: table::iso_time(to) });
    }
    let mut parameters = Parameters { from: options.from, to: options.to, ..Parameters::default() };
    let mut answers = Vec::with_capacity(FIGURES.len());
    for figure in FIGURES {
        let answer = ask(runner, figure, &parameters).await?;
        if let Some(table) = answer.table() {
            // The period of the posts decides how wide the bars are; quoted posts are looked up at the end.
            let times = (table.time(0, "first_post_at"), table.time(0, "last_post_at"));
            if let (Kind::Headline, (Some(first), Some(last))) = (figure.kind, times) {
                parameters.bucket = Bucket::for_period(first, last);
            }
            for id in quotes::cited_ids(figure.kind, table) {
                if !parameters.post_ids.contains(&id) {
                    parameters.post_ids.push(id);
                }
            }
        }
        answers.push(answer);
    }
    Ok(Report { options: options.clone(), bucket: parameters.bucket, answers })
}

/// Runs the query of one figure, unless a table it needs does not exist.
async fn ask(
    runner: &dyn Runner,
    figure: &'static Figure,
    parameters: &Parameters,
) -> Result<Answer, ReportError> {
    let sql = figure.sql_for(parameters);
    let failed = |source| ReportError::Query { figure: figure.id, sql: sql.clone(), source };
    let mut missing = Vec::new();
    for table in figure.needs {
        let exists = runner.session().table_exist(*table);
        if !exists.map_err(|error| failed(error.into()))? {
            missing.push(*table);
        }
    }
    if !missing.is_empty() {
        return Ok(Answer { figure, sql, outcome: Err(missing) });
    }
    let batches = query(runner, &sql).await.map_err(failed)?;
    let mut table = Table::from_batches(&batches)?;
    table.rewrite("text", groundswell_text::mask_pii);
    Ok(Answer { figure, sql, outcome: Ok(table) })
}

/// Lays out the JSON form of a report.
#[derive(Serialize)]
struct JsonReport<'a> {
    title: &'a str,
    language: &'a str,
    generated_at: Option<String>,
    from: Option<String>,
    to: Option<String>,
    bucket: &'a str,
    figures: Vec<JsonFigure<'a>>,
}

/// Lays out one figure in JSON.
#[derive(Serialize)]
struct JsonFigure<'a> {
    id: &'a str,
    title: &'a str,
    sql: &'a str,
    missing_tables: &'a [&'static str],
    columns: &'a [String],
    rows: &'a [Vec<Cell>],
}

impl Report {
    /// Returns the answers, in the order of [`FIGURES`].
    pub fn answers(&self) -> &[Answer] {
        &self.answers
    }

    /// Returns the width of the bars over time, chosen by the length of the period.
    pub fn bucket(&self) -> Bucket {
        self.bucket
    }

    /// Finds an answer by the identifier of its figure.
    pub fn answer(&self, id: &str) -> Option<&Answer> {
        self.answers.iter().find(|answer| answer.figure.id == id)
    }

    /// Writes the report as one HTML file that needs no network and no scripts.
    ///
    /// # Errors
    /// [`ReportError::Chart`] and [`ReportError::Page`] when drawing or writing fails.
    pub fn to_html(&self) -> Result<String, ReportError> {
        page::html(self)
    }

    /// Writes the report as JSON: every figure with its SQL, its columns and its rows. Times are ISO 8601.
    ///
    /// # Errors
    /// [`ReportError::Json`] when writing fails.
    pub fn to_json(&self) -> Result<String, ReportError> {
        let language = self.options.language;
        let mut figures = Vec::with_capacity(self.answers.len());
        for answer in &self.answers {
            figures.push(JsonFigure {
                id: answer.figure.id,
                title: answer.figure.title_in(language),
                sql: &answer.sql,
                missing_tables: answer.outcome.as_ref().err().map_or(&[], Vec::as_slice),
                columns: answer.table().map_or(&[], |table| &table.columns),
                rows: answer.table().map_or(&[], |table| &table.rows),
            });
        }
        let report = JsonReport {
            title: self.title(),
            language: language.code(),
            generated_at: self.options.generated_at.map(table::iso_time),
            from: self.options.from.map(table::iso_time),
            to: self.options.to.map(table::iso_time),
            bucket: self.bucket.sql_name(),
            figures,
        };
        Ok(serde_json::to_string_pretty(&report)?)
    }

    fn title(&self) -> &str {
        match self.options.title.trim() {
            "" => self.options.language.words().default_title,
            title => title,
        }
    }

    /// Returns the rows of a figure, unless it does not exist or its tables are missing.
    fn table(&self, id: &str) -> Option<&Table> {
        self.answer(id).and_then(Answer::table)
    }
}
