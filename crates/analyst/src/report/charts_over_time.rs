//! The figures that are drawn: volume, shares and small multiples over time, and the map of the week.

use super::bodies::{SENTIMENTS, plain, sentiment_keys};
use super::chart::{Bars, Frame, HEAT_STEPS, Heat, Layer, NARROW, SMALL, WIDE, bars, heat};
use super::page::Headline;
use super::pivot::Pivot;
use super::time::{Tick, ticks};
use super::views::{Body, Chart, Grid, GridCell, Key, Small};
use super::words::filled;
use super::{Answer, Cell, Language, Report, ReportError, Table, numbers};

type Drawn = Result<(Body, Grid), ReportError>;

/// Returns the starts of all bars of the report's period.
fn starts_of(report: &Report) -> Vec<i64> {
    let headline = Headline::of(report);
    match (headline.first, headline.last) {
        (Some(first), Some(last)) => report.bucket.starts(first, last),
        _ => Vec::new(),
    }
}

/// Draws the same bars wide and narrow.
fn both_sizes(
    starts: &[i64],
    language: Language,
    chart: &Bars<'_>,
) -> Result<(String, String), ReportError> {
    let draw = |frame: &Frame, hovers| {
        let width = f64::from(frame.bar_width(starts.len()));
        let ticks = ticks(starts, width, f64::from(frame.spacing), language);
        bars(frame, &Bars { ticks: &ticks, hovers, ..*chart })
    };
    // A phone has no pointer to rest on a bar.
    Ok((draw(&WIDE, chart.hovers)?, draw(&NARROW, &[])?))
}

/// Returns the marks of an axis over counts.
fn count_marks(largest: i64, language: Language) -> (f64, Vec<(f64, String)>) {
    let (top, step) = numbers::axis(largest);
    let mut marks = Vec::new();
    let mut value = 0_i64;
    while value <= top {
        marks.push((value as f64, numbers::short(value, language)));
        let Some(next) = value.checked_add(step) else { break };
        value = next;
    }
    (top as f64, marks)
}

/// Writes a whole number into a cell.
fn number(value: i64) -> GridCell {
    GridCell { text: numbers::whole(value), is_number: true }
}

/// Writes a text into a cell.
fn word(text: String) -> GridCell {
    GridCell { text, is_number: false }
}

/// Writes the head of a column of numbers.
fn number_head(name: &str) -> GridCell {
    GridCell { text: name.to_owned(), is_number: true }
}

/// Draws posts over time, split into unique stories and repeats once posts are prepared.
pub(super) fn volume(report: &Report, answer: &Answer, table: &Table) -> Drawn {
    let language = report.options.language;
    let words = language.words();
    let starts = starts_of(report);
    let mut posts = vec![0_i64; starts.len()];
    let mut stories = vec![0_i64; starts.len()];
    for row in 0..table.rows.len() {
        let Some(start) = table.time(row, "bucket") else { continue };
        let Ok(bar) = starts.binary_search(&start) else { continue };
        posts[bar] = table.count(row, "posts");
        stories[bar] = table.count(row, "unique_stories");
    }
    let is_split = Headline::of(report).prepared.is_some_and(|prepared| prepared > 0);
    let float = |values: &[i64]| values.iter().map(|v| *v as f64).collect();
    let (layers, keys) = if is_split {
        let repeats: Vec<i64> = posts.iter().zip(&stories).map(|(p, s)| p - s).collect();
        let layers = vec![
            Layer { class: "bar", values: float(&stories) },
            Layer { class: "bar-pale", values: float(&repeats) },
        ];
        let keys = [("bar", words.unique_stories), ("bar-pale", words.repeats)];
        (layers, keys.map(|(c, l)| Key { class: c.into(), label: l.into() }).into())
    } else {
        (vec![Layer { class: "bar", values: float(&posts) }], Vec::new())
    };
    let mut rows = Vec::with_capacity(starts.len());
    let mut hovers = Vec::with_capacity(starts.len());
    for (bar, start) in starts.iter().enumerate() {
        let name = report.bucket.label(*start, language);
        let mut hover = format!("{name}\n{} {}", words.posts, numbers::whole(posts[bar]));
        let mut row = vec![word(name), number(posts[bar])];
        if is_split {
            hover += &format!("\n{} {}", words.unique_stories, numbers::whole(stories[bar]));
            row.push(number(stories[bar]));
        }
        hovers.push(hover);
        rows.push(row);
    }
    let mut heads = vec![word(words.term("bucket").to_owned()), number_head(words.posts)];
    if is_split {
        heads.push(number_head(words.unique_stories));
    }
    let (top, marks) = count_marks(posts.iter().copied().max().unwrap_or(0), language);
    let name = answer.figure.title_in(language);
    let chart = Bars { name, layers: &layers, top, marks: &marks, ticks: &[], hovers: &hovers };
    let (wide, narrow) = both_sizes(&starts, language, &chart)?;
    Ok((Body::Chart(Chart { keys, wide, narrow }), Grid { heads, rows }))
}

/// Writes the counts of a pivot as a table: a row for each bar, a column for each label.
fn pivot_grid(report: &Report, pivot: &Pivot, starts: &[i64]) -> Grid {
    let language = report.options.language;
    let words = language.words();
    let mut heads = vec![word(words.term("bucket").to_owned())];
    heads.extend(pivot.labels.iter().map(|label| number_head(words.term(label))));
    let mut rows = Vec::with_capacity(starts.len());
    for (bar, start) in starts.iter().enumerate() {
        let mut row = vec![word(report.bucket.label(*start, language))];
        row.extend(pivot.counts.iter().map(|counts| number(counts[bar])));
        rows.push(row);
    }
    Grid { heads, rows }
}

/// Returns the class that colours a label of sentiment.
fn class_of(label: &str) -> &'static str {
    SENTIMENTS.into_iter().find(|known| *known == label).unwrap_or("bar-pale")
}

/// Draws stacked shares over time, negative at the bottom where it is compared most easily.
pub(super) fn shares_over_time(report: &Report, answer: &Answer, table: &Table) -> Drawn {
    let language = report.options.language;
    let words = language.words();
    let starts = starts_of(report);
    let pivot = Pivot::new(table, &starts, &SENTIMENTS);
    let shares: Vec<Vec<f64>> = (0..pivot.labels.len()).map(|label| pivot.shares(label)).collect();
    let mut layers = Vec::with_capacity(shares.len());
    for (label, values) in pivot.labels.iter().zip(&shares).rev() {
        layers.push(Layer { class: class_of(label), values: values.clone() });
    }
    let mut hovers = Vec::with_capacity(starts.len());
    for (bar, start) in starts.iter().enumerate() {
        let mut hover = report.bucket.label(*start, language);
        for (label, values) in pivot.labels.iter().zip(&shares) {
            let has_posts = pivot.bar_total(bar) > 0;
            let share = numbers::percent(has_posts.then_some(values[bar]));
            hover += &format!("\n{} {share}", words.term(label));
        }
        hovers.push(hover);
    }
    let marks = [0, 25, 50, 75, 100].map(|p| (f64::from(p) / 100.0, format!("{p}%")));
    let name = answer.figure.title_in(language);
    let chart =
        Bars { name, layers: &layers, top: 1.0, marks: &marks, ticks: &[], hovers: &hovers };
    let (wide, narrow) = both_sizes(&starts, language, &chart)?;
    let mut keys = sentiment_keys(words);
    for label in pivot.labels.iter().filter(|label| !SENTIMENTS.contains(&label.as_str())) {
        keys.push(Key { class: class_of(label).into(), label: words.term(label).to_owned() });
    }
    let body = Body::Chart(Chart { keys, wide, narrow });
    Ok((body, pivot_grid(report, &pivot, &starts)))
}

/// Labels that say that a text shows no emotion; being frequent, they get a scale of their own.
const NO_EMOTION: [&str; 3] = ["neutral", "none", "other"];

/// Draws one small chart for each label.
pub(super) fn multiples(report: &Report, answer: &Answer, table: &Table) -> Drawn {
    let language = report.options.language;
    let words = language.words();
    let starts = starts_of(report);
    let pivot = Pivot::new(table, &starts, &[]);
    let shares: Vec<Vec<f64>> = (0..pivot.labels.len()).map(|label| pivot.shares(label)).collect();
    let is_plain = |label: usize| NO_EMOTION.contains(&pivot.labels[label].as_str());
    let top_of = |plain: bool| {
        let labels = (0..shares.len()).filter(|label| is_plain(*label) == plain);
        let largest = labels.flat_map(|label| shares[label].iter().copied()).fold(0.0, f64::max);
        let (percent, _) = numbers::axis((largest * 100.0).ceil() as i64);
        (percent as f64 / 100.0).min(1.0)
    };
    let width = f64::from(SMALL.bar_width(starts.len()));
    let ticks = ticks(&starts, width, f64::from(SMALL.spacing), language);
    let mut order: Vec<usize> = (0..pivot.labels.len()).collect();
    order.sort_by_key(|label| is_plain(*label));
    let mut charts = Vec::with_capacity(order.len());
    for label in order {
        let top = top_of(is_plain(label));
        let shown = words.term(&pivot.labels[label]).to_owned();
        let mut hovers = Vec::with_capacity(starts.len());
        for (bar, start) in starts.iter().enumerate() {
            let percent =
                numbers::percent((pivot.bar_total(bar) > 0).then_some(shares[label][bar]));
            hovers.push(format!("{}\n{percent}", report.bucket.label(*start, language)));
        }
        let svg = bars(
            &SMALL,
            &Bars {
                name: &format!("{}: {shown}", answer.figure.title_in(language)),
                layers: &[Layer { class: "bar", values: shares[label].clone() }],
                top,
                marks: &[(0.0, "0%".to_owned()), (top, format!("{:.0}%", top * 100.0))],
                ticks: &ticks,
                hovers: &hovers,
            },
        )?;
        let share = numbers::share(pivot.label_total(label), pivot.total());
        let share = filled(words.overall, &numbers::percent(share));
        charts.push(Small { label: shown, share, svg });
    }
    Ok((Body::Multiples(charts), pivot_grid(report, &pivot, &starts)))
}

/// Draws the map of weekdays and hours.
pub(super) fn rhythm(report: &Report, answer: &Answer, table: &Table) -> Drawn {
    let language = report.options.language;
    let words = language.words();
    let mut values = vec![vec![0_i64; 24]; 7];
    for row in 0..table.rows.len() {
        // In SQL weeks begin on Sunday, which is 0; here they begin on Monday.
        let day = (table.count(row, "weekday") + 6).rem_euclid(7) as usize;
        let hour = table.count(row, "hour").rem_euclid(24) as usize;
        values[day][hour] += table.count(row, "posts");
    }
    let mut hovers = Vec::with_capacity(values.len());
    let mut rows = Vec::with_capacity(values.len());
    for (day, hours) in words.weekdays.iter().zip(&values) {
        let hover = |(hour, posts): (usize, &i64)| {
            format!("{day} {hour:02}:00\n{} {}", words.posts, numbers::whole(*posts))
        };
        hovers.push(hours.iter().enumerate().map(hover).collect());
        let mut row = vec![word((*day).to_owned())];
        row.extend(hours.iter().map(|posts| plain(&Cell::Integer(*posts), language)));
        rows.push(row);
    }
    let draw = |frame: &Frame, every: usize, hovers: &[Vec<String>]| {
        let ticks: Vec<Tick> = (0..24)
            .step_by(every)
            .map(|hour| Tick { bar: hour, label: format!("{hour:02}") })
            .collect();
        let name = answer.figure.title_in(language);
        heat(frame, &Heat { name, rows: &words.weekdays, values: &values, ticks: &ticks, hovers })
    };
    let (wide, narrow) = (draw(&WIDE, 1, &hovers)?, draw(&NARROW, 6, &[])?);
    let key =
        |step: i64, label: &str| Key { class: format!("heat-{step}"), label: label.to_owned() };
    let largest = values.iter().flatten().copied().max().unwrap_or(0);
    let mut keys = vec![key(0, "0")];
    for step in 1..HEAT_STEPS {
        keys.push(key(step, ""));
    }
    keys.push(key(HEAT_STEPS, &numbers::whole(largest)));
    let mut heads = vec![word(String::new())];
    heads.extend((0..24).map(|hour| number_head(&format!("{hour:02}"))));
    Ok((Body::Chart(Chart { keys, wide, narrow }), Grid { heads, rows }))
}
