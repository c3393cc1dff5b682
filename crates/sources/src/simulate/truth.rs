//! What is planted in a simulated post, and so known without asking a model.

use serde::{Deserialize, Serialize};

/// Declares an enum whose variants have names, as phrase files write them.
macro_rules! named {
    ($(#[$doc:meta])* $visibility:vis enum $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every value in its declared order.
            $visibility const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Returns the name used in files.
            $visibility fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// Finds the value that has this name.
            $visibility fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }
    };
}
pub(super) use named;

named! {
    /// Says how the author feels about what the post is about.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Sentiment {
        /// Pleased.
        Positive = "positive",
        /// Neither, or a mere statement.
        Neutral = "neutral",
        /// Displeased; ironic praise counts as negative.
        Negative = "negative",
    }
}

named! {
    /// Names the strongest feeling a post shows.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Emotion {
        /// Annoyance up to rage.
        Anger = "anger",
        /// Worry up to panic.
        Fear = "fear",
        /// Delight, amusement, love.
        Joy = "joy",
        /// Hope and anticipation.
        Optimism = "optimism",
        /// Disappointment, loneliness, grief.
        Sadness = "sadness",
        /// Astonishment, pleasant or not.
        Surprise = "surprise",
        /// None of them.
        Neutral = "neutral",
    }
}

named! {
    /// Says what a post is meant to do.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    pub enum Intent {
        /// Recommends or thanks.
        Praise = "praise",
        /// Reports something wrong.
        Complaint = "complaint",
        /// Wants to know.
        Question = "question",
        /// Wants customer service to act.
        Request = "request",
        /// Announces or considers a purchase.
        Purchase = "purchase",
        /// Weighs one offer against another.
        Comparison = "comparison",
        /// Reports what happened, in the voice of a medium.
        News = "news",
        /// Wants to amuse.
        Joke = "joke",
        /// Advertises, openly or not.
        Promotion = "promotion",
        /// Answers a customer for a brand.
        Support = "support",
        /// Talks about life.
        Chat = "chat",
    }
}

/// Holds what the simulation planted in one post; written as one JSON line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// The post it describes.
    pub post_id: String,
    /// How the author feels; for a repost with a comment, how the comment feels.
    pub sentiment: Sentiment,
    /// The strongest feeling.
    pub emotion: Emotion,
    /// Subject in one word, e.g. `battery`, `delay`, `weather`; an answer or a repost has that of the post it refers to.
    pub topic: String,
    /// Latin name of the brand it is about, named in the text or in the post it answers.
    pub brand: Option<String>,
    /// What it is meant to do.
    pub intent: Intent,
    /// Whether a program wrote it: campaign and spam accounts.
    pub is_bot: bool,
    /// The family of near-duplicates it belongs to. Without one, a post is the only member of a family named by its own
    /// `post_id`; a repost carries the family of the post it repeats.
    pub story: Option<String>,
    /// Whether it belongs to the planted crisis: its first signs, the outbreak, the aftermath, and what answers them.
    pub crisis: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_files_and_in_json_agree() {
        for &emotion in Emotion::ALL {
            assert_eq!(serde_json::to_string(&emotion).unwrap(), format!("\"{}\"", emotion.name()));
            assert_eq!(Emotion::from_name(emotion.name()), Some(emotion));
        }
        assert_eq!(Intent::from_name("shopping"), None);
    }
}
