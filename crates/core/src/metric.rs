//! The names of what is measured, and the formulas that need no data but counts.

/// Names a measure of the field; its `name` is the column and option name everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Metric {
    /// Posts that match.
    Mentions,
    /// Families of near-duplicate posts that match.
    UniqueStories,
    /// Authors of the posts that match.
    UniqueAuthors,
    /// Likes + replies + reposts.
    Engagement,
    /// See [`net_sentiment`].
    NetSentiment,
    /// Share of negative posts.
    NegativeShare,
    /// Followers of the authors of the posts that match, each author once.
    Reach,
    /// Part of the mentions of all compared brands that are of one brand.
    ShareOfVoice,
}

impl Metric {
    /// Every measure, in the order in which they are listed to people.
    pub const ALL: &'static [Self] = &[
        Self::Mentions,
        Self::UniqueStories,
        Self::UniqueAuthors,
        Self::Engagement,
        Self::NetSentiment,
        Self::NegativeShare,
        Self::Reach,
        Self::ShareOfVoice,
    ];

    /// Returns its name in columns, options and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mentions => "mentions",
            Self::UniqueStories => "unique_stories",
            Self::UniqueAuthors => "unique_authors",
            Self::Engagement => "engagement",
            Self::NetSentiment => "net_sentiment",
            Self::NegativeShare => "negative_share",
            Self::Reach => "reach",
            Self::ShareOfVoice => "share_of_voice",
        }
    }
}

/// Computes net sentiment, (P − N) / (P + N + U), from −1 to 1; nothing when there are no posts.
///
/// P, N and U count positive, negative and neutral posts; neutral ones stay in the denominator.
pub fn net_sentiment(positive: u64, negative: u64, neutral: u64) -> Option<f64> {
    let all = positive + negative + neutral;
    (all > 0).then(|| (positive as f64 - negative as f64) / all as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn net_sentiment_counts_neutral_posts() {
        assert_eq!(net_sentiment(3, 1, 4), Some(0.25));
        assert_eq!(net_sentiment(0, 0, 0), None);
    }

    #[test]
    fn names_are_distinct() {
        let mut names: Vec<_> = Metric::ALL.iter().map(|m| m.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Metric::ALL.len());
    }
}
