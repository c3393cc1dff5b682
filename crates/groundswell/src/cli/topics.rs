//! The commands about topics.

use super::LabelledTexts;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Topics {
    #[command(subcommand)]
    pub(crate) what: TopicsWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TopicsWhat {
    /// Learns topics from the scored posts; topics that were there before keep their ids.
    #[command(
        after_help = "Examples: groundswell topics fit\n          groundswell topics fit --topics 40 --seed 7\n          groundswell topics fit --name coarse --topics 8\n          groundswell topics fit --guide topics.toml"
    )]
    Fit(FitTopics),
    /// Lists the topics, largest first, and the share of posts without one.
    #[command(after_help = "Example: groundswell topics list --format json")]
    List(NamedFit),
    /// Shows a topic: terms, quality, languages, sentiment, posts that stand for it.
    #[command(after_help = "Example: groundswell topics show 3")]
    Show(ShowTopic),
    /// Shows what became of topics, newest first: births, growth, merges, splits, deaths.
    #[command(after_help = "Example: groundswell topics events --limit 20")]
    Events(TopicEvents),
    /// Shows which topics are most alike, as a tree.
    #[command(after_help = "Example: groundswell topics tree")]
    Tree(NamedFit),
    /// Makes one topic of several; it keeps the id of the largest.
    #[command(after_help = "Example: groundswell topics merge 3 17")]
    Merge(MergeTopics),
    /// Merges the topics that are most alike until there are so many.
    #[command(after_help = "Example: groundswell topics reduce 12")]
    Reduce(ReduceTopics),
    /// Fits topics on texts and says how good they are; needs no workspace.
    #[command(
        after_help = "Examples: groundswell topics evaluate --data posts.jsonl\n          groundswell topics evaluate --data labelled.csv --topics 20 --format json\n          groundswell topics evaluate --data posts.jsonl --embeddings posts.npy --assignments topics.jsonl\n          groundswell topics evaluate --data stream.jsonl --batches 30"
    )]
    Evaluate(EvaluateTopics),
}

#[derive(Debug, Args)]
pub(crate) struct NamedFit {
    /// Name of the fit; the posts of the workspace are assigned by `main`.
    #[arg(long, value_name = "NAME", default_value = "main")]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct Guided {
    /// Topics you expect: a TOML file with a table `topic` for each, of `name`, `words` and `examples`; others are found beside them.
    #[arg(long, value_name = "FILE")]
    pub(crate) guide: Option<PathBuf>,
    /// Finds no topics but those of the guide.
    #[arg(long, requires = "guide", conflicts_with = "topics")]
    pub(crate) only: bool,
}

#[derive(Debug, Args)]
pub(crate) struct FitTopics {
    #[command(flatten)]
    pub(crate) fit: NamedFit,
    /// How many topics there shall be [default: the posts decide].
    #[arg(long, value_name = "K")]
    pub(crate) topics: Option<usize>,
    #[command(flatten)]
    pub(crate) guided: Guided,
    /// Posts to learn from at most.
    #[arg(long, value_name = "N", default_value_t = 16_000)]
    pub(crate) sample: usize,
    /// Fits that stability is measured over: the first, and others on four fifths of the posts.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) fits: u64,
    /// Seed of everything random.
    #[arg(long, default_value_t = 42)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct ShowTopic {
    /// The id of the topic.
    pub(crate) id: u64,
    #[command(flatten)]
    pub(crate) fit: NamedFit,
}

#[derive(Debug, Args)]
pub(crate) struct TopicEvents {
    /// Events to show at most.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) fit: NamedFit,
}

#[derive(Debug, Args)]
pub(crate) struct MergeTopics {
    /// The ids of the topics.
    #[arg(required = true, num_args = 2..)]
    pub(crate) ids: Vec<u64>,
    #[command(flatten)]
    pub(crate) fit: NamedFit,
}

#[derive(Debug, Args)]
pub(crate) struct ReduceTopics {
    /// How many topics there shall be.
    pub(crate) topics: usize,
    #[command(flatten)]
    pub(crate) fit: NamedFit,
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
    #[command(flatten)]
    pub(crate) guided: Guided,
    /// Posts to learn from at most.
    #[arg(long, value_name = "N", default_value_t = 16_000)]
    pub(crate) sample: usize,
    /// Fits that stability is measured over: the first, and others on four fifths of the posts.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) fits: u64,
    /// Gives the texts in so many batches, in their order: topics are fitted on the first one and follow the others.
    #[arg(long, value_name = "N", conflicts_with_all = ["assignments", "guide"])]
    pub(crate) batches: Option<usize>,
    /// Embeddings of the texts, in their order: a NumPy file (.npy) of floats, [texts, dimension] [default: those of the encoder].
    #[arg(long, value_name = "FILE")]
    pub(crate) embeddings: Option<PathBuf>,
    /// Writes the embeddings to a NumPy file.
    #[arg(long, value_name = "FILE")]
    pub(crate) save_embeddings: Option<PathBuf>,
    /// Writes the topic of every text, as JSON lines in their order.
    #[arg(long, value_name = "FILE")]
    pub(crate) assignments: Option<PathBuf>,
    /// Seed of everything random.
    #[arg(long, default_value_t = 42)]
    pub(crate) seed: u64,
}
