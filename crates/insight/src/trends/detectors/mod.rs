//! Detectors: each sees the buckets of a series as they come and says of every one how much it stands out upwards.
//!
//! All work at a constant cost a bucket but for the change points, which look back over a bounded time, and know nothing of what comes
//! after a bucket when they score it.

mod changes;
mod counts;
mod kleinberg;
mod meltwater;
mod peaks;

pub use changes::Changes;
pub use counts::Counts;
pub use kleinberg::Kleinberg;
pub use meltwater::Meltwater;
pub use peaks::Peaks;

use super::series::{Point, Series};

/// Seconds of a day.
const DAY: f64 = 86_400.0;
/// Seconds of an hour.
const HOUR: i64 = 3600;

/// Says what a detector made of a bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// How much it stands out, 0 to 1; at 0.5 and more it is a spike.
    pub score: f64,
    /// What was expected of it.
    pub expected: f64,
    /// How far such values lie from what is expected, usually.
    pub spread: f64,
}

/// Sees buckets as they come.
pub trait Detector {
    /// Takes the next bucket, and says what is to be made of it by those before.
    fn observe(&mut self, point: Point) -> Seen;
}

/// Is a detector one can choose.
pub struct DetectorKind {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line.
    pub about: &'static str,
    /// Makes one for buckets of so many seconds.
    pub make: fn(i64) -> Box<dyn Detector + Send>,
}

/// Chooses the detector of a series, by measurement: counts of an hour and more are as its negative binomial has them, those of minutes have
/// peaks beyond any such model, and what is no count has none.
pub fn usual(series: &Series) -> &'static DetectorKind {
    let is_count = |point: &Point| point.value >= 0.0 && point.value.fract() == 0.0;
    let name = match series.step() >= HOUR && series.points().iter().all(is_count) {
        true => "counts",
        false => "peaks",
    };
    DETECTORS.iter().find(|kind| kind.name == name).unwrap_or(&DETECTORS[0])
}

/// All detectors.
pub const DETECTORS: &[DetectorKind] = &[
    DetectorKind {
        name: "peaks",
        about: "how rare a peak is among those of the series itself (peaks over threshold)",
        make: |step| Box::new(Peaks::new(step)),
    },
    DetectorKind {
        name: "counts",
        about: "a count against a negative binomial with the rhythm of the week",
        make: |step| Box::new(Counts::new(step)),
    },
    DetectorKind {
        name: "kleinberg",
        about: "an automaton whose states send posts at growing rates",
        make: |_| Box::new(Kleinberg::default()),
    },
    DetectorKind {
        name: "changes",
        about: "the level of the series has risen (change points)",
        make: |_| Box::new(Changes::default()),
    },
    DetectorKind {
        name: "meltwater",
        about: "the last hour against 12 hours, or the day against 14 days, checked against yesterday and last week",
        make: |step| Box::new(Meltwater::new(step)),
    },
];

/// Turns evidence, 0 and more, into a score, which is a half at `half`.
fn score(evidence: f64, half: f64) -> f64 {
    let evidence = evidence.max(0.0);
    evidence / (evidence + half)
}

/// Tells how many buckets so many days are, at least `least`.
fn buckets(days: f64, step: i64, least: f64) -> f64 {
    (days * DAY / step.max(1) as f64).max(least)
}

/// Holds values up to a bound away from 0.
fn clipped(value: f64, bound: f64) -> f64 {
    value.clamp(-bound, bound)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trends::Gaps;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Twenty days of hours with a rhythm of the day, and a spike in the last.
    fn hours(spike: f64) -> Vec<Point> {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut value = |hour: i64| {
            let rhythm = 40.0 + 20.0 * (hour as f64 * std::f64::consts::TAU / 24.0).sin();
            let noise = random.random_range(-6.0..6.0);
            (rhythm + noise + if (470..474).contains(&hour) { spike } else { 0.0 }).round()
        };
        (0..480).map(|hour| Point { time: hour * 3600, value: value(hour) }).collect()
    }

    fn scores(kind: &DetectorKind, points: &[Point]) -> Vec<f64> {
        let mut detector = (kind.make)(3600);
        points.iter().map(|point| detector.observe(*point).score).collect()
    }

    #[test]
    fn every_detector_finds_a_great_spike() {
        for kind in DETECTORS {
            let found = scores(kind, &hours(400.0));
            let best = found[470..474].iter().copied().fold(0.0, f64::max);
            assert!(best >= 0.5, "{}: {best}", kind.name);
            assert!(found.iter().all(|score| (0.0..=1.0).contains(score)), "{}", kind.name);
            let before = found[240..470].iter().filter(|score| **score >= 0.5).count();
            assert_eq!(before, 0, "{} cries before the spike", kind.name);
        }
    }

    #[test]
    fn the_usual_detector_follows_from_the_series() {
        let of = |step: i64, value: f64| {
            let points = (0..9).map(|at| Point { time: at * step, value }).collect();
            usual(&Series::new(points, Gaps::Unknown).unwrap()).name
        };
        assert_eq!(
            [of(3600, 4.0), of(86_400, 4.0), of(60, 4.0), of(3600, 0.4)],
            ["counts", "counts", "peaks", "peaks"]
        );
    }

    #[test]
    fn what_comes_after_changes_nothing() {
        for kind in DETECTORS {
            let (all, start) = (hours(400.0), hours(0.0));
            assert_eq!(scores(kind, &all)[..470], scores(kind, &start)[..470], "{}", kind.name);
        }
    }

    #[test]
    fn flat_series_have_no_spikes() {
        for kind in DETECTORS {
            for value in [0.0, 5.0, 1e9] {
                let flat: Vec<Point> = (0..400).map(|at| Point { time: at * 60, value }).collect();
                let found = scores(kind, &flat);
                assert!(found.iter().all(|score| *score < 0.5), "{} of {value}", kind.name);
            }
            assert!(scores(kind, &[Point { time: 0, value: 9.0 }])[0] < 0.5, "{}", kind.name);
        }
    }

    #[test]
    fn one_post_in_silence_is_no_spike() {
        for kind in DETECTORS {
            let value = |at: i64| if at == 300 { 1.0 } else { 0.0 };
            let posts: Vec<Point> =
                (0..400).map(|at| Point { time: at * 3600, value: value(at) }).collect();
            assert!(scores(kind, &posts)[300] < 0.5, "{}", kind.name);
        }
    }
}
