//! The commands about series over time.

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Subcommand};
use groundswell_engine::trends::{BUCKETS, GROUPS, MEASURES};
use groundswell_insight::trends::DETECTORS;
use groundswell_insight::trends::forecast::{ENSEMBLE, FORECASTERS};

#[derive(Debug, Args)]
pub(crate) struct Trends {
    #[command(subcommand)]
    pub(crate) what: TrendsWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TrendsWhat {
    /// Gives series over the workspace: of what, what is counted, and in which buckets; buckets without posts are there, too.
    #[command(
        after_help = "Examples: groundswell trends series --by hashtag --top 10\n          groundswell trends series --by topic --measure net_sentiment --bucket day --time-zone Asia/Shanghai --format csv"
    )]
    Series(WorkspaceSeries),
    /// Finds spikes: start, peak, end, what is more than expected, and how far that goes beyond what the series knows.
    #[command(
        after_help = "Examples: groundswell trends detect --series volume.csv\n          groundswell trends detect --series volume.csv --detector counts --scores --format json\n          groundswell trends detect --by hashtag --why\n          groundswell trends detect --series \"SELECT date_trunc('hour', created_at) AS timestamp, count(*) AS value FROM posts GROUP BY 1\" --gaps zero"
    )]
    Detect(DetectSpikes),
    /// Says what comes next, with intervals that hold the value as often as they say.
    #[command(
        after_help = "Examples: groundswell trends forecast --series volume.csv --horizon 48\n          groundswell trends forecast --series volume.csv --horizon 13 --level 50,80,95 --format json\n          groundswell trends forecast --series brands.csv --by brand --horizon 24 --method mstl\n          groundswell trends forecast --by topic --measure negative_share --bucket day --horizon 7"
    )]
    Forecast(ForecastSeries),
}

#[derive(Debug, Args)]
pub(crate) struct SeriesSource {
    /// A file with a row for each bucket, or a query that starts with SELECT or WITH; without it, the posts of the workspace.
    #[arg(long, value_name = "FILE|QUERY", conflicts_with = "Selection")]
    pub(crate) series: Option<String>,
    /// Column that says when a bucket begins.
    #[arg(long, value_name = "NAME", default_value = "timestamp")]
    pub(crate) time: String,
    /// Column with the value of a bucket.
    #[arg(long, value_name = "NAME", default_value = "value")]
    pub(crate) value: String,
    /// Column that tells series apart; the result has it, too. Of the workspace: topic, hashtag, term and others; see `trends series --help`.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Format of the file, if its name does not tell.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) input_format: Option<String>,
    /// What buckets mean that have no row.
    #[arg(long, value_enum, default_value_t = GapsMean::Unknown)]
    pub(crate) gaps: GapsMean,
    #[command(flatten)]
    pub(crate) selection: Selection,
}

#[derive(Debug, Args)]
pub(crate) struct WorkspaceSeries {
    /// How posts are told apart.
    #[arg(long, value_name = "NAME", default_value = "all", value_parser = groups())]
    pub(crate) by: String,
    #[command(flatten)]
    pub(crate) selection: Selection,
}

/// Which series of the workspace are asked for.
#[derive(Debug, Args)]
#[group(id = "Selection", multiple = true)]
pub(crate) struct Selection {
    /// What is counted [default: posts].
    #[arg(long, value_name = "NAME", value_parser = measures())]
    pub(crate) measure: Option<String>,
    /// Length of the buckets [default: hour].
    #[arg(long, value_name = "NAME", value_parser = buckets())]
    pub(crate) bucket: Option<String>,
    /// Where days and weeks begin, such as Asia/Shanghai or +08:00 [default: UTC].
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
    /// First moment, such as 2026-11-01 or 2026-11-01T08:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// First moment that is left out.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// The series that are wanted, by name.
    #[arg(long, value_name = "NAME", value_delimiter = ',', conflicts_with = "top")]
    pub(crate) only: Vec<String>,
    /// How many of the greatest, by posts [default: 20].
    #[arg(long, value_name = "SERIES")]
    pub(crate) top: Option<usize>,
}

/// What buckets mean that have no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum GapsMean {
    /// Nothing is known of them.
    Unknown,
    /// Nothing happened in them.
    Zero,
}

#[derive(Debug, Args)]
pub(crate) struct DetectSpikes {
    #[command(flatten)]
    pub(crate) source: SeriesSource,
    /// How spikes are found [default: counts for counts of an hour and more, else peaks].
    #[arg(long, value_name = "NAME", value_parser = detectors())]
    pub(crate) detector: Option<String>,
    /// Score, over 0 up to 1, from which on a bucket begins a spike.
    #[arg(long, value_name = "SCORE", default_value_t = 0.5)]
    pub(crate) threshold: f64,
    /// Also gives the score of every bucket, by nothing but those before it.
    #[arg(long)]
    pub(crate) scores: bool,
    /// Says of every spike of the workspace what its excess is made of: hashtags, terms, stories, authors, platforms, languages, sentiment.
    #[arg(long, conflicts_with_all = ["series", "scores"])]
    pub(crate) why: bool,
    /// How many of the greatest spikes are explained.
    #[arg(long, value_name = "SPIKES", default_value_t = 10, requires = "why")]
    pub(crate) explained: usize,
}

#[derive(Debug, Args)]
pub(crate) struct ForecastSeries {
    #[command(flatten)]
    pub(crate) source: SeriesSource,
    /// How many buckets are forecast.
    #[arg(long, value_name = "BUCKETS")]
    pub(crate) horizon: usize,
    /// Percentages of the intervals.
    #[arg(long, value_name = "PERCENT", value_delimiter = ',', default_values_t = [50.0, 80.0, 95.0])]
    pub(crate) level: Vec<f64>,
    /// Periods that may be in the series, in buckets [default: day, week and year, by the length of a bucket].
    #[arg(long, value_name = "BUCKETS", value_delimiter = ',')]
    pub(crate) period: Vec<usize>,
    /// How it is forecast.
    #[arg(long, value_name = "NAME", default_value = ENSEMBLE, value_parser = methods())]
    pub(crate) method: String,
}

fn groups() -> PossibleValuesParser {
    named(GROUPS.iter().map(|group| (group.name, group.about)))
}

fn measures() -> PossibleValuesParser {
    named(MEASURES.iter().map(|measure| (measure.name, measure.about)))
}

fn buckets() -> PossibleValuesParser {
    BUCKETS.iter().map(|bucket| bucket.name).collect::<Vec<_>>().into()
}

fn named(choices: impl Iterator<Item = (&'static str, &'static str)>) -> PossibleValuesParser {
    PossibleValuesParser::new(choices.map(|(name, about)| PossibleValue::new(name).help(about)))
}

fn detectors() -> PossibleValuesParser {
    named(DETECTORS.iter().map(|kind| (kind.name, kind.about)))
}

fn methods() -> PossibleValuesParser {
    let ensemble =
        PossibleValue::new(ENSEMBLE).help("all of the others, each as far as it was right before");
    let kinds = FORECASTERS.iter().map(|kind| PossibleValue::new(kind.name).help(kind.about));
    PossibleValuesParser::new([ensemble].into_iter().chain(kinds))
}
