//! Draws columns and lines over two axes of numbers, in the manner of the charts of the report.

use charts_rs::{Canvas, Circle, Point, StraightLine};

use crate::report::ReportError;
use crate::report::chart::{Frame, finish, rect, text};

/// Most points of a line that are marked one by one.
const MOST_DOTS: usize = 40;

/// Holds what a plot shows.
pub(super) struct Plot<'a> {
    /// Accessible name of the chart.
    pub name: &'a str,
    /// Value at the right end of the horizontal axis; above 0. Both axes begin at 0.
    pub right: f64,
    /// Value at the top of the vertical axis; above 0.
    pub top: f64,
    /// Values with a label under the plot.
    pub across: &'a [(f64, String)],
    /// Values with a grid line, each with its label.
    pub up: &'a [(f64, String)],
    /// Columns, drawn first.
    pub columns: &'a [Column],
    /// Lines, drawn over the columns.
    pub lines: &'a [Line],
}

/// Holds a column.
pub(super) struct Column {
    /// Where it begins on the horizontal axis.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Its height.
    pub value: f64,
    /// Text shown when the pointer rests on it.
    pub hover: String,
}

/// Holds a line.
pub(super) struct Line {
    /// Class of its stroke.
    pub class: &'static str,
    /// Points from left to right, each with the text shown when the pointer rests on it; an empty text marks nothing.
    pub points: Vec<(f64, f64, String)>,
}

/// Draws a plot.
///
/// # Errors
/// [`ReportError::Chart`] when charts-rs refuses to draw.
pub(super) fn plot(frame: &Frame, plot: &Plot<'_>) -> Result<String, ReportError> {
    let mut canvas = Canvas::new(frame.width, frame.height);
    let (width, height) = (frame.plot_width(), frame.plot_height());
    let bottom = frame.top + height;
    let x_of = |value: f64| frame.left + part(value, plot.right) * width;
    let y_of = |value: f64| bottom - part(value, plot.top) * height;
    for (value, label) in plot.up {
        let class = if *value == 0.0 { "axis" } else { "grid" };
        canvas.rect(rect(class, frame.left, y_of(*value) - 0.5, width, 1.0));
        canvas.text(text(label, "end", frame.left - 6.0, y_of(*value), frame.font));
    }
    for (value, label) in plot.across {
        canvas.rect(rect("axis", x_of(*value) - 0.5, bottom, 1.0, 5.0));
        // The label at the right end ends with the plot.
        let anchor = if *value >= plot.right { "end" } else { "middle" };
        let y = bottom + frame.bottom * 0.6;
        canvas.text(text(label, anchor, x_of(*value), y, frame.font));
    }
    for column in plot.columns {
        let (left, right) = (x_of(column.from), x_of(column.to));
        let top = y_of(column.value);
        let width = (right - left - 1.5).max(0.5);
        canvas.rect(rect("bar", left + 0.75, top, width, bottom - top));
        let mut area = rect("hover", left, frame.top, right - left, height);
        area.title = Some(column.hover.clone());
        canvas.rect(area);
    }
    for line in plot.lines {
        let points: Vec<Point> =
            line.points.iter().map(|(x, y, _)| Point { x: x_of(*x), y: y_of(*y) }).collect();
        let has_dots = points.len() <= MOST_DOTS;
        let class = Some(line.class.to_owned());
        canvas.straight_line(StraightLine {
            points: points.clone(),
            class: class.clone(),
            symbol: None,
            ..StraightLine::default()
        });
        for (at, (_, _, hover)) in points.iter().zip(&line.points) {
            if has_dots && !hover.is_empty() {
                let (class, title) = (class.clone(), Some(hover.clone()));
                canvas.circle(Circle {
                    cx: at.x,
                    cy: at.y,
                    r: 3.5,
                    class,
                    title,
                    ..Circle::default()
                });
            }
        }
    }
    finish(&canvas, plot.name)
}

/// Returns where a value lies between 0 and the end of its axis, 0..1.
fn part(value: f64, end: f64) -> f32 {
    let part = value / end;
    if part.is_finite() { part.clamp(0.0, 1.0) as f32 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::chart::NARROW;

    #[test]
    fn columns_and_lines_stand_at_their_values() {
        let columns = [Column { from: 0.5, to: 1.0, value: 0.5, hover: "<half>".into() }];
        let lines = [Line {
            class: "curve",
            points: vec![(0.0, 0.0, String::new()), (1.0, 1.0, "a & b".into())],
        }];
        let marks = [(0.0, "0".to_owned()), (1.0, "<1>".to_owned())];
        let chart = Plot {
            name: "a<b",
            right: 1.0,
            top: 1.0,
            across: &marks,
            up: &marks,
            columns: &columns,
            lines: &lines,
        };
        let svg = plot(&NARROW, &chart).unwrap();
        let height = format!("height=\"{}\"", NARROW.plot_height() / 2.0);
        assert!(svg.contains("class=\"bar\"") && svg.contains(&height), "{svg}");
        assert!(svg.contains("<title>a&lt;b</title>") && svg.contains("&lt;1&gt;"));
        assert!(svg.contains("<title>&lt;half&gt;</title>") && svg.contains("a &amp; b"));
        assert_eq!(svg.matches("<circle").count(), 1, "the point without a text has no dot");
        assert_eq!(svg.matches("<path").count(), 1);
    }

    #[test]
    fn wrong_numbers_stay_inside() {
        assert_eq!(part(f64::NAN, 1.0), 0.0);
        assert_eq!(part(1.0, 0.0), 0.0);
        assert_eq!((part(2.0, 1.0), part(-1.0, 1.0)), (1.0, 0.0));
    }
}
