//! What stands at the head of a card: its main numbers and the facts of the model.

use super::curves::whole;
use super::input::{CardEvaluation, CardInput};
use super::measures::{decimal, ends, title};

/// Names the measures that may stand at the top, the first ones first: of tasks of one label a text, of several, of ratings.
const HEADLINES: [&str; 8] = [
    "macro_f1",
    "accuracy",
    "ece",
    "micro_f1",
    "subset_accuracy",
    "mae",
    "spearman",
    "quadratic_weighted_kappa",
];
/// How many measures stand at the top.
const HEADLINE_COUNT: usize = 3;

/// Holds one number at the top of the page.
pub(super) struct Number {
    pub label: &'static str,
    pub value: String,
    pub note: String,
}

/// Fills the numbers at the top: the first measures that there are, then speed and sizes.
pub(super) fn numbers(input: &CardInput) -> Vec<Number> {
    let evaluation = input.evaluation.as_ref();
    let value = |name: &str| evaluation.and_then(|e| e.measures.get(name).copied());
    let mut names = HEADLINES;
    names.sort_by_key(|name| value(name).is_none());
    let number = |label, value, note| Number { label, value, note };
    let mut numbers = Vec::with_capacity(HEADLINE_COUNT + 3);
    for name in names.into_iter().take(HEADLINE_COUNT) {
        numbers.push(number(title(name), decimal(value(name)), note_of(evaluation, name)));
    }
    numbers.extend([
        number("texts scored", dash(evaluation.map(|e| whole(e.texts))), trained_on(input)),
        number("posts per second", dash(input.posts_per_second.and_then(speed)), String::new()),
        number("size", dash(input.bytes.map(size)), String::new()),
    ]);
    numbers
}

/// Writes the interval of a measure, if it has one.
fn note_of(evaluation: Option<&CardEvaluation>, name: &str) -> String {
    match evaluation.and_then(|e| e.intervals.get(name).copied().flatten()) {
        Some(interval) => format!("95 % interval {}", ends(Some(interval))),
        None => String::new(),
    }
}

/// Writes how many texts the split `train` holds, if there is one.
fn trained_on(input: &CardInput) -> String {
    match input.rows.iter().find(|rows| rows.split == "train") {
        Some(train) => format!("trained on {} texts", whole(train.rows)),
        None => String::new(),
    }
}

/// Lists what is known of the model and its training; what is not is left out.
pub(super) fn facts(input: &CardInput) -> Vec<(&'static str, String)> {
    let mut rows = Vec::with_capacity(input.rows.len());
    for split in &input.rows {
        rows.push(format!("{} {}", split.split, whole(split.rows)));
    }
    let facts = [
        ("task", input.task.clone()),
        ("labels", input.labels.join(", ")),
        ("languages", input.languages.join(", ")),
        ("architecture", input.architecture.clone()),
        ("labelled texts", rows.join(" · ")),
        ("data fingerprint", input.data_fingerprint.clone()),
        ("seed", input.seed.map(|seed| seed.to_string()).unwrap_or_default()),
        ("temperature", input.temperature.map(|value| decimal(Some(value))).unwrap_or_default()),
        ("code version", input.code_version.clone()),
        ("trained", input.created.clone()),
    ];
    facts.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn dash(value: Option<String>) -> String {
    value.unwrap_or_else(|| "–".to_owned())
}

/// Writes a speed: whole posts from ten on, one decimal below.
fn speed(posts_per_second: f64) -> Option<String> {
    if !posts_per_second.is_finite() || posts_per_second < 0.0 {
        return None;
    }
    Some(if posts_per_second < 10.0 {
        format!("{posts_per_second:.1}")
    } else {
        whole(posts_per_second.round() as u64)
    })
}

/// Writes a size in decimal units.
fn size(bytes: u64) -> String {
    for (unit, name) in [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")] {
        if bytes >= unit {
            return format!("{:.1} {name}", bytes as f64 / unit as f64);
        }
    }
    format!("{bytes} bytes")
}

#[cfg(test)]
mod tests {
    use super::super::input::SplitRows;
    use super::*;

    #[test]
    fn sizes_and_speeds_are_readable() {
        assert_eq!(
            (size(12), size(1_500), size(2_000_000_000)),
            ("12 bytes".into(), "1.5 kB".into(), "2.0 GB".into())
        );
        assert_eq!((speed(3.21), speed(-1.0)), (Some("3.2".to_owned()), None));
    }

    #[test]
    fn measures_that_there_are_stand_at_the_top() {
        let mut evaluation = CardEvaluation::default();
        for name in ["spearman", "mse", "mae"] {
            evaluation.measures.insert(name.to_owned(), 0.5);
        }
        let input = CardInput { evaluation: Some(evaluation), ..CardInput::default() };
        let labels: Vec<&str> = numbers(&input).iter().map(|number| number.label).collect();
        assert_eq!(labels[..2], ["mean absolute error", "Spearman correlation"]);
    }

    #[test]
    fn only_known_facts_are_listed() {
        let mut input = CardInput { task: "irony".to_owned(), ..CardInput::default() };
        assert_eq!(facts(&input), [("task", "irony".to_owned())]);
        input.rows = vec![
            SplitRows { split: "train".to_owned(), rows: 1000 },
            SplitRows { split: "test".to_owned(), rows: 10 },
        ];
        assert_eq!(facts(&input)[1].1, "train 1,000 · test 10");
        let numbers = numbers(&input);
        assert_eq!(
            (numbers[0].value.as_str(), numbers[3].note.as_str()),
            ("–", "trained on 1,000 texts")
        );
    }
}
