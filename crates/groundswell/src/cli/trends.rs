//! The commands about series over time.

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Subcommand};
use groundswell_insight::trends::DETECTORS;
use groundswell_insight::trends::forecast::{ENSEMBLE, FORECASTERS};

#[derive(Debug, Args)]
pub(crate) struct Trends {
    #[command(subcommand)]
    pub(crate) what: TrendsWhat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TrendsWhat {
    /// Finds spikes: start, peak, end, what is more than expected, and how far that goes beyond what the series knows.
    #[command(
        after_help = "Examples: groundswell trends detect --series volume.csv\n          groundswell trends detect --series volume.csv --detector counts --scores --format json\n          groundswell trends detect --series \"SELECT date_trunc('hour', created_at) AS timestamp, count(*) AS value FROM posts GROUP BY 1\" --gaps zero"
    )]
    Detect(DetectSpikes),
    /// Says what comes next, with intervals that hold the value as often as they say.
    #[command(
        after_help = "Examples: groundswell trends forecast --series volume.csv --horizon 48\n          groundswell trends forecast --series volume.csv --horizon 13 --level 50,80,95 --format json\n          groundswell trends forecast --series brands.csv --by brand --horizon 24 --method mstl"
    )]
    Forecast(ForecastSeries),
}

#[derive(Debug, Args)]
pub(crate) struct SeriesSource {
    /// A file with a row for each bucket, or a query that starts with SELECT or WITH.
    #[arg(long, value_name = "FILE|QUERY")]
    pub(crate) series: String,
    /// Column that says when a bucket begins.
    #[arg(long, value_name = "NAME", default_value = "timestamp")]
    pub(crate) time: String,
    /// Column with the value of a bucket.
    #[arg(long, value_name = "NAME", default_value = "value")]
    pub(crate) value: String,
    /// Column that tells series apart; the result has it, too.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Format of the file, if its name does not tell.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) input_format: Option<String>,
    /// What buckets mean that have no row.
    #[arg(long, value_enum, default_value_t = GapsMean::Unknown)]
    pub(crate) gaps: GapsMean,
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

fn detectors() -> PossibleValuesParser {
    let kinds = DETECTORS.iter().map(|kind| PossibleValue::new(kind.name).help(kind.about));
    PossibleValuesParser::new(kinds)
}

fn methods() -> PossibleValuesParser {
    let ensemble =
        PossibleValue::new(ENSEMBLE).help("all of the others, each as far as it was right before");
    let kinds = FORECASTERS.iter().map(|kind| PossibleValue::new(kind.name).help(kind.about));
    PossibleValuesParser::new([ensemble].into_iter().chain(kinds))
}
