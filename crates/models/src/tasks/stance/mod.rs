//! Whether a post is for or against a target.

use crate::tasks::Task;

/// Tells apart whether authors are for or against a target.
pub(crate) struct Stance;

impl Task for Stance {
    fn name(&self) -> &'static str {
        "stance"
    }

    fn about(&self) -> &'static str {
        "Whether the author is for the target (favor), against it, or takes no side (none)."
    }

    fn reads_target(&self) -> bool {
        true
    }

    fn is_experimental(&self) -> bool {
        true
    }

    fn labels(&self) -> &'static [&'static str] {
        &["against", "favor", "none"]
    }

    fn card(&self) -> &'static str {
        include_str!("card.md")
    }

    fn golden(&self) -> &'static str {
        include_str!("golden.jsonl")
    }
}
