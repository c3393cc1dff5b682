//! The commands about topics.

use super::LabelledTexts;
use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Topics {
    #[command(subcommand)]
    pub(crate) what: TopicsWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TopicsWhat {
    /// Fits topics on texts and says how good they are; needs no workspace.
    #[command(
        after_help = "Examples: groundswell topics evaluate --data posts.jsonl\n          groundswell topics evaluate --data labelled.csv --topics 20 --format json"
    )]
    Evaluate(EvaluateTopics),
}

#[derive(Debug, Args)]
pub(crate) struct EvaluateTopics {
    /// Files with texts, labelled or not, or a query that starts with SELECT or WITH.
    #[arg(long, value_name = "FILES|QUERY", num_args = 1.., required = true)]
    pub(crate) data: Vec<String>,
    #[command(flatten)]
    pub(crate) columns: LabelledTexts,
    /// How many topics there shall be [default: the texts decide].
    #[arg(long, value_name = "K")]
    pub(crate) topics: Option<usize>,
    /// Posts to learn from at most.
    #[arg(long, value_name = "N", default_value_t = 50_000)]
    pub(crate) sample: usize,
    /// Fits, each from the next seed, that stability is measured over.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) fits: u64,
    /// Seed of everything random.
    #[arg(long, default_value_t = 42)]
    pub(crate) seed: u64,
}
