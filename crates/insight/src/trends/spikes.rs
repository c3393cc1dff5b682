//! Spikes: from scores to beginnings, peaks and ends.

use super::{Detector, Point, Seen};

/// How many quiet buckets end a spike.
const QUIET: usize = 3;
/// How many spreads over what is expected a bucket still belongs to a spike.
const STILL: f64 = 1.5;

/// Says how far a spike goes beyond what the series knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A score of half and more.
    Notable,
    /// Of 0.65 and more.
    Strong,
    /// Of 0.8 and more.
    Extreme,
}

impl Severity {
    fn of(score: f64) -> Self {
        match score {
            score if score >= 0.8 => Self::Extreme,
            score if score >= 0.65 => Self::Strong,
            _ => Self::Notable,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Notable => "notable",
            Self::Strong => "strong",
            Self::Extreme => "extreme",
        }
    }
}

/// Is a time in which more happened than expected. Buckets are named by their place in the series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spike {
    /// The bucket in which it was noticed.
    pub start: usize,
    /// The bucket with the greatest value.
    pub peak: usize,
    /// Its last bucket.
    pub end: usize,
    /// Whether it ended within the series.
    pub is_over: bool,
    /// The greatest value.
    pub peak_value: f64,
    /// What was expected of the bucket with the greatest value, as known when it began.
    pub expected: f64,
    /// What was more than expected, summed over its buckets.
    pub excess: f64,
    /// Its greatest score.
    pub score: f64,
    /// What that means.
    pub severity: Severity,
}

/// Makes spikes of scores as they come.
#[derive(Clone, Debug)]
pub struct Spikes {
    threshold: f64,
    seen: usize,
    open: Option<Open>,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    spike: Spike,
    /// What was expected, and the spread, as it began: a level that follows the spike must not hide it.
    expected: f64,
    spread: f64,
    quiet: usize,
    /// The excess of the quiet buckets, which counts only if the spike goes on.
    pending: f64,
}

impl Spikes {
    /// Takes scores from `threshold` on for the beginning of a spike.
    pub fn new(threshold: f64) -> Self {
        Self { threshold, seen: 0, open: None }
    }

    /// Takes what a detector made of the next bucket; gives the spike that is over by it.
    pub fn observe(&mut self, point: Point, seen: Seen) -> Option<Spike> {
        let at = self.seen;
        self.seen += 1;
        let Some(open) = &mut self.open else {
            if seen.score >= self.threshold {
                self.open = Some(Open::new(at, point, seen));
            }
            return None;
        };
        open.pending += point.value - open.expected;
        let is_still = point.value > open.expected + STILL * open.spread;
        if is_still || seen.score >= self.threshold {
            open.go_on(at, point, seen);
            return None;
        }
        open.quiet += 1;
        if open.quiet < QUIET {
            return None;
        }
        let over = open.spike;
        self.open = None;
        Some(Spike { is_over: true, ..over })
    }

    /// Gives the spike that goes on.
    pub fn open(&self) -> Option<Spike> {
        self.open.map(|open| open.spike)
    }
}

impl Open {
    fn new(at: usize, point: Point, seen: Seen) -> Self {
        let spike = Spike {
            start: at,
            peak: at,
            end: at,
            is_over: false,
            peak_value: point.value,
            expected: seen.expected,
            excess: point.value - seen.expected,
            score: seen.score,
            severity: Severity::of(seen.score),
        };
        Self { spike, expected: seen.expected, spread: seen.spread, quiet: 0, pending: 0.0 }
    }

    fn go_on(&mut self, at: usize, point: Point, seen: Seen) {
        let spike = &mut self.spike;
        spike.end = at;
        spike.excess += self.pending;
        (self.pending, self.quiet) = (0.0, 0);
        if point.value > spike.peak_value {
            (spike.peak, spike.peak_value) = (at, point.value);
        }
        spike.score = spike.score.max(seen.score);
        spike.severity = Severity::of(spike.score);
    }
}

/// Finds the spikes of a series; gives them with what the detector made of every bucket.
pub fn spikes(
    points: &[Point],
    detector: &mut dyn Detector,
    threshold: f64,
) -> (Vec<Spike>, Vec<Seen>) {
    let mut tracker = Spikes::new(threshold);
    let mut found = Vec::new();
    let mut all = Vec::with_capacity(points.len());
    for point in points {
        let seen = detector.observe(*point);
        found.extend(tracker.observe(*point, seen));
        all.push(seen);
    }
    found.extend(tracker.open());
    (found, all)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expects 10 of every bucket, with a spread of 2, and scores what is over 20.
    struct Fixed;

    impl Detector for Fixed {
        fn observe(&mut self, point: Point) -> Seen {
            let score = if point.value > 20.0 { point.value / (point.value + 20.0) } else { 0.0 };
            Seen { score, expected: 10.0, spread: 2.0 }
        }
    }

    fn found(values: &[f64]) -> Vec<Spike> {
        let points =
            values.iter().enumerate().map(|(at, value)| Point { time: at as i64, value: *value });
        spikes(&points.collect::<Vec<_>>(), &mut Fixed, 0.5).0
    }

    #[test]
    fn a_spike_begins_peaks_and_ends() {
        let spikes = found(&[10.0, 9.0, 25.0, 60.0, 30.0, 12.0, 16.0, 10.0, 10.0, 10.0, 50.0]);
        let [first, second] = spikes[..] else { panic!("{spikes:?}") };
        assert_eq!((first.start, first.peak, first.end, first.is_over), (2, 3, 6, true));
        // A quiet bucket of 12 within it counts, those after it do not.
        assert_eq!(first.excess, 15.0 + 50.0 + 20.0 + 2.0 + 6.0);
        assert_eq!((first.score, first.severity), (0.75, Severity::Strong));
        assert_eq!((second.start, second.is_over, second.excess), (10, false, 40.0));
        assert!(found(&[10.0; 9]).is_empty());
    }
}
