//! The arguments of the commands about models: train, pretrain, evaluate, models.

use clap::{Args, Subcommand, ValueEnum};
use groundswell_models::lab::ARCHITECTURES;
use std::path::PathBuf;
use std::str::FromStr;

/// Where labelled texts are.
#[derive(Debug, Clone, Default, Args, serde::Serialize, serde::Deserialize)]
pub(crate) struct LabelledTexts {
    /// Column with the text.
    #[arg(long, value_name = "COLUMN", default_value = "text")]
    pub(crate) text: String,
    /// Column with the label; a list, or labels separated by `|`, for --kind multi.
    #[arg(long, value_name = "COLUMN", default_value = crate::commands::USUAL_LABEL)]
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
    /// Further labelled texts, and how often a pass goes over them: more.csv=0.5. May be repeated; none is kept for validation.
    #[arg(long, value_name = "FILES|QUERY=PASSES")]
    pub(crate) mix: Vec<Mix>,
    #[command(flatten)]
    pub(crate) columns: LabelledTexts,
    #[arg(long, value_name = "NAME", default_value = "heads", help = architectures())]
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
    /// Passes without a better validation score that end the training [default: 5 for linear and fasttext, else 3].
    #[arg(long, value_name = "N")]
    pub(crate) patience: Option<usize>,
    /// Most tokens of a batch, for cnn, lstm, transformer, lora and encoder [default: 1024].
    #[arg(long, value_name = "N")]
    pub(crate) batch_tokens: Option<usize>,
    /// Most pieces of a text, for cnn, lstm, transformer, lora and encoder [default: 112].
    #[arg(long, value_name = "N")]
    pub(crate) longest: Option<usize>,
    /// Share of values blanked before the last layer, for all but linear and fasttext [default: 0.1].
    #[arg(long, value_name = "SHARE")]
    pub(crate) dropout: Option<f32>,
    /// Share of a target's probability spread over all labels, for single labels and all but linear and fasttext [default: 0.05].
    #[arg(long, value_name = "SHARE")]
    pub(crate) label_smoothing: Option<f32>,
    /// How the texts of rare labels count.
    #[arg(long, value_enum, default_value_t = Weights::Root)]
    pub(crate) class_weights: Weights,
    /// Lowest blocks that stay as they are, for encoder [default: 1].
    #[arg(long, value_name = "N")]
    pub(crate) frozen_layers: Option<usize>,
    /// What lora and encoder start from instead of the shipped encoder: one that `pretrain` made, by name, or the folder of a checkpoint.
    #[arg(long, value_name = "NAME|DIR")]
    pub(crate) base: Option<String>,
    /// Word vectors that `train word-vectors` made, as the first vectors of fasttext, cnn, lstm or transformer.
    #[arg(long, value_name = "NAME")]
    pub(crate) vectors: Option<String>,
    /// Rank of the adapters, for lora [default: 8].
    #[arg(long, value_name = "N")]
    pub(crate) adapter_rank: Option<usize>,
    /// Seed of everything random.
    #[arg(long, default_value_t = 42)]
    pub(crate) seed: u64,
    /// Goes on with the broken-off training of this name, with the data and settings it was started with.
    #[arg(long, conflicts_with_all = [
        "data", "validation", "mix", "text", "label", "target", "input_format", "architecture", "kind", "epochs", "rate", "patience",
        "batch_tokens", "longest", "dropout", "label_smoothing", "class_weights", "frozen_layers", "base", "vectors", "adapter_rank",
        "seed",
    ])]
    pub(crate) resume: bool,
}

/// Lists what can be trained, for the help.
fn architectures() -> String {
    let names: Vec<&str> = ARCHITECTURES.iter().map(|entry| entry.name).collect();
    format!("What is trained: {}", names.join(", "))
}

/// Further labelled texts, and how often a pass goes over them.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub(crate) struct Mix {
    /// Files, or a query.
    pub(crate) data: String,
    /// How often a pass goes over them; a part of a pass takes a part of them.
    pub(crate) passes: f64,
}

impl FromStr for Mix {
    type Err = String;

    fn from_str(value: &str) -> Result<Self, String> {
        let wrong = || {
            "give files or a query, `=`, and a number of passes above 0: more.csv=0.5".to_owned()
        };
        let (data, passes) = value.rsplit_once('=').ok_or_else(wrong)?;
        let passes: f64 = passes.trim().parse().map_err(|_| wrong())?;
        if data.trim().is_empty() || passes <= 0.0 || !passes.is_finite() {
            return Err(wrong());
        }
        Ok(Self { data: data.trim().to_owned(), passes })
    }
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
    /// File for the vectors in the text format of word2vec, for other programs.
    #[arg(long, value_name = "FILE")]
    pub(crate) text_out: Option<PathBuf>,
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
    /// A rating: labels are numbers, and count as evenly spaced.
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
    /// Another trained model with the same labels to compare with on the same texts (McNemar).
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
    /// Metric of a benchmark to show beside, such as tweeteval-stance [default: that of the TweetEval task with these labels].
    #[arg(long, value_name = "NAME")]
    pub(crate) metric: Option<String>,
    /// Writes a model card as HTML.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Writes every text with its label and what the model says, a line of JSON each: what it gets wrong, and how sure it is.
    #[arg(long, value_name = "FILE")]
    pub(crate) predictions: Option<PathBuf>,
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
    /// Fetches an encoder from a model hub or a folder, for `train --base` to start from, or takes the folder of a trained model.
    Pull(Pull),
    /// Measures every rung of the ladder on labelled texts and recommends one.
    Advise(Advise),
    /// Puts a cheap and a dear model together: the dear one is asked only when the cheap one is not sure.
    Cascade(Cascade),
}

#[derive(Debug, Args)]
pub(crate) struct Pull {
    /// Repository on the hub, OWNER/NAME or OWNER/NAME@REVISION, or the folder of an encoder or of a trained model.
    pub(crate) from: String,
    /// Name of it here [default: the last part of the repository's, or the name the model was trained under].
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
    /// Trained model that answers first; a task of the shipped model cannot be one: train a head on your labels.
    #[arg(long, value_name = "MODEL")]
    pub(crate) cheap: String,
    /// Trained model that answers what the first is not sure of.
    #[arg(long, value_name = "MODEL")]
    pub(crate) dear: String,
    /// Files with labelled texts that neither has learned from, or a query: half choose the threshold, the others measure it.
    #[arg(long, value_name = "FILES|QUERY", num_args = 1.., required = true)]
    pub(crate) data: Vec<String>,
    #[command(flatten)]
    pub(crate) columns: LabelledTexts,
    /// Share of the dear model's macro-F1 to keep.
    #[arg(long, value_name = "SHARE", default_value_t = 0.99)]
    pub(crate) quality: f64,
}

/// Forms of an exported encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Weights of bytes, activations rounded for each token; the form that `models.weights` reads.
    BytesPerToken,
    /// Weights of bytes, activations rounded for a batch, for which ONNX Runtime has fused kernels.
    BytesPerBatch,
    /// Floats throughout.
    Floats,
}
