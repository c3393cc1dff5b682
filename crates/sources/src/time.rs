//! Times as exports write them, made microseconds since 1970-01-01 UTC.
//!
//! Understood are epochs (seconds, milliseconds, microseconds, nanoseconds, told apart by size, with or without a fraction), compact
//! dates (`20261124`, `20261124082121`), ISO 8601 and its relatives (`2026-11-24T08:21:21.5Z`, `2026/11/24 08:21`,
//! `2026年11月24日 08:21`), the US form with the month first (`11/24/2026 8:21 PM`), and what is read in `words`: English month
//! names and the relative times of Weibo. Epochs and ISO 8601 take a short path without allocation.

mod words;

use groundswell_core::date_of;

/// Says how to read times that leave something out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeContext {
    /// What relative times and dates without a year refer to (microseconds UTC).
    pub reference: i64,
    /// Zone of times that name none.
    pub zone: Zone,
}

impl TimeContext {
    /// Makes a context in which times without a zone are UTC.
    pub fn utc(reference: i64) -> Self {
        Self { reference, zone: Zone::UTC }
    }
}

/// Names a zone for times that name none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// Minutes east of UTC.
    Minutes(i32),
    /// Eastern Time of the United States with daylight saving by the rules in force since 2007 (Energy Policy Act of 2005: from
    /// the second Sunday of March to the first of November, each at 2:00). Of an hour that occurs twice, the first is meant.
    UsEastern,
}

impl Zone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self::Minutes(0);
    /// China Standard Time.
    pub const CHINA: Self = Self::Minutes(480);

    /// Returns the offset east of UTC, in minutes, at a local time given in microseconds.
    fn minutes_at(self, local: i64) -> i64 {
        match self {
            Self::Minutes(minutes) => i64::from(minutes),
            Self::UsEastern => {
                let (year, _, _) = date_of(local.div_euclid(DAY));
                let start = DAY * sunday_on_or_after(year, 3, 8) + 2 * HOUR;
                let end = DAY * sunday_on_or_after(year, 11, 1) + 2 * HOUR;
                if (start..end).contains(&local) { -240 } else { -300 }
            }
        }
    }

    fn to_utc(self, local: i64) -> i64 {
        local - MINUTE * self.minutes_at(local)
    }

    fn to_local(self, utc: i64) -> i64 {
        // The offset is looked up at the standard local time, which errs only within the hour of a change.
        let standard = match self {
            Self::Minutes(minutes) => i64::from(minutes),
            Self::UsEastern => -300,
        };
        utc + MINUTE * self.minutes_at(utc + MINUTE * standard)
    }
}

/// Says that a time cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "time `{value}` is not understood; write it as 2026-11-24T08:21:21Z or as seconds since 1970"
)]
pub struct TimeError {
    /// The time as received, cut at 80 characters.
    pub value: String,
}

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Reads a time and returns it in microseconds since 1970-01-01 UTC.
///
/// # Errors
/// [`TimeError`] when the text is none of the forms listed in the module, or names a day or hour that does not exist.
pub fn parse_time(text: &str, context: &TimeContext) -> Result<i64, TimeError> {
    let trimmed = text.trim();
    let bytes = trimmed.as_bytes();
    let digits = bytes.iter().take_while(|b| b.is_ascii_digit()).count();
    let parsed = if digits > 0 && digits == bytes.len() && digits <= 19 {
        trimmed.parse().ok().and_then(|value| parse_epoch(value, context))
    } else if digits == 4 {
        calendar_date(trimmed, context)
    } else {
        words::parse(trimmed, context).or_else(|| {
            trimmed.parse::<f64>().ok().filter(|v| v.is_finite()).and_then(parse_epoch_fraction)
        })
    };
    parsed.ok_or_else(|| TimeError { value: trimmed.chars().take(80).collect() })
}

/// Reads a number as a time; compact dates (`20261124`, `20261124082121`) are in the zone of the context.
///
/// Below 10¹¹ it counts seconds, below 10¹⁴ milliseconds, below 10¹⁷ microseconds, then nanoseconds: the borders lie at the years
/// 5138 and 1973, so that no plausible time of a post is read in the wrong unit.
pub(crate) fn parse_epoch(value: i64, context: &TimeContext) -> Option<i64> {
    if (19_900_101..=20_991_231).contains(&value) {
        let day = days_from_date(value / 10_000, value / 100 % 100, value % 100)?;
        return Some(context.zone.to_utc(day * DAY));
    }
    if (19_900_101_000_000..=20_991_231_235_959).contains(&value) {
        let (date, clock) = (value / 1_000_000, value % 1_000_000);
        let day = days_from_date(date / 10_000, date / 100 % 100, date % 100)?;
        let time = time_of_day(clock / 10_000, clock / 100 % 100, clock % 100)?;
        return Some(context.zone.to_utc(day * DAY + time));
    }
    match value.unsigned_abs() {
        0..100_000_000_000 => Some(value * SECOND),
        100_000_000_000..100_000_000_000_000 => Some(value * 1_000),
        100_000_000_000_000..100_000_000_000_000_000 => Some(value),
        _ => Some(value / 1_000),
    }
}

/// Reads a number with a fraction as a time, units as in [`parse_epoch`].
pub(crate) fn parse_epoch_fraction(value: f64) -> Option<i64> {
    let factor = match value.abs() {
        v if v < 1e11 => 1e6,
        v if v < 1e14 => 1e3,
        v if v < 1e17 => 1.0,
        v if v < 1e20 => 1e-3,
        _ => return None,
    };
    Some((value * factor).round() as i64)
}

/// Reads `2026-11-24…`, `2026/11/24…`, `2026.11.24…` and `2026年11月24日…`.
fn calendar_date(text: &str, context: &TimeContext) -> Option<i64> {
    let mut cursor = Cursor { rest: text };
    let year = cursor.digits(4, 4)?;
    let separator = ["-", "/", ".", "年"].into_iter().find(|s| cursor.eat(s))?;
    let month = cursor.digits(1, 2)?;
    if !cursor.eat(if separator == "年" { "月" } else { separator }) {
        return None;
    }
    let day = cursor.digits(1, 2)?;
    if separator == "年" {
        let _ = cursor.eat("日") || cursor.eat("号");
    }
    cursor.clock_after(days_from_date(year, month, day)?, context)
}

/// Walks over a time from the left.
#[derive(Clone, Copy)]
struct Cursor<'t> {
    rest: &'t str,
}

impl Cursor<'_> {
    fn eat(&mut self, expected: &str) -> bool {
        match self.rest.strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes between `least` and `most` digits.
    fn digits(&mut self, least: usize, most: usize) -> Option<i64> {
        let bytes = self.rest.as_bytes();
        let count = bytes.iter().take(most).take_while(|b| b.is_ascii_digit()).count();
        if count < least {
            return None;
        }
        let value = bytes[..count].iter().fold(0, |sum, b| sum * 10 + i64::from(b - b'0'));
        self.rest = &self.rest[count..];
        Some(value)
    }

    /// Takes the clock and the zone that follow a date, up to the end; midnight if there is none.
    fn clock_after(&mut self, day: i64, context: &TimeContext) -> Option<i64> {
        let _ = self.eat("T") || self.eat("t") || self.eat(",");
        self.skip_spaces();
        let time = if self.rest.is_empty() { 0 } else { self.clock()? };
        self.skip_spaces();
        let local = day * DAY + time;
        if self.rest.is_empty() {
            return Some(context.zone.to_utc(local));
        }
        Some(local - MINUTE * zone_minutes(self.rest)?)
    }

    /// Takes `8:21`, `08:21:21`, `08:21:21.123456`, each with or without AM or PM.
    fn clock(&mut self) -> Option<i64> {
        let mut hour = self.digits(1, 2)?;
        if !self.eat(":") {
            return None;
        }
        let minute = self.digits(2, 2)?;
        let mut second = 0;
        let mut fraction = 0;
        if self.eat(":") {
            second = self.digits(2, 2)?;
            if self.eat(".") || self.eat(",") {
                fraction = self.fraction()?;
            }
        }
        self.skip_spaces();
        let half = self.rest.get(..2).unwrap_or_default();
        let afternoon = half.eq_ignore_ascii_case("pm");
        if afternoon || half.eq_ignore_ascii_case("am") {
            if !(1..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + if afternoon { 12 } else { 0 };
            self.rest = &self.rest[2..];
        }
        Some(time_of_day(hour, minute, second)? + fraction)
    }

    /// Takes the digits behind a decimal point and returns microseconds.
    fn fraction(&mut self) -> Option<i64> {
        let before = self.rest.len();
        let kept = self.digits(1, 6)?;
        let count = before - self.rest.len();
        self.rest = self.rest.trim_start_matches(|c: char| c.is_ascii_digit());
        Some(kept * 10_i64.pow(6 - count as u32))
    }
}

/// Reads a zone that takes the whole text (`Z`, `UTC`, `+08:00`, `-0500`, `+8`, `PDT`) and returns minutes east of UTC.
fn zone_minutes(text: &str) -> Option<i64> {
    // The names with letters are those of RFC 5322, section 4.3.
    let named = [
        ("Z", 0),
        ("UTC", 0),
        ("GMT", 0),
        ("EST", -300),
        ("EDT", -240),
        ("CST", -360),
        ("CDT", -300),
        ("MST", -420),
        ("MDT", -360),
        ("PST", -480),
        ("PDT", -420),
    ];
    if let Some((_, minutes)) = named.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
        return Some(*minutes);
    }
    let mut cursor = Cursor { rest: text };
    let _ = cursor.eat("UTC") || cursor.eat("GMT");
    let sign = if cursor.eat("+") {
        1
    } else if cursor.eat("-") || cursor.eat("\u{2212}") {
        -1
    } else {
        return None;
    };
    let hours = cursor.digits(1, 2)?;
    let _ = cursor.eat(":");
    let minutes = if cursor.rest.is_empty() { 0 } else { cursor.digits(2, 2)? };
    // A name in brackets may follow, as in `+0000 (UTC)`.
    cursor.skip_spaces();
    let plain = cursor.rest.is_empty() || (cursor.rest.starts_with('(') && text.ends_with(')'));
    (plain && hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}

/// Returns a time of day in microseconds; second 60 is a leap second.
fn time_of_day(hour: i64, minute: i64, second: i64) -> Option<i64> {
    let valid = hour < 24 && minute < 60 && second <= 60;
    valid.then_some(hour * HOUR + minute * MINUTE + second * SECOND)
}

/// Returns the day of a date, counted from 1970-01-01, if there is such a date.
///
/// The algorithm is `days_from_civil` of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn days_from_date(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Returns the first Sunday from a date on, as a day counted from 1970-01-01 (a Thursday).
fn sunday_on_or_after(year: i64, month: i64, day: i64) -> i64 {
    let first = days_from_date(year, month, day).unwrap_or_default();
    first + (3 - first).rem_euclid(7)
}

#[cfg(test)]
mod tests;
