//! What can be wrong with what an analysis is given.

/// Says why an analysis cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InsightError {
    /// A topic that is expected says nothing of itself.
    #[error("the expected topic `{name}` has neither words nor examples; give some")]
    EmptyGuide {
        /// Its name.
        name: String,
    },
    /// There is nothing to learn from.
    #[error(
        "there are no posts to find topics in; collect posts and refresh, or give a file with texts"
    )]
    NoPosts,
    /// Embeddings do not fit the model they are given to.
    #[error(
        "embeddings have `{found}` numbers, the topics were fitted on `{expected}`; fit them again"
    )]
    Dimension {
        /// The numbers of an embedding.
        found: usize,
        /// The numbers the topics know.
        expected: usize,
    },
    /// An embedding holds what is no number.
    #[error(
        "the embedding of post `{post}` holds `{value}`, expected finite numbers; score it again"
    )]
    NotFinite {
        /// The post, counted from 0.
        post: usize,
        /// What it holds.
        value: f32,
    },
    /// A number of topics is impossible.
    #[error("`{0}` topics are asked for, at least 1 is possible; give another number")]
    Topics(usize),
    /// No topic has this id.
    #[error("there is no topic `{id}`; the topics are {known}")]
    UnknownTopic {
        /// The id as given.
        id: u64,
        /// The ids there are.
        known: String,
    },
    /// A merge needs several topics.
    #[error("one topic cannot be merged; name at least two different ones")]
    MergeOne,
    /// There is no series.
    #[error("the series has no bucket; give a file with rows, or a query that finds some")]
    NoBuckets,
    /// A bucket holds what is no number.
    #[error("bucket `{bucket}` holds `{value}`, expected a finite number; leave the row out")]
    BucketNotFinite {
        /// The bucket, counted from 0.
        bucket: usize,
        /// What it holds.
        value: f64,
    },
    /// The gaps of a series are too long to be filled.
    #[error(
        "with its gaps filled the series has `{buckets}` buckets, at most {} are possible; look for a wrong time, or leave the gaps",
        crate::trends::Series::MOST
    )]
    TooManyBuckets {
        /// The buckets it would have.
        buckets: usize,
    },
    /// Events are not in the order of time.
    #[error(
        "event `{event}` is not later than the one before; sort them, and put those of one time into batches"
    )]
    EventsNotInOrder {
        /// The event, counted from 0.
        event: usize,
    },
    /// A batch is impossible.
    #[error(
        "batch `{batch}` has `{relevant}` of `{all}` events, expected no more than all; count them again"
    )]
    MoreRelevantThanAll {
        /// The batch, counted from 0.
        batch: usize,
        /// The relevant ones.
        relevant: u64,
        /// All of them.
        all: u64,
    },
    /// An automaton of bursts is impossible.
    #[error(
        "bursts need a factor over 1, a gamma of 0 and more and a state, not `{factor}` and `{gamma}`; 2 and 1 are usual"
    )]
    BurstOptions {
        /// By which factor rates grow.
        factor: f64,
        /// What it costs to climb.
        gamma: f64,
    },
    /// Nothing is to be forecast.
    #[error("a horizon of `0` buckets is none; ask for at least 1")]
    Horizon,
    /// A level of an interval is impossible.
    #[error("a level of `{0}` is no percentage over 0 and under 100; 80 and 95 are usual")]
    Level(f64),
    /// There is no such method.
    #[error("there is no method `{name}`; choose of {known}")]
    UnknownForecaster {
        /// Its name as given.
        name: String,
        /// The methods there are.
        known: String,
    },
    /// A history has one answer to what is asked of it.
    #[error(
        "the answer was yes for `{yes}` of `{all}` items, expected both answers; give a longer history, or ask for another top"
    )]
    OneAnswer {
        /// How many had the answer yes.
        yes: usize,
        /// How many items were asked about.
        all: usize,
    },
}
