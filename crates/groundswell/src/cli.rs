//! The command line, declared once: help, completions and the reference come from here.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Hears what people say, in English and Chinese, and knows what it means.
#[derive(Debug, Parser)]
#[command(name = "groundswell", version, about, max_term_width = 100)]
#[command(
    after_help = "Try: groundswell demo\n     groundswell collect file posts.jsonl && groundswell refresh && groundswell report"
)]
pub(crate) struct Arguments {
    /// Folder or object-store address of the tables [default: ./groundswell-workspace].
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) workspace: Option<String>,
    /// Configuration file [default: ./groundswell.toml if there is one].
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How results are printed.
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Scheduler that runs the queries, instead of this process.
    #[arg(long, global = true, value_name = "HOST:PORT")]
    pub(crate) cluster: Option<String>,
    /// Says more on standard error; twice says everything.
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns for people.
    Table,
    /// Comma-separated values with a header; nested values as JSON.
    Csv,
    /// One JSON array of objects.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows everything on simulated posts: collect, prepare, score, report. Needs no network.
    #[command(after_help = "Example: groundswell demo --posts 20000 --no-serve")]
    Demo(Demo),
    /// Writes simulated posts with planted truth to a file.
    #[command(
        after_help = "Example: groundswell simulate brands --posts 5000 --seed 7 --out posts.jsonl --truth truth.jsonl"
    )]
    Simulate(Simulate),
    /// Brings posts into the workspace; posts that are there already are passed over.
    #[command(
        after_help = "Examples: groundswell collect file 'exports/*.csv.gz'\n          groundswell collect file dump.jsonl --columns text=body,author_id=user,created_at=ts\n          groundswell collect file - --input-format jsonl < posts.jsonl\n          groundswell collect simulate brands --posts 5000"
    )]
    Collect(Collect),
    /// Brings every derived table up to date.
    #[command(
        after_help = "Examples: groundswell refresh\n          groundswell refresh --only score --limit 100000"
    )]
    Refresh(Refresh),
    /// Answers a query over the tables, with every text and model function.
    #[command(
        after_help = "Examples: groundswell sql \"SELECT sentiment(text)['label'], count(*) FROM posts GROUP BY 1\"\n          groundswell sql 'SHOW TABLES'\n          groundswell sql 'SHOW FUNCTIONS LIKE '\"'%hash%'\""
    )]
    Sql(Sql),
    /// Writes the report: one HTML file, each figure with the SQL that made it.
    #[command(after_help = "Example: groundswell report --language zh --out report.html")]
    Report(Report),
    /// Trains a model on labelled texts; queries then call it by its name.
    #[command(
        args_conflicts_with_subcommands = true,
        subcommand_negates_reqs = true,
        after_help = "Examples: groundswell train --name mine --data labels.csv\n          groundswell train --name mine --data labels.csv --architecture encoder --epochs 3\n          groundswell train --name brand --data rows.jsonl --text body --label feeling --target brand\n          groundswell train --name weekend --data \"SELECT text, label FROM posts JOIN labels USING (post_id)\"\n          groundswell train --name mine --resume\n          groundswell train word-vectors --name words --data \"SELECT text FROM posts\""
    )]
    Train(Box<Train>),
    /// Goes on with the pre-training of the encoder on your own posts; `train --base` then starts from there.
    #[command(
        after_help = "Examples: groundswell pretrain --name college --data \"SELECT text FROM posts\"\n          groundswell pretrain --name cars --data 'forum/*.jsonl.gz' --text body --check labels.csv\n          groundswell train --name mine --data labels.csv --architecture encoder --base college"
    )]
    Pretrain(Pretrain),
    /// Measures a task or a trained model on labelled texts.
    #[command(
        after_help = "Examples: groundswell evaluate --model mine --data test.csv\n          groundswell evaluate --task sentiment --data test.jsonl --out card.html\n          groundswell evaluate --model mine --against other --data test.csv\n          groundswell evaluate --task toxicity --labels 'fine=none,rude=offensive+hateful' --data test.csv"
    )]
    Evaluate(Evaluate),
    /// Lists the models, shipped and trained: versions, labels, scores, limits.
    #[command(
        after_help = "Examples: groundswell models\n          groundswell models sentiment\n          groundswell models mine --card card.html\n          groundswell models pull intfloat/multilingual-e5-small --name e5\n          groundswell models advise --task sentiment --data labels.csv --budget 2000\n          groundswell models cascade --name quick --cheap linear --dear mine --data labels.csv"
    )]
    Models(Box<Models>),
    /// Runs a cluster's scheduler until it is stopped.
    #[command(after_help = "Example: groundswell scheduler --listen 10.0.0.1:50050")]
    Scheduler(Scheduler),
    /// Runs one of a cluster's executors until it is stopped.
    #[command(
        after_help = "Example: groundswell executor --scheduler 10.0.0.1:50050 --listen 10.0.0.2:50051"
    )]
    Executor(Executor),
    /// Prints completions for a shell.
    #[command(
        after_help = "Example: groundswell completions bash > /etc/bash_completion.d/groundswell"
    )]
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Posts to simulate.
    #[arg(long, default_value_t = 20_000)]
    pub(crate) posts: u64,
    /// Seed of everything random.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Ends when the report is written.
    #[arg(long)]
    pub(crate) no_serve: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// Name of the scenario.
    pub(crate) scenario: String,
    /// Posts to simulate.
    #[arg(long, default_value_t = 20_000)]
    pub(crate) posts: u64,
    /// Seed of everything random.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// File for the posts, as JSON lines.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// File for what was planted, as JSON lines: sentiment, emotion, topic, brand, intent, bot, story, crisis of each post.
    #[arg(long, value_name = "FILE")]
    pub(crate) truth: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Collect {
    /// Name of the source.
    pub(crate) source: String,
    /// What to read: files, patterns or `-` for `file`; a scenario for `simulate`.
    #[arg(required = true)]
    pub(crate) inputs: Vec<String>,
    /// Which column feeds which field, e.g. text=body,author_id=user,created_at=ts; or the name of a column map.
    #[arg(long, value_name = "MAP")]
    pub(crate) columns: Option<String>,
    /// Platform of every post.
    #[arg(long, value_name = "NAME")]
    pub(crate) platform: Option<String>,
    /// Format of the files (jsonl, json, csv, tsv, parquet), over what their names say.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) input_format: Option<String>,
    /// Writes nothing, and fails, when any record cannot become a post.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Posts to simulate.
    #[arg(long, default_value_t = 20_000)]
    pub(crate) posts: u64,
    /// Seed of everything random.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Refresh {
    /// Steps to run, separated by commas.
    #[arg(long, value_name = "STEP,…", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Most rows that each step derives.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Sql {
    /// The query.
    pub(crate) query: String,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    /// File to write [default: report.html in the workspace].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Title.
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Language of the report: en or zh [default: as configured].
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) language: Option<String>,
    /// First day, YYYY-MM-DD, UTC.
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<chrono::NaiveDate>,
    /// Last day, YYYY-MM-DD, UTC.
    #[arg(long, value_name = "DAY")]
    pub(crate) to: Option<chrono::NaiveDate>,
}

/// Where labelled texts are.
#[derive(Debug, Clone, Default, Args, serde::Serialize, serde::Deserialize)]
pub(crate) struct LabelledTexts {
    /// Column with the text.
    #[arg(long, value_name = "COLUMN", default_value = "text")]
    pub(crate) text: String,
    /// Column with the label; a list, or labels separated by `|`, for --kind multi.
    #[arg(long, value_name = "COLUMN", default_value = "label")]
    pub(crate) label: String,
    /// Column with what the label is about.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) target: Option<String>,
    /// Format of the files (jsonl, json, csv, tsv, parquet), over what their names say.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) input_format: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Train {
    #[command(subcommand)]
    pub(crate) what: Option<TrainWhat>,
    /// Name of the model, and of its SQL function.
    #[arg(long, value_name = "NAME", required = true)]
    pub(crate) name: Option<String>,
    /// Files with labelled texts, or a query that starts with SELECT or WITH.
    #[arg(long, value_name = "FILES|QUERY", num_args = 1.., required_unless_present = "resume")]
    pub(crate) data: Vec<String>,
    /// Files or a query to stop and to calibrate by, instead of a part of the data.
    #[arg(long, value_name = "FILES|QUERY", num_args = 1..)]
    pub(crate) validation: Vec<String>,
    #[command(flatten)]
    pub(crate) columns: LabelledTexts,
    /// What is trained: linear, fasttext, cnn, lstm, transformer, heads, lora, encoder.
    #[arg(long, value_name = "NAME", default_value = "heads")]
    pub(crate) architecture: String,
    /// How the labels relate.
    #[arg(long, value_enum, default_value_t = Kind::Single)]
    pub(crate) kind: Kind,
    /// Most passes over the data [default: by architecture].
    #[arg(long, value_name = "N")]
    pub(crate) epochs: Option<usize>,
    /// Highest learning rate [default: by architecture].
    #[arg(long, value_name = "RATE")]
    pub(crate) rate: Option<f64>,
    /// Passes without a better validation score that end the training.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) patience: usize,
    /// Most tokens of a batch.
    #[arg(long, value_name = "N", default_value_t = 1024)]
    pub(crate) batch_tokens: usize,
    /// Most pieces of a text.
    #[arg(long, value_name = "N", default_value_t = 112)]
    pub(crate) longest: usize,
    /// Share of values blanked before the last layer.
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    pub(crate) dropout: f32,
    /// Share of a target's probability spread over all labels.
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    pub(crate) label_smoothing: f32,
    /// How the texts of rare labels count.
    #[arg(long, value_enum, default_value_t = Weights::Root)]
    pub(crate) class_weights: Weights,
    /// Lowest blocks of an encoder that stay as they are.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) frozen_layers: usize,
    /// Encoder that `pretrain` made, by name, or the folder of a checkpoint, instead of the shipped one.
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) base: Option<String>,
    /// Word vectors that `train word-vectors` made, as the first vectors of a cnn, lstm or transformer.
    #[arg(long, value_name = "NAME")]
    pub(crate) vectors: Option<String>,
    /// Rank of adapters.
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub(crate) adapter_rank: usize,
    /// Seed of everything random.
    #[arg(long, default_value_t = 42)]
    pub(crate) seed: u64,
    /// Goes on with the broken-off training of this name, with the data and settings it was started with.
    #[arg(long)]
    pub(crate) resume: bool,
}

/// What is trained but classifiers.
#[derive(Debug, Subcommand)]
pub(crate) enum TrainWhat {
    /// Learns a vector for every word of texts: skip-gram with negative sampling, or GloVe.
    #[command(
        after_help = "Examples: groundswell train word-vectors --name words --data \"SELECT text FROM posts\"\n          groundswell sql \"SELECT nearest('手机', 'words')\"\n          groundswell train --name mine --data labels.csv --architecture cnn --vectors words"
    )]
    WordVectors(WordVectors),
}

#[derive(Debug, Args)]
pub(crate) struct WordVectors {
    /// Name of the vectors.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// Files with texts, or a query that starts with SELECT or WITH.
    #[arg(long, value_name = "FILES|QUERY", num_args = 1.., required = true)]
    pub(crate) data: Vec<String>,
    #[command(flatten)]
    pub(crate) columns: LabelledTexts,
    /// How they are learned.
    #[arg(long, value_enum, default_value_t = VectorMethod::SkipGram)]
    pub(crate) method: VectorMethod,
    /// Width of a vector.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) dimension: usize,
    /// Words to each side that count as neighbours.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) window: usize,
    /// Passes over the texts [default: by method].
    #[arg(long, value_name = "N")]
    pub(crate) epochs: Option<usize>,
    /// Fewest times a word must come.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) minimum_count: u64,
    /// Words whose nearest are shown at the end.
    #[arg(long, value_name = "WORD,…", value_delimiter = ',')]
    pub(crate) show: Vec<String>,
    /// Seed of everything random.
    #[arg(long, default_value_t = 42)]
    pub(crate) seed: u64,
}

/// How word vectors are learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum VectorMethod {
    /// Skip-gram with negative sampling (Mikolov et al. 2013).
    SkipGram,
    /// GloVe (Pennington et al. 2014).
    Glove,
}

#[derive(Debug, Args)]
pub(crate) struct Pretrain {
    /// Name of the encoder.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// Files with texts, or a query that starts with SELECT or WITH.
    #[arg(long, value_name = "FILES|QUERY", num_args = 1.., required = true)]
    pub(crate) data: Vec<String>,
    /// Files or a query with labelled texts, on which the gain is measured.
    #[arg(long, value_name = "FILES|QUERY", num_args = 1..)]
    pub(crate) check: Vec<String>,
    #[command(flatten)]
    pub(crate) columns: LabelledTexts,
    /// Passes over the texts.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) epochs: usize,
    /// Highest learning rate.
    #[arg(long, value_name = "RATE", default_value_t = 1e-4)]
    pub(crate) rate: f64,
    /// Most tokens of a batch.
    #[arg(long, value_name = "N", default_value_t = 1024)]
    pub(crate) batch_tokens: usize,
    /// Most pieces of a text.
    #[arg(long, value_name = "N", default_value_t = 112)]
    pub(crate) longest: usize,
    /// Seed of everything random.
    #[arg(long, default_value_t = 42)]
    pub(crate) seed: u64,
    /// Goes on with a run of this name that was broken off.
    #[arg(long)]
    pub(crate) resume: bool,
}

/// How labels relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// One label a text.
    Single,
    /// Any number of labels a text.
    Multi,
    /// A rating: labels are numbers.
    Ordinal,
}

/// How the texts of rare labels count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Weights {
    /// Like all others.
    None,
    /// By the root of their rarity.
    Root,
    /// By their rarity.
    Balanced,
}

#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// Task of the shipped model.
    #[arg(long, value_name = "TASK", required_unless_present = "model", conflicts_with = "model")]
    pub(crate) task: Option<String>,
    /// Trained model, NAME or NAME@VERSION.
    #[arg(long, value_name = "NAME")]
    pub(crate) model: Option<String>,
    /// Another trained model to compare with on the same texts (McNemar).
    #[arg(long, value_name = "NAME")]
    pub(crate) against: Option<String>,
    /// Files with labelled texts, or a query that starts with SELECT or WITH.
    #[arg(long, value_name = "FILES|QUERY", num_args = 1.., required = true)]
    pub(crate) data: Vec<String>,
    #[command(flatten)]
    pub(crate) columns: LabelledTexts,
    /// Labels of the data, each with those of the model that it means: rude=offensive+hateful [default: those of the model].
    #[arg(long, value_name = "LABEL=LABELS,…", value_delimiter = ',')]
    pub(crate) labels: Vec<String>,
    /// Writes a model card as HTML.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Seed of the intervals.
    #[arg(long, default_value_t = 42)]
    pub(crate) seed: u64,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Models {
    #[command(subcommand)]
    pub(crate) action: Option<ModelsAction>,
    /// Task or trained model to describe.
    pub(crate) task: Option<String>,
    /// Writes the card of a trained model as HTML.
    #[arg(long, value_name = "FILE", requires = "task")]
    pub(crate) card: Option<PathBuf>,
    /// Writes the shipped model into a folder: ONNX files and tokenizer.
    #[arg(long, value_name = "DIR", conflicts_with = "task")]
    pub(crate) export: Option<PathBuf>,
    /// How the exported encoder computes.
    #[arg(long, value_enum, default_value_t = Form::BytesPerToken, requires = "export")]
    pub(crate) form: Form,
}

/// What can be done with models beside listing them.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelsAction {
    /// Fetches an encoder from a model hub, or copies one from a folder; `train --base` then starts from it.
    Pull(Pull),
    /// Measures every rung of the ladder on labelled texts and recommends one.
    Advise(Advise),
    /// Puts a cheap and a dear model together: the dear one is asked only when the cheap one is not sure.
    Cascade(Cascade),
}

#[derive(Debug, Args)]
pub(crate) struct Pull {
    /// Repository on the hub, OWNER/NAME or OWNER/NAME@REVISION, or a folder.
    pub(crate) from: String,
    /// Name of the encoder here [default: the last part of the repository's].
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Advise {
    /// Files with labelled texts, or a query that starts with SELECT or WITH.
    #[arg(long, value_name = "FILES|QUERY", num_args = 1.., required = true)]
    pub(crate) data: Vec<String>,
    #[command(flatten)]
    pub(crate) columns: LabelledTexts,
    /// Task of the shipped model to measure beside.
    #[arg(long, value_name = "TASK")]
    pub(crate) task: Option<String>,
    /// Fewest posts a second.
    #[arg(long, value_name = "POSTS_PER_SECOND")]
    pub(crate) budget: Option<f64>,
    /// Most MiB of weights.
    #[arg(long, value_name = "MIB")]
    pub(crate) size: Option<u64>,
    /// Fine-tunes the encoder too, which takes minutes.
    #[arg(long)]
    pub(crate) thorough: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Cascade {
    /// Name of the cascade, and of its SQL function.
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// Trained model that answers first.
    #[arg(long, value_name = "MODEL")]
    pub(crate) cheap: String,
    /// Trained model that answers what the first is not sure of.
    #[arg(long, value_name = "MODEL")]
    pub(crate) dear: String,
    /// Files with labelled texts that neither has learned from, or a query.
    #[arg(long, value_name = "FILES|QUERY", num_args = 1.., required = true)]
    pub(crate) data: Vec<String>,
    #[command(flatten)]
    pub(crate) columns: LabelledTexts,
    /// Share of the dear model's macro-F1 to keep.
    #[arg(long, value_name = "SHARE", default_value_t = 0.99)]
    pub(crate) quality: f64,
}

/// Forms of an exported encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// Weights of bytes, activations rounded for each token; the form that `models.weights` reads.
    BytesPerToken,
    /// Weights of bytes, activations rounded for a batch, for which ONNX Runtime has fused kernels.
    BytesPerBatch,
    /// Floats throughout.
    Floats,
}

#[derive(Debug, Args)]
pub(crate) struct Scheduler {
    /// Address to listen on.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:50050")]
    pub(crate) listen: String,
}

#[derive(Debug, Args)]
pub(crate) struct Executor {
    /// Address of the scheduler.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:50050")]
    pub(crate) scheduler: String,
    /// Address to hand out results on; others must reach it.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:50051")]
    pub(crate) listen: String,
    /// Name or address by which others reach this machine [default: the listening address].
    #[arg(long, value_name = "HOST")]
    pub(crate) advertise: Option<String>,
    /// Tasks at a time [default: one per core].
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Folder for rows on their way between executors [default: a temporary folder].
    #[arg(long, value_name = "DIR")]
    pub(crate) work: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_has_an_example() {
        for command in Arguments::command().get_subcommands() {
            assert!(command.get_after_help().is_some(), "{}", command.get_name());
        }
    }
}
