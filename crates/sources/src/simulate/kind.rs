//! Where and when a phrase is used: the words that stand in the headers of phrase files.

use super::truth::{Emotion, Intent, Sentiment, named};

named! {
    /// Says where a family of phrases is used.
    pub(super) enum Kind {
        /// Recommends a product.
        Praise = "praise",
        /// Complains of a product.
        Complaint = "complaint",
        /// Asks about a product.
        Question = "question",
        /// Asks customer service to act.
        Service = "service",
        /// Buys or is about to.
        Purchase = "purchase",
        /// Weighs two products.
        Comparison = "comparison",
        /// Jokes about a product.
        Joke = "joke",
        /// Says the opposite of what is meant.
        Irony = "irony",
        /// Mentions a product in passing.
        Usage = "usage",
        /// Talks about life without a brand.
        Life = "life",
        /// Reports as a medium does.
        News = "news",
        /// First signs of a crisis.
        Signal = "signal",
        /// Its outbreak.
        Outbreak = "outbreak",
        /// Reactions to the apology.
        Apology = "apology",
        /// Reactions to a new product.
        Launch = "launch",
        /// Posts of a topic that is just emerging.
        Emerging = "emerging",
        /// Promotion by a group of accounts.
        Campaign = "campaign",
        /// Unwanted advertising.
        Spam = "spam",
        /// Answers to a post.
        Reply = "reply",
        /// Answers of customer service.
        Support = "support",
        /// Comments in front of a repost.
        Repost = "repost",
        /// Goes before a sentence.
        Opener = "opener",
        /// Goes after a sentence.
        Tail = "tail",
        /// Stands above a long post.
        Title = "title",
    }
}

named! {
    /// Says what kind of post a phrase goes with or answers.
    pub(super) enum Mood {
        /// Every kind.
        Any = "any",
        /// Pleased posts.
        Positive = "positive",
        /// Statements.
        Neutral = "neutral",
        /// Displeased posts; answers and titles for them go with sad ones too.
        Negative = "negative",
        /// Sad and fearful posts.
        Sad = "sad",
        /// Questions.
        Question = "question",
        /// Jokes.
        Funny = "funny",
    }
}

named! {
    /// Says at which local time a phrase makes sense.
    pub(super) enum When {
        /// 5 to 11 o'clock.
        Morning = "morning",
        /// 11 to 14 o'clock.
        Noon = "noon",
        /// 17 to 23 o'clock.
        Evening = "evening",
        /// 23 to 5 o'clock.
        Night = "night",
        /// Saturday and Sunday.
        Weekend = "weekend",
        /// Monday to Friday.
        Workday = "workday",
        /// Monday.
        Monday = "monday",
        /// Friday.
        Friday = "friday",
    }
}

impl When {
    /// Tells whether a local hour (0 … 23) of a weekday (0 is Monday) fits.
    pub(super) fn fits(self, hour: i64, weekday: i64) -> bool {
        match self {
            Self::Morning => (5..11).contains(&hour),
            Self::Noon => (11..14).contains(&hour),
            Self::Evening => (17..23).contains(&hour),
            Self::Night => !(5..23).contains(&hour),
            Self::Weekend => weekday >= 5,
            Self::Workday => weekday < 5,
            Self::Monday => weekday == 0,
            Self::Friday => weekday == 4,
        }
    }
}

impl Mood {
    /// Tells whether a phrase for posts of this mood goes with a post of another one.
    pub(super) fn goes_with(self, mood: Mood, kind: Kind) -> bool {
        let takes_sad = matches!(kind, Kind::Reply | Kind::Repost | Kind::Title);
        self == Self::Any
            || self == mood
            || (self == Self::Negative && mood == Self::Sad && takes_sad)
    }
}

/// Returns what a kind of phrase means unless its header says otherwise.
pub(super) fn usual(kind: Kind) -> (Intent, Sentiment, Emotion) {
    let intent = match kind {
        Kind::Praise | Kind::Launch => Intent::Praise,
        Kind::Complaint | Kind::Irony | Kind::Outbreak | Kind::Apology | Kind::Signal => {
            Intent::Complaint
        }
        Kind::Question => Intent::Question,
        Kind::Service => Intent::Request,
        Kind::Purchase => Intent::Purchase,
        Kind::Comparison => Intent::Comparison,
        Kind::Joke => Intent::Joke,
        Kind::News => Intent::News,
        Kind::Campaign | Kind::Spam => Intent::Promotion,
        Kind::Support => Intent::Support,
        _ => Intent::Chat,
    };
    let (sentiment, emotion) = match kind {
        Kind::Praise | Kind::Launch | Kind::Emerging | Kind::Campaign => {
            (Sentiment::Positive, Emotion::Joy)
        }
        Kind::Purchase => (Sentiment::Positive, Emotion::Optimism),
        Kind::Complaint | Kind::Irony | Kind::Outbreak | Kind::Apology | Kind::Service => {
            (Sentiment::Negative, Emotion::Anger)
        }
        Kind::Signal => (Sentiment::Negative, Emotion::Fear),
        _ => (Sentiment::Neutral, Emotion::Neutral),
    };
    (intent, sentiment, emotion)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sad_posts_take_answers_for_displeased_ones_but_not_their_tails() {
        assert!(Mood::Negative.goes_with(Mood::Sad, Kind::Reply));
        assert!(!Mood::Negative.goes_with(Mood::Sad, Kind::Tail));
        assert!(Mood::Any.goes_with(Mood::Question, Kind::Tail));
    }

    #[test]
    fn times_are_local() {
        assert!(When::Night.fits(23, 2) && When::Night.fits(4, 2) && !When::Night.fits(5, 2));
        assert!(When::Monday.fits(9, 0) && !When::Weekend.fits(9, 4) && When::Weekend.fits(9, 5));
    }
}
