//! The rule that Meltwater publishes for its spike alerts: the volume of the last hour against that of the 12 hours before; for news, of
//! the day against the 14 days before; a spike must also exceed what yesterday and last week had at this time.

use super::{DAY, Detector, HOUR, Seen, score};
use crate::trends::Point;
use std::collections::VecDeque;

/// How many times what is usual is a spike: the middle of three sensitivities.
const TIMES: f64 = 3.0;
/// Least posts an hour that are compared, lest one post after a silent night be a spike.
const LEAST: f64 = 1.0;

/// Compares the last hour, or the day, with what was before.
#[derive(Clone, Debug)]
pub struct Meltwater {
    /// The length of what is compared, in buckets.
    window: usize,
    /// The length of what is usual before it, in buckets.
    usual: usize,
    /// How long ago the same was before, in buckets.
    before: [usize; 2],
    /// The latest buckets, the oldest first, as far as anything looks back.
    kept: VecDeque<f64>,
    longest: usize,
    /// The sum of the buckets up to each kept one, so that the sum of a window is a difference.
    total: f64,
    seen: usize,
}

impl Meltwater {
    /// Knows nothing yet of a series with buckets of `step` seconds: hours are compared of shorter buckets, days of longer ones.
    pub fn new(step: i64) -> Self {
        let in_buckets = |seconds: i64| ((seconds + step / 2) / step.max(1)).max(1) as usize;
        let day = DAY as i64;
        let (window, usual) = match step <= HOUR {
            true => (in_buckets(HOUR), in_buckets(12 * HOUR)),
            false => (in_buckets(day), in_buckets(14 * day)),
        };
        let before = [in_buckets(day), in_buckets(7 * day)];
        let longest = (window + usual).max(window + before[1]);
        let kept = VecDeque::with_capacity(longest + 1);
        Self { window, usual, before, kept, longest, total: 0.0, seen: 0 }
    }

    /// Sums `length` buckets that end `ago` buckets before the latest, if they were seen.
    fn sum(&self, ago: usize, length: usize) -> Option<f64> {
        let end = self.kept.len().checked_sub(1 + ago)?;
        let start = end.checked_sub(length)?;
        Some(self.kept[end] - self.kept[start])
    }
}

impl Detector for Meltwater {
    fn observe(&mut self, Point { value, .. }: Point) -> Seen {
        if self.kept.is_empty() {
            self.kept.push_back(0.0);
        }
        self.total += value.max(0.0);
        self.seen += 1;
        self.kept.push_back(self.total);
        if self.kept.len() > self.longest + 1 {
            self.kept.pop_front();
        }
        let usual = self
            .sum(self.window, self.usual)
            .map(|sum| sum * self.window as f64 / self.usual as f64);
        let (Some(now), Some(usual)) = (self.sum(0, self.window), usual) else {
            return Seen { score: 0.0, expected: value, spread: 0.0 };
        };
        let earlier = self.before.iter().filter_map(|ago| self.sum(*ago, self.window));
        let base = earlier.fold(usual, f64::max).max(LEAST);
        let expected = usual / self.window as f64;
        Seen { score: score(now / base - 1.0, TIMES - 1.0), expected, spread: expected.sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_is_compared_with_twelve_yesterday_and_last_week() {
        let run = |value: &dyn Fn(i64) -> f64, hours: i64| {
            let mut detector = Meltwater::new(HOUR);
            let mut last = 0.0;
            for hour in 0..hours {
                last = detector.observe(Point { time: hour * HOUR, value: value(hour) }).score;
            }
            last
        };
        assert_eq!(run(&|_| 10.0, 5), 0.0, "twelve hours are not there yet");
        assert_eq!(run(&|hour| if hour == 40 { 30.0 } else { 10.0 }, 41), 0.5, "three times");
        let daily = |hour: i64| if hour % 24 == 16 { 30.0 } else { 10.0 };
        assert_eq!(run(&daily, 41), 0.0, "yesterday had it, too");
        let weekly = |hour: i64| if hour % 168 == 40 { 30.0 } else { 10.0 };
        assert_eq!(run(&weekly, 168 + 41), 0.0, "last week had it, too");
        assert!(run(&|hour| if hour == 40 { 1.0 } else { 0.0 }, 41) < 0.5);
    }

    #[test]
    fn days_are_compared_with_fourteen() {
        let mut detector = Meltwater::new(DAY as i64);
        let value = |day: i64| if day == 20 { 50.0 } else { 10.0 };
        let scores: Vec<f64> = (0..21)
            .map(|day| detector.observe(Point { time: day * DAY as i64, value: value(day) }).score)
            .collect();
        assert!(scores[..20].iter().all(|score| *score == 0.0) && scores[20] > 0.5, "{scores:?}");
    }
}
