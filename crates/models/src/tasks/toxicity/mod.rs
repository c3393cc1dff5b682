//! Whether a post insults somebody or is hateful.

use crate::tasks::Task;

/// Tells offensive and hateful posts from the rest.
pub(crate) struct Toxicity;

impl Task for Toxicity {
    fn name(&self) -> &'static str {
        "toxicity"
    }

    fn about(&self) -> &'static str {
        "Whether the post insults somebody (offensive), attacks a group of people (hateful), or neither."
    }

    fn is_experimental(&self) -> bool {
        true
    }

    fn labels(&self) -> &'static [&'static str] {
        &["none", "offensive", "hateful"]
    }

    fn card(&self) -> &'static str {
        include_str!("card.md")
    }

    fn golden(&self) -> &'static str {
        include_str!("golden.jsonl")
    }
}
