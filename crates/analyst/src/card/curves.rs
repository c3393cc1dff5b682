//! The charts of a card: the reliability diagram and the course of the training.

use super::input::{ReliabilityRow, TrainingPoint};
use super::measures::decimal;
use super::page::Grid;
use super::plot::{Column, Line, Plot, plot};
use crate::report::chart::NARROW;
use crate::report::{Language, ReportError, numbers};

/// Holds a chart and its table twin.
pub(super) struct Drawn {
    /// SVG whose texts charts-rs has escaped.
    pub svg: String,
    pub twin: Grid,
}

/// Draws accuracy over confidence; nothing without a bin that holds texts.
pub(super) fn reliability(bins: &[ReliabilityRow]) -> Result<Option<Drawn>, ReportError> {
    let mut columns = Vec::with_capacity(bins.len());
    let mut rows = Vec::with_capacity(bins.len());
    for bin in bins.iter().filter(|bin| bin.texts > 0) {
        let name = format!("{} to {}", percent(bin.low), percent(bin.high));
        let (confidence, accuracy) = (decimal(bin.confidence), decimal(bin.accuracy));
        let texts = whole(bin.texts);
        columns.push(Column {
            from: bin.low,
            to: bin.high,
            value: bin.accuracy.unwrap_or(0.0),
            hover: format!("{name}\nconfidence {confidence}\naccuracy {accuracy}\ntexts {texts}"),
        });
        rows.push(vec![name, texts, confidence, accuracy]);
    }
    if columns.is_empty() {
        return Ok(None);
    }
    let ideal = vec![(0.0, 0.0, String::new()), (1.0, 1.0, String::new())];
    let marks = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| (share, percent(share)));
    let svg = plot(
        &NARROW,
        &Plot {
            name: "Accuracy by confidence",
            right: 1.0,
            top: 1.0,
            across: &marks,
            up: &marks,
            columns: &columns,
            // The light edge keeps the line visible over the columns.
            lines: &[
                Line { class: "ideal-edge", points: ideal.clone() },
                Line { class: "ideal", points: ideal },
            ],
        },
    )?;
    let heads = ["confidence", "texts", "mean confidence", "accuracy"].map(str::to_owned).into();
    Ok(Some(Drawn { svg, twin: Grid { heads, rows } }))
}

/// Draws one number over the epochs of the training; nothing with fewer than two points.
pub(super) fn course(
    name: &str,
    points: &[TrainingPoint],
    value: impl Fn(&TrainingPoint) -> Option<f64>,
) -> Result<Option<Drawn>, ReportError> {
    let mut known = Vec::with_capacity(points.len());
    for point in points {
        if let Some(value) = value(point).filter(|value| value.is_finite() && *value >= 0.0) {
            known.push((point.epoch, value));
        }
    }
    known.sort_by_key(|(epoch, _)| *epoch);
    let Some((last, _)) = known.last().copied().filter(|_| known.len() > 1) else {
        return Ok(None);
    };
    let mut line = Vec::with_capacity(known.len());
    let mut rows = Vec::with_capacity(known.len());
    for (epoch, value) in &known {
        let (at, shown) = (whole(*epoch), decimal(Some(*value)));
        line.push((*epoch as f64, *value, format!("epoch {at}\n{shown}")));
        rows.push(vec![at, shown]);
    }
    let largest = known.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    let (top, up) = thousandths(largest);
    let right = last.max(1) as f64;
    let svg = plot(
        &NARROW,
        &Plot {
            name,
            right,
            top,
            across: &epochs(last),
            up: &up,
            columns: &[],
            lines: &[Line { class: "curve", points: line }],
        },
    )?;
    let heads = vec!["epoch".to_owned(), name.to_owned()];
    Ok(Some(Drawn { svg, twin: Grid { heads, rows } }))
}

/// Writes a share as a whole percentage.
fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

/// Writes a count.
pub(super) fn whole(count: u64) -> String {
    numbers::whole(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Chooses the top of an axis over small numbers and its marks, exact to a thousandth.
fn thousandths(largest: f64) -> (f64, Vec<(f64, String)>) {
    let (top, step) = numbers::axis((largest * 1000.0).ceil() as i64);
    let mut marks = Vec::new();
    let mut at = 0_i64;
    while at <= top {
        let value = at as f64 / 1000.0;
        marks.push((value, value.to_string()));
        let Some(next) = at.checked_add(step) else { break };
        at = next;
    }
    (top as f64 / 1000.0, marks)
}

/// Chooses the marks of an axis over epochs that ends with the last one.
fn epochs(last: u64) -> Vec<(f64, String)> {
    let last = i64::try_from(last).unwrap_or(i64::MAX).max(1);
    let (_, step) = numbers::axis(last);
    let mut marks = Vec::new();
    let mut at = 0_i64;
    while at <= last {
        marks.push((at as f64, numbers::short(at, Language::English)));
        let Some(next) = at.checked_add(step) else { break };
        at = next;
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bin(low: f64, high: f64, texts: u64) -> ReliabilityRow {
        let share = (texts > 0).then_some(0.5);
        ReliabilityRow { low, high, texts, confidence: share, accuracy: share }
    }

    #[test]
    fn empty_bins_are_not_drawn() {
        assert!(reliability(&[]).unwrap().is_none());
        assert!(reliability(&[bin(0.0, 0.5, 0)]).unwrap().is_none());
        let drawn = reliability(&[bin(0.0, 0.5, 0), bin(0.5, 1.0, 1200)]).unwrap().unwrap();
        assert_eq!(drawn.svg.matches("class=\"bar\"").count(), 1);
        assert_eq!(drawn.svg.matches("class=\"ideal\"").count(), 1);
        assert_eq!(drawn.twin.rows, [["50% to 100%", "1,200", "0.500", "0.500"]]);
    }

    #[test]
    fn a_course_needs_two_points() {
        let point = |epoch, loss| TrainingPoint { epoch, loss, score: None };
        let one = [point(1, Some(0.5)), point(2, None), point(3, Some(f64::NAN))];
        assert!(course("loss", &one, |point| point.loss).unwrap().is_none());
        let two = [point(2000, Some(0.25)), point(10, Some(1.5))];
        let drawn = course("loss", &two, |point| point.loss).unwrap().unwrap();
        assert_eq!(drawn.twin.rows, [["10", "1.500"], ["2,000", "0.250"]]);
        assert_eq!(drawn.svg.matches("class=\"curve\"").count(), 3, "two dots and a line");
        assert!(drawn.svg.contains("2k"), "{}", drawn.svg);
        assert!(course("score", &two, |point| point.score).unwrap().is_none());
    }

    #[test]
    fn axes_end_on_round_numbers() {
        let (top, marks) = thousandths(0.69);
        let labels: Vec<&str> = marks.iter().map(|(_, label)| label.as_str()).collect();
        assert_eq!((top, labels.as_slice()), (0.8, &["0", "0.2", "0.4", "0.6", "0.8"][..]));
        assert!(thousandths(0.0).0 > 0.0 && thousandths(1e300).0.is_finite());
        assert_eq!(epochs(2500).last().unwrap().1, "2.5k");
    }
}
