//! Whether a post speaks well or badly of a target.

use crate::tasks::Task;

/// Tells positive, neutral and negative feelings towards a target apart.
pub(crate) struct TargetSentiment;

impl Task for TargetSentiment {
    fn name(&self) -> &'static str {
        "target_sentiment"
    }

    fn about(&self) -> &'static str {
        "Whether the author speaks well or badly of the target, or neither."
    }

    fn reads_target(&self) -> bool {
        true
    }

    fn is_experimental(&self) -> bool {
        true
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
