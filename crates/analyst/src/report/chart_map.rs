//! The map: circles on a plane, each with its size, its colour and, where there is room, its name.

use super::bodies::{SENTIMENTS, grid, name_of, sentiment_keys};
use super::chart::{Frame, NARROW, WIDE, finish, rect, text, width_of};
use super::page::net;
use super::views::{Body, Chart, Grid};
use super::{Answer, Report, ReportError, Table, numbers};
use charts_rs::Canvas;

/// Radius of the largest circle as a part of the height of the plot.
const LARGEST: f32 = 0.11;
/// By how much one sentiment must outweigh the opposite to colour a circle, as a part of the posts.
const OUTWEIGHS: f64 = 0.1;

/// A circle.
struct Bubble {
    /// Where its middle is, 0 to 1 from the left and from the top.
    place: [f32; 2],
    /// Its area as a part of the largest.
    area: f32,
    class: &'static str,
    label: String,
    hover: String,
}

/// Draws names on a plane, sized by posts and coloured by sentiment.
pub(super) fn map(
    report: &Report,
    answer: &Answer,
    table: &Table,
) -> Result<(Body, Grid), ReportError> {
    let language = report.options.language;
    let words = language.words();
    let rows = 0..table.rows.len();
    let largest = rows.clone().map(|row| table.count(row, "posts")).max().unwrap_or(0);
    let bubbles: Vec<Bubble> = rows
        .map(|row| {
            let posts = table.count(row, "posts");
            let [positive, neutral, negative] = SENTIMENTS.map(|name| table.count(row, name));
            let net = net(positive, neutral, negative).unwrap_or(0.0);
            let label = name_of(table, row, words);
            let axis = |name| table.number(row, name).unwrap_or(0.0).clamp(-1.0, 1.0);
            Bubble {
                place: [axis("map_x"), -axis("map_y")].map(|value| (value as f32 + 1.0) / 2.0),
                area: numbers::share(posts, largest).unwrap_or(0.0) as f32,
                class: class_of(net),
                hover: format!("{label}\n{} {}", words.posts, numbers::whole(posts)),
                label,
            }
        })
        .collect();
    let name = answer.figure.title_in(language);
    let wide = Frame { height: 460.0, left: 6.0, bottom: 10.0, ..WIDE };
    let narrow = Frame { height: 360.0, left: 6.0, bottom: 10.0, ..NARROW };
    let chart = Chart {
        keys: sentiment_keys(words),
        wide: draw(&wide, &bubbles, name)?,
        narrow: draw(&narrow, &bubbles, name)?,
    };
    Ok((Body::Chart(chart), grid(table, language)))
}

fn class_of(net: f64) -> &'static str {
    if net > OUTWEIGHS {
        "positive"
    } else if net < -OUTWEIGHS {
        "negative"
    } else {
        "neutral"
    }
}

/// A rectangle that is taken: left, top, right, bottom.
type Taken = [f32; 4];

fn overlap(one: &Taken, other: &Taken) -> bool {
    one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3]
}

/// Draws the circles, largest first, so that small ones lie on top; then the names that overlap no other.
fn draw(frame: &Frame, bubbles: &[Bubble], name: &str) -> Result<String, ReportError> {
    let mut canvas = Canvas::new(frame.width, frame.height);
    let most = frame.plot_height() * LARGEST;
    let (width, height) = (frame.plot_width() - 2.0 * most, frame.plot_height() - 2.0 * most);
    let radius = |bubble: &Bubble| (bubble.area.sqrt() * most).max(2.0);
    let middle = |bubble: &Bubble| {
        let [x, y] = bubble.place;
        (frame.left + most + x * width, frame.top + most + y * height)
    };
    for bubble in bubbles {
        let ((x, y), radius) = (middle(bubble), radius(bubble));
        let class = format!("bubble {}", bubble.class);
        let mut circle = rect(&class, x - radius, y - radius, 2.0 * radius, 2.0 * radius);
        (circle.rx, circle.ry) = (Some(radius), Some(radius));
        circle.title = Some(bubble.hover.clone());
        canvas.rect(circle);
    }
    let mut taken: Vec<Taken> = Vec::new();
    for bubble in bubbles {
        let ((x, y), half) = (middle(bubble), width_of(&bubble.label, frame.font) / 2.0);
        let x = x.clamp(half.min(frame.width / 2.0), (frame.width - half).max(frame.width / 2.0));
        let y = y + radius(bubble) + frame.font * 0.7;
        let place = [x - half, y - frame.font * 0.6, x + half, y + frame.font * 0.6];
        let fits = place[3] <= frame.height && 2.0 * half <= frame.width;
        if fits && !taken.iter().any(|other| overlap(other, &place)) {
            canvas.text(text(&bubble.label, "middle", x, y, frame.font));
            taken.push(place);
        }
    }
    finish(&canvas, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bubble(place: [f32; 2], area: f32, label: &str) -> Bubble {
        Bubble { place, area, class: "neutral", label: label.to_owned(), hover: label.to_owned() }
    }

    #[test]
    fn names_that_would_overlap_are_left_out_but_circles_are_not() {
        let bubbles = [
            bubble([0.5, 0.5], 1.0, "battery, charge"),
            bubble([0.5, 0.51], 0.9, "battery, screen"),
            bubble([0.0, 0.0], 0.0, "<late>"),
        ];
        let svg = draw(&WIDE, &bubbles, "map").unwrap();
        assert_eq!(svg.matches("class=\"bubble neutral\"").count(), 3, "{svg}");
        assert!(svg.contains("battery, charge\n</text>"), "{svg}");
        assert!(!svg.contains("battery, screen\n</text>"), "{svg}");
        assert!(svg.contains("&lt;late&gt;\n</text>"), "{svg}");
    }

    #[test]
    fn a_sentiment_colours_what_it_outweighs() {
        assert_eq!([0.2, 0.05, -0.11].map(class_of), ["positive", "neutral", "negative"]);
    }
}
