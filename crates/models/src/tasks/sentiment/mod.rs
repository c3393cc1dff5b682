//! Whether a post speaks well or badly of what it is about.

use crate::tasks::Task;

/// Tells positive, neutral and negative posts apart.
pub(crate) struct Sentiment;

impl Task for Sentiment {
    fn name(&self) -> &'static str {
        "sentiment"
    }

    fn about(&self) -> &'static str {
        "Whether the author speaks well or badly of something (of the target, if given), or neither."
    }

    fn head_about_target(&self) -> Option<&'static str> {
        Some("target_sentiment")
    }

    fn labels(&self) -> &'static [&'static str] {
        &["negative", "neutral", "positive"]
    }

    fn card(&self) -> &'static str {
        include_str!("card.md")
    }

    fn golden(&self) -> &'static str {
        include_str!("golden.jsonl")
    }
}
