//! Fills the page of a card. Everything is text already, so that the template only lays out.

use askama::Template;

use super::comparison::{Comparison, comparison};
use super::confusion::{Confusion, confusion};
use super::curves::{Drawn, course, reliability, whole};
use super::facts::{Number, facts, numbers};
use super::input::{CardInput, ClassRow};
use super::measures::{decimal, measures};
use crate::report::{ReportError, palette};

/// Layout of the report, on which cards build; colours come from the palette.
const STYLE: &str = include_str!("../../templates/style.css");
/// Layout of what only cards have.
const CARD_STYLE: &str = include_str!("../../templates/card.css");

/// Holds the whole page.
#[derive(Template)]
#[template(path = "card.html")]
struct Page<'a> {
    input: &'a CardInput,
    /// Style sheet; made of constants alone.
    css: String,
    numbers: Vec<Number>,
    facts: Vec<(&'static str, String)>,
    measures: Option<Grid>,
    comparison: Option<Comparison>,
    classes: Vec<ClassView>,
    confusion: Option<Confusion>,
    charts: Vec<ChartView>,
    program: &'static str,
}

/// Holds a plain table: the first column names, the others are numbers.
pub(super) struct Grid {
    pub heads: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// Holds the scores of one label.
struct ClassView {
    label: String,
    texts: String,
    precision: String,
    recall: String,
    f1: String,
    auroc: String,
    /// Width of the bar of F1 in percent.
    width: String,
}

/// Holds one chart with its table twin.
struct ChartView {
    id: &'static str,
    title: &'static str,
    note: &'static str,
    drawn: Drawn,
}

/// Writes a model card as one HTML file that needs no network and no scripts. Parts that the input lacks are left out.
///
/// # Errors
/// [`ReportError::Chart`] and [`ReportError::Page`] when drawing or writing fails.
pub fn render_card(input: &CardInput) -> Result<String, ReportError> {
    let evaluation = input.evaluation.as_ref();
    let page = Page {
        input,
        css: palette::variables() + STYLE + CARD_STYLE,
        numbers: numbers(input),
        facts: facts(input),
        measures: evaluation.map(measures).filter(|grid| !grid.rows.is_empty()),
        comparison: evaluation.and_then(|e| e.against.as_ref()).map(comparison),
        classes: evaluation.map(|e| e.classes.iter().map(class_view).collect()).unwrap_or_default(),
        confusion: evaluation.and_then(confusion),
        charts: charts(input)?,
        program: env!("CARGO_PKG_VERSION"),
    };
    Ok(page.render()?)
}

/// Draws the charts that there are numbers for.
fn charts(input: &CardInput) -> Result<Vec<ChartView>, ReportError> {
    let bins = input.evaluation.as_ref().map_or(&[][..], |e| &e.reliability.bins);
    let drawn = [
        (
            "reliability",
            "Reliability",
            "How often predictions of a confidence are right. Bars that end at the line are honest, below it boastful, above it too careful.",
            reliability(bins)?,
        ),
        (
            "loss",
            "Training loss",
            "Mean loss on training texts, by epoch.",
            course("training loss", &input.training, |point| point.loss)?,
        ),
        (
            "course",
            "Validation score",
            "Macro F1 on validation texts, by epoch; micro F1 where a text may have several labels.",
            course("validation score", &input.training, |point| point.score)?,
        ),
    ];
    let mut charts = Vec::with_capacity(drawn.len());
    for (id, title, note, drawn) in drawn {
        if let Some(drawn) = drawn {
            charts.push(ChartView { id, title, note, drawn });
        }
    }
    Ok(charts)
}

fn class_view(class: &ClassRow) -> ClassView {
    let width = if class.f1.is_finite() { class.f1.clamp(0.0, 1.0) * 100.0 } else { 0.0 };
    ClassView {
        label: class.label.clone(),
        texts: whole(class.support),
        precision: decimal(Some(class.precision)),
        recall: decimal(Some(class.recall)),
        f1: decimal(Some(class.f1)),
        auroc: decimal(class.auroc),
        width: format!("{width:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::input::{
        CardComparison, CardEvaluation, CardInterval, CardReliability, ReliabilityRow, SplitRows,
        TrainingPoint,
    };
    use super::*;

    /// Parts that a card has if there is something to show in them.
    const PARTS: [&str; 9] = [
        "measures",
        "comparison",
        "labels",
        "confusion",
        "reliability",
        "loss",
        "course",
        "notes",
        "limits",
    ];

    const HOSTILE: &str = "</style><script>alert(1)</script>\" onload=\"x' & <b>";

    /// Fills every part of a card; all texts are `text`.
    fn full(text: &str) -> CardInput {
        let class = |f1, support| ClassRow {
            label: text.to_owned(),
            support,
            precision: 0.75,
            recall: 0.5,
            f1,
            auroc: Some(0.9),
        };
        let mut evaluation = CardEvaluation {
            texts: 1234,
            classes: vec![class(0.6, 1000), class(0.25, 234)],
            confusion: vec![vec![900, 100], vec![34, 200]],
            reliability: CardReliability {
                bins: vec![ReliabilityRow {
                    low: 0.5,
                    high: 1.0,
                    texts: 1234,
                    confidence: Some(0.75),
                    accuracy: Some(0.7),
                }],
            },
            against: Some(CardComparison { model: text.to_owned(), ..CardComparison::default() }),
            ..CardEvaluation::default()
        };
        for (name, value) in [("macro_f1", 0.425), ("accuracy", 0.8914), ("ece", 0.05)] {
            evaluation.measures.insert(name.to_owned(), value);
        }
        evaluation.measures.insert(text.to_owned(), 0.1);
        let interval = CardInterval { low: 0.4, high: 0.45 };
        evaluation.intervals.insert("macro_f1".to_owned(), Some(interval));
        let point =
            |epoch, loss, score| TrainingPoint { epoch, loss: Some(loss), score: Some(score) };
        CardInput {
            name: text.to_owned(),
            version: text.to_owned(),
            task: text.to_owned(),
            architecture: text.to_owned(),
            labels: vec![text.to_owned(), text.to_owned()],
            languages: vec![text.to_owned()],
            rows: vec![
                SplitRows { split: "train".to_owned(), rows: 9876 },
                SplitRows { split: text.to_owned(), rows: 12 },
            ],
            data_fingerprint: text.to_owned(),
            seed: Some(7),
            code_version: text.to_owned(),
            created: text.to_owned(),
            temperature: Some(1.25),
            posts_per_second: Some(1502.4),
            bytes: Some(32_400_000),
            notes: text.to_owned(),
            limits: text.to_owned(),
            evaluation: Some(evaluation),
            training: vec![point(1, 1.1, 0.2), point(2, 0.6, 0.4), point(3, 0.5, 0.425)],
        }
    }

    #[test]
    fn a_full_card_shows_every_part() {
        let html = render_card(&full("positive")).unwrap();
        for id in PARTS.iter().chain(&["about"]) {
            assert_eq!(html.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
        }
        let shown = [
            "0.425",
            "95 % interval 0.400 to 0.450",
            "0.891",
            "1,234",
            "1,502",
            "32.4 MB",
            "1.250",
            "9,876",
            "90.0%",
        ];
        for text in shown {
            assert!(html.contains(text), "{text}");
        }
        assert_eq!(html.matches("<svg").count(), 3);
        assert!(
            html.contains("style=\"width:60.00%\"") && html.contains("style=\"--depth:0.900\"")
        );
    }

    #[test]
    fn nothing_is_fetched_and_nothing_runs() {
        let html = render_card(&full(HOSTILE)).unwrap();
        for forbidden in
            ["<script", "<link", "<img", "<iframe", "@import", "url(", "src=", "{{", "{%", "<b>"]
        {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
        assert_eq!(html.matches("</style>").count(), 1);
        assert!(html.contains("default-src 'none'"));
        assert!(html.contains("&#60;script&#62;") || html.contains("&lt;script&gt;"));
    }

    #[test]
    fn parts_without_numbers_are_left_out() {
        let input = CardInput { name: "bare".to_owned(), ..CardInput::default() };
        let html = render_card(&input).unwrap();
        for id in PARTS {
            assert!(!html.contains(&format!("id=\"{id}\"")), "{id}");
        }
        assert!(html.contains("was not evaluated") && html.contains("–"));
    }

    #[test]
    fn wrong_numbers_are_dashes() {
        let mut input = full("a");
        input.posts_per_second = Some(f64::NAN);
        if let Some(evaluation) = &mut input.evaluation {
            evaluation.measures.insert("accuracy".to_owned(), f64::NAN);
            evaluation.classes[0].f1 = f64::INFINITY;
        }
        let html = render_card(&input).unwrap();
        assert!(
            !html.contains("NaN") && !html.contains("inf"),
            "a number that is none got through"
        );
    }
}
