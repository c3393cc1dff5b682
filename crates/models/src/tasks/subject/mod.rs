//! Which section of a newspaper a post belongs to.

use crate::tasks::Task;

/// Tells the sections of a newspaper apart.
pub(crate) struct Subject;

impl Task for Subject {
    fn name(&self) -> &'static str {
        "subject"
    }

    fn about(&self) -> &'static str {
        "Which section of a newspaper the post belongs to."
    }

    fn labels(&self) -> &'static [&'static str] {
        &[
            "politics",
            "society",
            "business",
            "technology",
            "science",
            "education",
            "sports",
            "entertainment",
            "culture",
            "games",
            "automotive",
            "property",
            "travel",
            "military",
            "agriculture",
        ]
    }

    fn card(&self) -> &'static str {
        include_str!("card.md")
    }

    fn golden(&self) -> &'static str {
        include_str!("golden.jsonl")
    }
}
