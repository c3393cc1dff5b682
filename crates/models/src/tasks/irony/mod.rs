//! Whether a post means what it says.

use crate::tasks::Task;

/// Tells ironic posts from literal ones.
pub(crate) struct Irony;

impl Task for Irony {
    fn name(&self) -> &'static str {
        "irony"
    }

    fn about(&self) -> &'static str {
        "Whether the author means what the post says (literal) or something else, often the opposite (ironic)."
    }

    fn is_experimental(&self) -> bool {
        true
    }

    fn labels(&self) -> &'static [&'static str] {
        &["literal", "ironic"]
    }

    fn card(&self) -> &'static str {
        include_str!("card.md")
    }

    fn golden(&self) -> &'static str {
        include_str!("golden.jsonl")
    }
}
