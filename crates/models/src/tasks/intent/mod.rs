//! What the author of a post wants.

use crate::tasks::Task;

/// Tells apart what authors want.
pub(crate) struct Intent;

impl Task for Intent {
    fn name(&self) -> &'static str {
        "intent"
    }

    fn about(&self) -> &'static str {
        "What the author wants: to ask, complain, praise, request, buy or suggest something, or something else."
    }

    fn labels(&self) -> &'static [&'static str] {
        &["question", "complaint", "praise", "request", "purchase_intent", "suggestion", "other"]
    }

    fn card(&self) -> &'static str {
        include_str!("card.md")
    }

    fn golden(&self) -> &'static str {
        include_str!("golden.jsonl")
    }
}
