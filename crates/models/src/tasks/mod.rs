//! The tasks of the shipped model: what its heads say about a text.
//!
//! A task is a folder with its declaration, its card, and golden texts. To add one: train a head of its name (see
//! [`train`](crate::train)), add the folder, and name it in [`TASKS`].

mod emotion;
mod intent;
mod irony;
mod sentiment;
mod stance;
mod subject;
mod target_sentiment;
mod toxicity;

use crate::error::ModelError;

/// Is something a model says about a text by one label out of several.
pub trait Task: Sync {
    /// Gives the name: that of the head, of the SQL function, and of the column.
    fn name(&self) -> &'static str;

    /// Says in one sentence what the label means.
    fn about(&self) -> &'static str;

    /// Tells whether it asks for a target beside the text; such a task is a function of both and no column of `scored`.
    fn reads_target(&self) -> bool {
        false
    }

    /// Tells whether it misses more than a fifth of the plain texts it comes with: it can be called and measured, but is no column
    /// of `scored` and no figure of a report until it is better.
    fn is_experimental(&self) -> bool {
        false
    }

    /// Names the head that answers when a target is given beside the text, if there is one.
    fn head_about_target(&self) -> Option<&'static str> {
        self.reads_target().then(|| self.name())
    }

    /// Gives the labels in the order of the probabilities.
    fn labels(&self) -> &'static [&'static str];

    /// Gives the card in Markdown: data, licences, languages, scores, limits.
    fn card(&self) -> &'static str;

    /// Gives texts with their label and the probabilities of an independent implementation, one JSON object a line.
    fn golden(&self) -> &'static str;
}

/// Lists the tasks.
pub static TASKS: &[&dyn Task] = &[
    &sentiment::Sentiment,
    &emotion::Emotion,
    &intent::Intent,
    &toxicity::Toxicity,
    &irony::Irony,
    &subject::Subject,
    &stance::Stance,
    &target_sentiment::TargetSentiment,
];

/// Lists the tasks that are columns of `scored`: those that ask for nothing but a text and are good enough.
pub fn scored_tasks() -> impl Iterator<Item = &'static dyn Task> {
    text_tasks().filter(|task| !task.is_experimental())
}

/// Lists the tasks that ask for nothing but a text.
pub fn text_tasks() -> impl Iterator<Item = &'static dyn Task> {
    TASKS.iter().copied().filter(|task| !task.reads_target())
}

/// Finds a task by its name.
///
/// # Errors
/// Fails if there is none; the error names the nearest.
pub fn find_task(name: &str) -> Result<&'static dyn Task, ModelError> {
    if let Some(task) = TASKS.iter().find(|task| task.name() == name) {
        return Ok(*task);
    }
    let nearest =
        TASKS.iter().map(|task| task.name()).min_by_key(|known| strsim::levenshtein(known, name));
    let nearest = nearest.filter(|known| strsim::levenshtein(known, name) <= known.len() / 2);
    let remedy = match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => {
            let names: Vec<&str> = TASKS.iter().map(|task| task.name()).collect();
            format!("use one of `{}`", names.join("`, `"))
        }
    };
    Err(ModelError::Invalid(format!("unknown task `{name}`; {remedy}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_misspellings_answered() {
        for task in TASKS {
            assert_eq!(find_task(task.name()).unwrap().name(), task.name());
        }
        let error = find_task("sentimant").err().unwrap().to_string();
        assert_eq!(error, "unknown task `sentimant`; did you mean `sentiment`?");
        let error = find_task("weather forecast").err().unwrap().to_string();
        let names = "`sentiment`, `emotion`, `intent`, `toxicity`, `irony`, `subject`, `stance`, `target_sentiment`";
        assert_eq!(error, format!("unknown task `weather forecast`; use one of {names}"));
    }

    #[test]
    fn names_and_labels_are_lower_case_words_without_repetition() {
        for (index, task) in TASKS.iter().enumerate() {
            assert!(TASKS[..index].iter().all(|other| other.name() != task.name()));
            for (index, label) in task.labels().iter().enumerate() {
                assert!(label.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'));
                assert!(!task.labels()[..index].contains(label));
            }
            assert!(task.card().starts_with("# "));
        }
    }
}
