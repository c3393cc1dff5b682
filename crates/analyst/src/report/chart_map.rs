//! The map: circles on a plane, each with its size, its colour and, where there is room, its name.

use super::bodies::{SENTIMENTS, grid, name_of, sentiment_keys};
use super::chart::{Frame, NARROW, WIDE, finish, rect, text, width_of};
use super::page::net;
use super::views::{Body, Chart, Grid};
use super::{Answer, Report, ReportError, Table, numbers};
use charts_rs::Canvas;

/// Radius of the largest circle as a part of the height of the plot.
const LARGEST: f32 = 0.09;
/// How often circles that overlap are moved apart at most.
const ROUNDS: usize = 1000;
/// By how many pixels a circle is off its place at first, each in another direction: circles on one line could not pass each other.
const JITTER: f32 = 0.5;
/// The golden angle in radians: steps of it never come back to a direction.
const GOLDEN: f32 = 2.399_963;
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

/// Where a circle is drawn.
struct Circle {
    middle: [f32; 2],
    radius: f32,
}

/// Spreads the circles over the plot, as their places are to each other, and moves those apart that overlap, as in a Dorling cartogram.
fn laid_out(frame: &Frame, bubbles: &[Bubble]) -> Vec<Circle> {
    let most = frame.plot_height() * LARGEST;
    let low = [frame.left + most, frame.top + most];
    let size = [frame.plot_width(), frame.plot_height()].map(|length| length - 2.0 * most);
    let ends = |axis: usize| {
        let along = bubbles.iter().map(|bubble| bubble.place[axis]);
        along.fold((f32::MAX, f32::MIN), |(least, most), at| (least.min(at), most.max(at)))
    };
    let at = |bubble: &Bubble, axis: usize| {
        let (least, most) = ends(axis);
        let part = if most > least { (bubble.place[axis] - least) / (most - least) } else { 0.5 };
        low[axis] + part * size[axis]
    };
    let mut circles: Vec<Circle> = bubbles
        .iter()
        .enumerate()
        .map(|(number, bubble)| {
            let (down, across) = (number as f32 * GOLDEN).sin_cos();
            Circle {
                middle: [at(bubble, 0) + JITTER * across, at(bubble, 1) + JITTER * down],
                radius: (bubble.area.sqrt() * most).max(2.0),
            }
        })
        .collect();
    for _ in 0..ROUNDS {
        let mut moved = false;
        for second in 1..circles.len() {
            let (before, rest) = circles.split_at_mut(second);
            for first in before {
                moved |= push_apart(first, &mut rest[0]);
            }
        }
        for circle in &mut circles {
            for axis in [0, 1] {
                circle.middle[axis] = circle.middle[axis].clamp(low[axis], low[axis] + size[axis]);
            }
        }
        if !moved {
            break;
        }
    }
    circles
}

/// Moves two circles that overlap, each by half of what they overlap, and says whether it did.
fn push_apart(one: &mut Circle, other: &mut Circle) -> bool {
    let [across, down] = [0, 1].map(|axis| other.middle[axis] - one.middle[axis]);
    let distance = across.hypot(down);
    let overlap = one.radius + other.radius - distance;
    // A hair of overlap is not seen, and would be pushed about for ever.
    if overlap < 0.1 {
        return false;
    }
    let away = if distance > 0.0 { [across / distance, down / distance] } else { [1.0, 0.0] };
    for axis in [0, 1] {
        one.middle[axis] -= away[axis] * overlap / 2.0;
        other.middle[axis] += away[axis] * overlap / 2.0;
    }
    true
}

/// Draws the circles, then the names that overlap no other, those of the largest first.
fn draw(frame: &Frame, bubbles: &[Bubble], name: &str) -> Result<String, ReportError> {
    let mut canvas = Canvas::new(frame.width, frame.height);
    let circles = laid_out(frame, bubbles);
    for (bubble, Circle { middle: [x, y], radius }) in bubbles.iter().zip(&circles) {
        let class = format!("bubble {}", bubble.class);
        let mut circle = rect(&class, x - radius, y - radius, 2.0 * radius, 2.0 * radius);
        (circle.rx, circle.ry) = (Some(*radius), Some(*radius));
        circle.title = Some(bubble.hover.clone());
        canvas.rect(circle);
    }
    let mut taken: Vec<Taken> = Vec::new();
    for (bubble, Circle { middle: [x, y], radius }) in bubbles.iter().zip(&circles) {
        let half = width_of(&bubble.label, frame.font) / 2.0;
        let x = x.clamp(half.min(frame.width / 2.0), (frame.width - half).max(frame.width / 2.0));
        let y = y + radius + frame.font * 0.7;
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
    fn circles_fill_the_plot_and_do_not_overlap() {
        let bubbles: Vec<Bubble> =
            (0..40).map(|at| bubble([0.4 + at as f32 / 400.0, 0.5], 0.5, "")).collect();
        let circles = laid_out(&WIDE, &bubbles);
        for (at, one) in circles.iter().enumerate() {
            let [x, y] = one.middle;
            assert!(x >= one.radius && x + one.radius <= WIDE.width, "{x}");
            assert!(y >= one.radius && y + one.radius <= WIDE.height, "{y}");
            for other in &circles[at + 1..] {
                let [across, down] = [0, 1].map(|axis| other.middle[axis] - one.middle[axis]);
                assert!(across.hypot(down) > one.radius + other.radius - 0.5);
            }
        }
        let across = circles.last().unwrap().middle[0] - circles[0].middle[0];
        assert!(across > WIDE.plot_width() / 2.0, "{across}");
    }

    #[test]
    fn names_that_would_overlap_are_left_out_but_circles_are_not() {
        let bubbles = [
            bubble([0.5, 0.5], 1.0, "battery, charge"),
            bubble([0.51, 0.5], 0.9, "battery, screen"),
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
