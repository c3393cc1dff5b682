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
}
