//! Buckets in the order of time.

use crate::InsightError;

/// Is a bucket: when it begins, and what was counted or measured in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Seconds since 1970, UTC.
    pub time: i64,
    /// The value, finite.
    pub value: f64,
}

/// Says what buckets that are not there mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gaps {
    /// Nothing is known of them.
    #[default]
    Unknown,
    /// Nothing happened in them: they hold 0.
    Zero,
}

/// Is a series of buckets of one length, the earliest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    points: Vec<Point>,
    step: i64,
    missing: usize,
    repeated: usize,
}

impl Series {
    /// How many buckets a filled series may have at most.
    pub const MOST: usize = 50_000_000;

    /// Puts points in order. The length of a bucket is the median of what lies between them; points of one time stay side by side.
    ///
    /// # Errors
    /// Fails without points, if a value is not finite, and if filling the gaps would take more than [`Series::MOST`] buckets.
    pub fn new(mut points: Vec<Point>, gaps: Gaps) -> Result<Self, InsightError> {
        points.sort_by_key(|point| point.time);
        let mut between: Vec<i64> =
            points.windows(2).map(|two| two[1].time - two[0].time).collect();
        between.retain(|step| *step > 0);
        let middle = between.len() / 2;
        // One bucket alone has no length to be seen: an hour is as good as any.
        let step = match between.len() {
            0 => 3600,
            _ => *between.select_nth_unstable(middle).1,
        };
        Self::with_step(points, step, gaps)
    }

    /// Puts points in order whose buckets are known to have a length of `step` seconds.
    ///
    /// # Errors
    /// As [`Series::new`].
    pub fn with_step(mut points: Vec<Point>, step: i64, gaps: Gaps) -> Result<Self, InsightError> {
        if points.is_empty() {
            return Err(InsightError::NoBuckets);
        }
        if let Some(at) = points.iter().position(|point| !point.value.is_finite()) {
            return Err(InsightError::BucketNotFinite { bucket: at, value: points[at].value });
        }
        points.sort_by_key(|point| point.time);
        let repeated = points.windows(2).filter(|two| two[0].time == two[1].time).count();
        // A clock that is off by less than half a bucket leaves none out.
        let left_out = |before: i64, after: i64| (((after - before) + step / 2) / step - 1).max(0);
        let gap = |two: &[Point]| left_out(two[0].time, two[1].time) as usize;
        let missing: usize = points.windows(2).map(gap).sum();
        if gaps == Gaps::Zero && missing > 0 {
            if points.len() + missing > Self::MOST {
                return Err(InsightError::TooManyBuckets { buckets: points.len() + missing });
            }
            points = filled(&points, step, gap);
        }
        Ok(Self { points, step, missing, repeated })
    }

    /// The buckets.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The values of the buckets.
    pub fn values(&self) -> Vec<f64> {
        self.points.iter().map(|point| point.value).collect()
    }

    /// The length of a bucket in seconds.
    pub fn step(&self) -> i64 {
        self.step
    }

    /// How many buckets were not there.
    pub fn missing(&self) -> usize {
        self.missing
    }

    /// How many points have the time of the one before.
    pub fn repeated(&self) -> usize {
        self.repeated
    }
}

fn filled(points: &[Point], step: i64, gap: impl Fn(&[Point]) -> usize) -> Vec<Point> {
    let mut all = Vec::with_capacity(points.len());
    for two in points.windows(2) {
        all.push(two[0]);
        let zeros =
            (1..=gap(two) as i64).map(|n| Point { time: two[0].time + n * step, value: 0.0 });
        all.extend(zeros);
    }
    all.extend(points.last());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(times: &[i64]) -> Vec<Point> {
        times.iter().map(|time| Point { time: *time, value: *time as f64 }).collect()
    }

    #[test]
    fn points_are_put_in_order_and_gaps_are_seen() {
        let late = Series::new(points(&[300, 0, 100, 600]), Gaps::Unknown).unwrap();
        let times: Vec<i64> = late.points().iter().map(|point| point.time).collect();
        // Steps of 100, 200 and 300.
        assert_eq!((times, late.step(), late.missing()), (vec![0, 100, 300, 600], 200, 1));
        let filled = Series::new(points(&[0, 100, 200, 500]), Gaps::Zero).unwrap();
        assert_eq!(filled.values(), [0.0, 100.0, 200.0, 0.0, 0.0, 500.0]);
        assert_eq!((filled.points()[4].time, filled.missing()), (400, 2));
    }

    #[test]
    fn a_clock_may_be_off_or_set_back() {
        let off = Series::new(points(&[0, 60, 121, 180, 239]), Gaps::Zero).unwrap();
        assert_eq!((off.points().len(), off.missing()), (5, 0));
        let back = Series::new(points(&[0, 60, 60, 120]), Gaps::Zero).unwrap();
        assert_eq!((back.points().len(), back.repeated(), back.step()), (4, 1, 60));
    }

    #[test]
    fn what_is_no_series_is_refused() {
        assert_eq!(Series::new(Vec::new(), Gaps::Zero), Err(InsightError::NoBuckets));
        let broken = vec![Point { time: 0, value: f64::NAN }];
        let refused = Series::new(broken, Gaps::Unknown).unwrap_err().to_string();
        assert!(refused.contains("bucket `0` holds `NaN`"), "{refused}");
        let far = points(&[0, 1, 2, i64::MAX / 4]);
        assert!(matches!(Series::new(far, Gaps::Zero), Err(InsightError::TooManyBuckets { .. })));
        assert_eq!(Series::new(points(&[7]), Gaps::Zero).unwrap().step(), 3600);
    }
}
