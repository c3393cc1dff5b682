//! Draws charts as SVG with the drawing primitives of charts-rs. Shapes carry classes, not colours: the style sheet of the
//! report colours them for light and dark screens and for paper.

use super::ReportError;
use super::time::Tick;
use charts_rs::{Canvas, Rect, Text, svg_with_accessibility};

/// Gives the size of a chart and of its margins, in units of its view box.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) bottom: f32,
    pub(crate) font: f32,
    /// Least distance between two labels of the time axis.
    pub spacing: f32,
}

/// Suits a page or a desktop screen.
pub(super) const WIDE: Frame = Frame {
    width: 1000.0,
    height: 260.0,
    left: 46.0,
    top: 10.0,
    bottom: 26.0,
    font: 13.0,
    spacing: 80.0,
};
/// Suits a phone.
pub(crate) const NARROW: Frame = Frame {
    width: 360.0,
    height: 220.0,
    left: 42.0,
    top: 10.0,
    bottom: 26.0,
    font: 12.5,
    spacing: 74.0,
};
/// Suits a small chart among others.
pub(super) const SMALL: Frame = Frame {
    width: 260.0,
    height: 108.0,
    left: 36.0,
    top: 8.0,
    bottom: 22.0,
    font: 12.0,
    spacing: 96.0,
};

/// Space right of the plot.
const RIGHT: f32 = 6.0;
/// Width of a character of a label, as a part of its height; wide characters take all of it.
const CHARACTER_WIDTH: f32 = 0.56;

impl Frame {
    /// Returns the width of one of `count` bars.
    pub(super) fn bar_width(&self, count: usize) -> f32 {
        self.plot_width() / count.max(1) as f32
    }

    pub(crate) fn plot_width(&self) -> f32 {
        self.width - self.left - RIGHT
    }

    pub(crate) fn plot_height(&self) -> f32 {
        self.height - self.top - self.bottom
    }
}

/// Holds one stacked layer of a bar chart; layers pile up in their order.
pub(super) struct Layer {
    /// Class of its bars.
    pub class: &'static str,
    /// Height of each bar.
    pub values: Vec<f64>,
}

/// Holds what a bar chart over time shows.
pub(super) struct Bars<'a> {
    /// Accessible name of the chart.
    pub name: &'a str,
    /// Layers, all of the same length.
    pub layers: &'a [Layer],
    /// Value at the top of the plot; above 0.
    pub top: f64,
    /// Values that get a grid line, each with its label.
    pub marks: &'a [(f64, String)],
    /// Labels under the bars.
    pub ticks: &'a [Tick],
    /// Text shown when the pointer rests on a bar; may be empty.
    pub hovers: &'a [String],
}

/// Draws stacked bars over time.
///
/// # Errors
/// [`ReportError::Chart`] when charts-rs refuses to draw.
pub(super) fn bars(frame: &Frame, bars: &Bars<'_>) -> Result<String, ReportError> {
    let mut canvas = Canvas::new(frame.width, frame.height);
    let (plot_height, bottom) = (frame.plot_height(), frame.top + frame.plot_height());
    let height_of = |value: f64| (value / bars.top).clamp(0.0, 1.0) as f32 * plot_height;
    for (value, label) in bars.marks {
        let y = bottom - height_of(*value);
        let class = if *value == 0.0 { "axis" } else { "grid" };
        canvas.rect(rect(class, frame.left, y - 0.5, frame.plot_width(), 1.0));
        canvas.text(text(label, "end", frame.left - 6.0, y, frame.font));
    }
    let count = bars.layers.iter().map(|layer| layer.values.len()).max().unwrap_or(0);
    let unit = frame.bar_width(count);
    // Thin bars touch; wide ones stand apart.
    let gap = if unit < 3.0 { 0.0 } else { (unit * 0.2).min(8.0) };
    for bar in 0..count {
        let left = frame.left + unit * bar as f32;
        let mut base = bottom;
        for layer in bars.layers {
            let height = height_of(layer.values.get(bar).copied().unwrap_or(0.0));
            if height > 0.0 {
                base -= height;
                canvas.rect(rect(layer.class, left + gap / 2.0, base, unit - gap, height));
            }
        }
    }
    for tick in bars.ticks {
        let left = frame.left + unit * tick.bar as f32;
        if left + width_of(&tick.label, frame.font) <= frame.width {
            canvas.rect(rect("axis", left, bottom, 1.0, 5.0));
            canvas.text(text(&tick.label, "start", left, bottom + frame.bottom * 0.6, frame.font));
        }
    }
    for (bar, hover) in bars.hovers.iter().enumerate() {
        let left = frame.left + unit * bar as f32;
        let mut area = rect("hover", left, frame.top, unit, plot_height);
        area.title = Some(hover.clone());
        canvas.rect(area);
    }
    finish(&canvas, bars.name)
}

/// Holds what a map of a grid shows.
pub(super) struct Heat<'a> {
    /// Accessible name of the chart.
    pub name: &'a str,
    /// Names of the rows, from the top.
    pub rows: &'a [&'a str],
    /// Values, one list for each row, all of the same length.
    pub values: &'a [Vec<i64>],
    /// Labels under the columns.
    pub ticks: &'a [Tick],
    /// Text shown when the pointer rests on a cell, row by row; may be empty.
    pub hovers: &'a [Vec<String>],
}

/// Number of steps above “none” in which a map shows its values; their classes are `heat-1`, `heat-2`, ….
pub(super) const HEAT_STEPS: i64 = 5;

/// Returns the step of a value: 0 for none, then equal parts of the largest value.
pub(super) fn heat_step(value: i64, largest: i64) -> i64 {
    if value <= 0 || largest <= 0 {
        return 0;
    }
    let step = (value as f64 / largest as f64 * HEAT_STEPS as f64).ceil() as i64;
    step.clamp(1, HEAT_STEPS)
}

/// Draws a map of a grid.
///
/// # Errors
/// [`ReportError::Chart`] when charts-rs refuses to draw.
pub(super) fn heat(frame: &Frame, heat: &Heat<'_>) -> Result<String, ReportError> {
    let mut canvas = Canvas::new(frame.width, frame.height);
    let columns = heat.values.iter().map(Vec::len).max().unwrap_or(0);
    let width = frame.bar_width(columns);
    let height = frame.plot_height() / heat.values.len().max(1) as f32;
    let largest = heat.values.iter().flatten().copied().max().unwrap_or(0);
    for (row, values) in heat.values.iter().enumerate() {
        let top = frame.top + height * row as f32;
        if let Some(name) = heat.rows.get(row) {
            canvas.text(text(name, "end", frame.left - 6.0, top + height / 2.0, frame.font));
        }
        for (column, value) in values.iter().enumerate() {
            let class = format!("heat-{}", heat_step(*value, largest));
            let left = frame.left + width * column as f32;
            let mut cell = rect(&class, left + 0.75, top + 0.75, width - 1.5, height - 1.5);
            cell.title = heat.hovers.get(row).and_then(|hovers| hovers.get(column)).cloned();
            canvas.rect(cell);
        }
    }
    for tick in heat.ticks {
        let middle = frame.left + width * (tick.bar as f32 + 0.5);
        let y = frame.height - frame.bottom * 0.45;
        canvas.text(text(&tick.label, "middle", middle, y, frame.font));
    }
    finish(&canvas, heat.name)
}

pub(crate) fn rect(class: &str, left: f32, top: f32, width: f32, height: f32) -> Rect {
    Rect { class: Some(class.to_owned()), left, top, width, height, ..Rect::default() }
}

pub(crate) fn text(label: &str, anchor: &str, x: f32, y: f32, size: f32) -> Text {
    Text {
        text: label.to_owned(),
        font_size: Some(size),
        x: Some(x),
        y: Some(y),
        text_anchor: Some(anchor.to_owned()),
        dominant_baseline: Some("central".to_owned()),
        ..Text::default()
    }
}

/// Estimates the width of a label.
pub(super) fn width_of(label: &str, size: f32) -> f32 {
    let characters = label.chars().map(|c| if c.is_ascii() { CHARACTER_WIDTH } else { 1.0 });
    characters.sum::<f32>() * size
}

pub(crate) fn finish(canvas: &Canvas, name: &str) -> Result<String, ReportError> {
    let svg = canvas.svg().map_err(|error| ReportError::Chart(error.to_string()))?;
    Ok(svg_with_accessibility(&svg, name, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(layers: &[Layer], hovers: &[String]) -> String {
        let marks = [(0.0, "0".to_owned()), (10.0, "10 <k>".to_owned())];
        let ticks = [Tick { bar: 0, label: "1 & 2".into() }];
        let chart = Bars { name: "a<b", layers, top: 10.0, marks: &marks, ticks: &ticks, hovers };
        bars(&WIDE, &chart).unwrap()
    }

    #[test]
    fn bars_pile_up_to_their_values() {
        let layers = [
            Layer { class: "low", values: vec![2.0, 0.0] },
            Layer { class: "high", values: vec![3.0, 5.0] },
        ];
        let svg = draw(&layers, &[]);
        assert_eq!(svg.matches("class=\"low\"").count(), 1, "empty bars are not drawn");
        assert_eq!(svg.matches("class=\"high\"").count(), 2);
        let height = WIDE.plot_height();
        assert!(svg.contains(&format!("height=\"{:.1}\"", height * 0.2)), "{svg}");
        assert!(svg.contains(&format!("height=\"{}\"", height * 0.5)), "{svg}");
    }

    #[test]
    fn labels_are_escaped() {
        let svg = draw(&[Layer { class: "low", values: vec![1.0] }], &["<script>".to_owned()]);
        assert!(svg.contains("<title>a&lt;b</title>") && svg.contains("10 &lt;k&gt;"));
        assert!(svg.contains("1 &amp; 2") && svg.contains("<title>&lt;script&gt;</title>"));
        assert!(!svg.contains("<script"));
    }

    #[test]
    fn nothing_to_draw_is_an_empty_plot() {
        assert!(draw(&[], &[]).contains("class=\"axis\""));
    }

    #[test]
    fn heat_is_cut_in_equal_steps() {
        let steps: Vec<i64> = [0, 1, 20, 21, 100].iter().map(|v| heat_step(*v, 100)).collect();
        assert_eq!(steps, [0, 1, 1, 2, 5]);
        assert_eq!(heat_step(0, 0), 0);
        let chart = Heat {
            name: "week",
            rows: &["Mon", "Tue"],
            values: &[vec![0, 4], vec![1, 2]],
            ticks: &[],
            hovers: &[],
        };
        let svg = heat(&NARROW, &chart).unwrap();
        for class in ["heat-0", "heat-2", "heat-3", "heat-5"] {
            assert_eq!(svg.matches(&format!("class=\"{class}\"")).count(), 1, "{class}");
        }
    }
}
