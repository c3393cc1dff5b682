//! The command line, declared once: help, completions and the reference come from here.

mod models;
mod topics;
mod trends;

pub(crate) use models::*;
pub(crate) use topics::*;
pub(crate) use trends::*;

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
    /// Shows everything on simulated posts: collect, prepare, score, topics, report. Needs no network.
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
        after_help = "Examples: groundswell train --name mine --data labels.csv\n          groundswell train --name mine --data labels.csv --architecture encoder --epochs 3\n          groundswell train --name brand --data rows.jsonl --text body --label feeling --target brand\n          groundswell train --name cheap --architecture linear --data \"SELECT text, sentiment(text)['label'] AS label FROM posts\"\n          groundswell train --name mine --data labels.csv --mix more.csv=0.5\n          groundswell train --name mine --resume\n          groundswell train word-vectors --name words --data \"SELECT text FROM posts\""
    )]
    Train(Box<Train>),
    /// Goes on with the pre-training of the encoder on your own posts; `train --base` then starts from there.
    #[command(
        after_help = "Examples: groundswell pretrain --name college --data \"SELECT text FROM posts\"\n          groundswell pretrain --name cars --data 'forum/*.jsonl.gz' --check labels.csv\n          groundswell train --name mine --data labels.csv --architecture encoder --base college"
    )]
    Pretrain(Pretrain),
    /// Measures a task or a trained model on labelled texts.
    #[command(
        after_help = "Examples: groundswell evaluate --model mine --data test.csv\n          groundswell evaluate --task sentiment --data test.jsonl --out card.html\n          groundswell evaluate --model mine --against other --data test.csv --predictions said.jsonl\n          groundswell evaluate --task toxicity --labels 'fine=none,rude=offensive+hateful' --data test.csv"
    )]
    Evaluate(Evaluate),
    /// Lists the models, shipped and trained: versions, labels, scores, limits.
    #[command(
        after_help = "Examples: groundswell models\n          groundswell models sentiment\n          groundswell models mine --card card.html\n          groundswell models pull intfloat/multilingual-e5-small --name e5\n          groundswell models advise --task sentiment --data labels.csv --budget 2000\n          groundswell models cascade --name quick --cheap linear --dear mine --data labels.csv"
    )]
    Models(Box<Models>),
    /// Finds what people talk about.
    #[command(
        after_help = "Examples: groundswell topics fit\n          groundswell topics list\n          groundswell topics show 3\n          groundswell topics evaluate --data posts.jsonl --topics 20 --format json"
    )]
    Topics(Topics),
    /// Finds what stands out over time.
    #[command(after_help = "Example: groundswell trends detect --series volume.csv")]
    Trends(Trends),
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
