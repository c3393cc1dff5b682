//! Bars of time: how wide they are, where they start, which of them carry a label.

use super::Language;
use chrono::{DateTime, Datelike, Timelike, Utc};

/// Names the width of the bars over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bucket {
    /// One hour.
    Hour,
    /// One day from midnight UTC.
    #[default]
    Day,
    /// One week from Monday.
    Week,
    /// One calendar month.
    Month,
}

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
/// 1970-01-01 was a Thursday; weeks start on Mondays, four days later.
const FIRST_MONDAY: i64 = 4 * DAY;

impl Bucket {
    /// Chooses the width for a period from `first` to `last` (microseconds UTC): hours up to five days, days up to 120 days,
    /// weeks up to two years, months beyond.
    pub(super) fn for_period(first: i64, last: i64) -> Self {
        match last.saturating_sub(first) {
            length if length <= 5 * DAY => Self::Hour,
            length if length <= 120 * DAY => Self::Day,
            length if length <= 731 * DAY => Self::Week,
            _ => Self::Month,
        }
    }

    /// Returns its name in `date_trunc`.
    pub fn sql_name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// Returns the start of the bar that holds a time, as `date_trunc` does.
    fn start(self, time: i64) -> i64 {
        match self {
            Self::Hour => time - time.rem_euclid(HOUR),
            Self::Day => time - time.rem_euclid(DAY),
            Self::Week => time - (time - FIRST_MONDAY).rem_euclid(WEEK),
            Self::Month => {
                let day = i64::from(moment(time).day0());
                time - time.rem_euclid(DAY) - day * DAY
            }
        }
    }

    /// Returns the start of the bar after the one that starts at `start`.
    fn next(self, start: i64) -> i64 {
        match self {
            Self::Hour => start + HOUR,
            Self::Day => start + DAY,
            Self::Week => start + WEEK,
            // 32 days after the first of a month lies in the next month.
            Self::Month => self.start(start + 32 * DAY),
        }
    }

    /// Returns the starts of all bars from the one that holds `first` to the one that holds `last`.
    pub(super) fn starts(self, first: i64, last: i64) -> Vec<i64> {
        let mut starts = Vec::new();
        let mut start = self.start(first);
        while start <= last {
            starts.push(start);
            start = self.next(start);
        }
        starts
    }

    /// Names a bar.
    pub(super) fn label(self, start: i64, language: Language) -> String {
        let time = moment(start);
        let pattern = match (self, language) {
            (Self::Hour, Language::English) => "%-d %b %Y %H:00",
            (Self::Hour, Language::Chinese) => "%Y年%-m月%-d日%-H时",
            (Self::Day, Language::English) => "%-d %b %Y",
            (Self::Day, Language::Chinese) => "%Y年%-m月%-d日",
            (Self::Week, Language::English) => "week of %-d %b %Y",
            (Self::Week, Language::Chinese) => "%Y年%-m月%-d日起一周",
            (Self::Month, Language::English) => "%b %Y",
            (Self::Month, Language::Chinese) => "%Y年%-m月",
        };
        time.format(pattern).to_string()
    }
}

/// Returns a moment of the calendar; times that no calendar holds become 1970.
fn moment(microseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(microseconds).unwrap_or_default()
}

/// Writes a day.
pub(super) fn day(microseconds: i64, language: Language) -> String {
    Bucket::Day.label(microseconds, language)
}

/// Writes a day and a time to the minute.
pub(super) fn minute(microseconds: i64, language: Language) -> String {
    let pattern = match language {
        Language::English => "%-d %b %Y %H:%M",
        Language::Chinese => "%Y年%-m月%-d日 %H:%M",
    };
    moment(microseconds).format(pattern).to_string()
}

/// Counts the calendar days (UTC) that a period touches.
pub(super) fn days(first: i64, last: i64) -> i64 {
    (Bucket::Day.start(last) - Bucket::Day.start(first)) / DAY + 1
}

/// Places one label under a chart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// Index of the bar it stands under.
    pub bar: usize,
    /// The label.
    pub label: String,
}

/// Names the steps of the calendar at which labels may stand, finest first.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Hours(i64),
    Days(i64),
    Weeks(i64),
    Months(i32),
}

const STEPS: &[Step] = &[
    Step::Hours(1),
    Step::Hours(3),
    Step::Hours(6),
    Step::Hours(12),
    Step::Days(1),
    Step::Weeks(1),
    Step::Weeks(2),
    Step::Months(1),
    Step::Months(3),
    Step::Months(6),
    Step::Months(12),
    Step::Months(24),
    Step::Months(60),
    Step::Months(120),
];

impl Step {
    /// Numbers the stretch of the calendar that holds a time.
    fn number(self, time: i64) -> i64 {
        match self {
            Self::Hours(hours) => time.div_euclid(hours * HOUR),
            Self::Days(days) => time.div_euclid(days * DAY),
            Self::Weeks(weeks) => (time - FIRST_MONDAY).div_euclid(weeks * WEEK),
            Self::Months(months) => {
                let time = moment(time);
                i64::from((time.year() * 12 + time.month0() as i32).div_euclid(months))
            }
        }
    }

    /// Writes the label of a stretch that starts in the bar `start`; `before` is the bar labelled before it.
    fn label(self, start: i64, before: Option<i64>, language: Language) -> String {
        let time = moment(start);
        let new_year = before.is_none_or(|b| moment(b).year() != time.year());
        let new_day = before.is_none_or(|b| moment(b).ordinal() != time.ordinal());
        let pattern = match (self, language) {
            (Self::Hours(_), _) if time.hour() != 0 && !new_day => "%H:%M",
            (Self::Hours(_) | Self::Days(_) | Self::Weeks(_), Language::English) => "%-d %b",
            (Self::Hours(_) | Self::Days(_) | Self::Weeks(_), Language::Chinese) => "%-m月%-d日",
            (Self::Months(12..), Language::English) => "%Y",
            (Self::Months(12..), Language::Chinese) => "%Y年",
            (Self::Months(_), Language::English) if new_year => "%b %Y",
            (Self::Months(_), Language::Chinese) if new_year => "%Y年%-m月",
            (Self::Months(_), Language::English) => "%b",
            (Self::Months(_), Language::Chinese) => "%-m月",
        };
        time.format(pattern).to_string()
    }
}

/// Chooses which bars carry a label: those in which the finest calendar step begins whose labels keep `spacing` apart.
///
/// `bar_width` and `spacing` are in the same unit, e.g. pixels.
pub(super) fn ticks(starts: &[i64], bar_width: f64, spacing: f64, language: Language) -> Vec<Tick> {
    let mut chosen = Vec::new();
    for step in STEPS {
        let Some(bars) = bars_of(*step, starts, bar_width, spacing) else { continue };
        chosen = Vec::with_capacity(bars.len());
        let mut before = None;
        for bar in bars {
            chosen.push(Tick { bar, label: step.label(starts[bar], before, language) });
            before = Some(starts[bar]);
        }
        break;
    }
    chosen
}

/// Finds the bars in which a step begins; nothing when two of them lie closer than `spacing`.
fn bars_of(step: Step, starts: &[i64], bar_width: f64, spacing: f64) -> Option<Vec<usize>> {
    let mut bars = Vec::new();
    for bar in 1..starts.len() {
        if step.number(starts[bar]) != step.number(starts[bar - 1]) {
            bars.push(bar);
        }
    }
    let apart = |a: usize, b: usize| (b - a) as f64 * bar_width >= spacing;
    if bars.windows(2).any(|pair| !apart(pair[0], pair[1])) {
        return None;
    }
    // The first bar says where the time line begins, unless that would crowd its neighbour.
    if !starts.is_empty() && bars.first().is_none_or(|&next| apart(0, next)) {
        bars.insert(0, 0);
    }
    Some(bars)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
    }

    #[test]
    fn bars_start_where_date_trunc_puts_them() {
        let wednesday = time("2026-11-25T15:42:01Z");
        assert_eq!(Bucket::Hour.start(wednesday), time("2026-11-25T15:00:00Z"));
        assert_eq!(Bucket::Day.start(wednesday), time("2026-11-25T00:00:00Z"));
        assert_eq!(Bucket::Week.start(wednesday), time("2026-11-23T00:00:00Z"));
        assert_eq!(Bucket::Month.start(wednesday), time("2026-11-01T00:00:00Z"));
        assert_eq!(Bucket::Week.start(time("1969-12-30T05:00:00Z")), time("1969-12-29T00:00:00Z"));
    }

    #[test]
    fn months_follow_each_other_over_short_and_long_ones() {
        let starts =
            Bucket::Month.starts(time("2027-12-31T23:00:00Z"), time("2028-04-01T00:00:00Z"));
        let names: Vec<_> =
            starts.iter().map(|s| Bucket::Month.label(*s, Language::Chinese)).collect();
        assert_eq!(names, ["2027年12月", "2028年1月", "2028年2月", "2028年3月", "2028年4月"]);
    }

    #[test]
    fn the_width_follows_the_length() {
        let lengths = [(0, Bucket::Hour), (5, Bucket::Hour), (6, Bucket::Day), (120, Bucket::Day)];
        let longer = [(121, Bucket::Week), (731, Bucket::Week), (732, Bucket::Month)];
        for (days, bucket) in lengths.into_iter().chain(longer) {
            assert_eq!(Bucket::for_period(0, days * DAY), bucket, "{days} days");
        }
    }

    #[test]
    fn labels_keep_their_distance() {
        let starts = Bucket::Day.starts(time("2026-12-01T00:00:00Z"), time("2027-02-28T00:00:00Z"));
        let labels = |width: f64| -> Vec<String> {
            ticks(&starts, width, 60.0, Language::English).into_iter().map(|t| t.label).collect()
        };
        assert_eq!(labels(60.0).len(), starts.len());
        assert_eq!(labels(10.0)[..3], ["1 Dec", "7 Dec", "14 Dec"]);
        assert_eq!(labels(2.5), ["Dec 2026", "Jan 2027", "Feb"]);
        assert_eq!(labels(0.1), ["Jan 2027"]);
        assert!(ticks(&[], 1.0, 60.0, Language::English).is_empty());
    }

    #[test]
    fn a_period_touches_whole_days() {
        assert_eq!(days(time("2026-11-01T23:59:00Z"), time("2026-11-02T00:01:00Z")), 2);
        assert_eq!(days(5, 5), 1);
    }
}
