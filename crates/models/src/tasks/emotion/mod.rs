//! Which feeling a post shows.

use crate::tasks::Task;

/// Tells the feelings of authors apart.
pub(crate) struct Emotion;

impl Task for Emotion {
    fn name(&self) -> &'static str {
        "emotion"
    }

    fn about(&self) -> &'static str {
        "The strongest feeling the author shows, or neutral."
    }

    fn labels(&self) -> &'static [&'static str] {
        &["anger", "fear", "joy", "optimism", "sadness", "surprise", "neutral"]
    }

    fn card(&self) -> &'static str {
        include_str!("card.md")
    }

    fn golden(&self) -> &'static str {
        include_str!("golden.jsonl")
    }
}
