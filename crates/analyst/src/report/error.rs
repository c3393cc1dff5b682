//! What can go wrong while a report is made.

use groundswell_engine::EngineError;

/// Says why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The query of a figure failed.
    #[error("figure `{figure}` of the report failed; its query is:\n{sql}")]
    Query {
        /// Identifier of the figure.
        figure: &'static str,
        /// The text that ran.
        sql: String,
        /// The cause.
        #[source]
        source: EngineError,
    },
    /// An answer has a column that a report cannot show.
    #[error("column `{column}` cannot be shown: {reason}; cast it in the query")]
    Column {
        /// Name of the column.
        column: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The period holds no time.
    #[error("report from `{from}` to `{to}` is empty; the end must lie after the start")]
    Period {
        /// Start, ISO 8601.
        from: String,
        /// End, ISO 8601.
        to: String,
    },
    /// A chart could not be drawn.
    #[error("chart cannot be drawn: {0}")]
    Chart(String),
    /// The page could not be written.
    #[error("page cannot be written")]
    Page(#[from] askama::Error),
    /// The JSON could not be written.
    #[error("JSON cannot be written")]
    Json(#[from] serde_json::Error),
}
