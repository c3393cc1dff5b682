//! Months, which partition the large tables, and windows of time.

use std::fmt;

/// Names a calendar month in UTC, printed `2026-11`; the partition of the large tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i32,
    month: u8,
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// Returns the month of a time in microseconds UTC.
pub fn month_of(microseconds: i64) -> Month {
    let (year, month, _) = date_of(microseconds.div_euclid(86_400_000_000));
    Month { year: year as i32, month: month as u8 }
}

/// Returns year, month and day of a day counted from 1970-01-01.
///
/// The algorithm is `civil_from_days` of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
pub fn date_of(day: i64) -> (i64, i64, i64) {
    let days = day + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

/// Spans time from `start` (included) to `end` (excluded), both microseconds UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    start: i64,
    end: i64,
}

impl Window {
    /// Makes a window.
    ///
    /// # Errors
    /// [`WindowError`] when it would hold no time.
    pub fn new(start: i64, end: i64) -> Result<Self, WindowError> {
        if start < end { Ok(Self { start, end }) } else { Err(WindowError { start, end }) }
    }

    /// Returns its first microsecond.
    pub fn start(self) -> i64 {
        self.start
    }

    /// Returns the first microsecond after it.
    pub fn end(self) -> i64 {
        self.end
    }

    /// Tells whether a time lies in it.
    pub fn contains(self, time: i64) -> bool {
        (self.start..self.end).contains(&time)
    }
}

/// Says that a window would be empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("window from `{start}` to `{end}` is empty; the end must lie after the start")]
pub struct WindowError {
    start: i64,
    end: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_turn_at_midnight_utc() {
        // 2024-02-29T23:59:59.999999Z and the microsecond after it.
        assert_eq!(month_of(1_709_251_199_999_999).to_string(), "2024-02");
        assert_eq!(month_of(1_709_251_200_000_000).to_string(), "2024-03");
        assert_eq!(month_of(0).to_string(), "1970-01");
        assert_eq!(month_of(-1).to_string(), "1969-12");
    }

    #[test]
    fn windows_hold_their_start_only() {
        let window = Window::new(10, 20).unwrap();
        assert!(window.contains(10) && !window.contains(20));
        assert!(Window::new(20, 20).is_err());
    }
}
