//! What a forecast looks at, and which of it together.

use super::board::HOUR;
use super::situation::Situation;

/// Is a number that says something of a situation.
pub struct Feature {
    /// Its name.
    pub name: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// Gives it; what is not known is not a number.
    pub of: fn(&Situation) -> f64,
}

/// All features.
#[rustfmt::skip]
pub const FEATURES: &[Feature] = &[
    Feature { name: "rank", about: "the rank now", of: |now| now.rank },
    Feature { name: "rank_1h", about: "the rank an hour ago", of: |now| now.ago[0] },
    Feature { name: "rank_2h", about: "the rank 2 hours ago", of: |now| now.ago[1] },
    Feature { name: "rank_3h", about: "the rank 3 hours ago", of: |now| now.ago[2] },
    Feature { name: "rank_6h", about: "the rank 6 hours ago", of: |now| now.ago[3] },
    Feature { name: "rank_12h", about: "the rank 12 hours ago", of: |now| now.ago[4] },
    Feature { name: "velocity", about: "ranks climbed an hour since the board before", of: velocity },
    Feature { name: "velocity_3h", about: "ranks climbed in 3 hours", of: |now| now.ago[2] - now.rank },
    Feature { name: "acceleration", about: "ranks climbed in an hour more than in the one before", of: acceleration },
    Feature { name: "best", about: "the best rank so far", of: |now| now.best },
    Feature { name: "below_best", about: "ranks below the best", of: |now| now.rank - now.best },
    Feature { name: "since_best", about: "hours since the best rank", of: |now| now.since_best },
    Feature { name: "age", about: "hours since first seen", of: |now| now.age },
    Feature { name: "stay", about: "hours since it came to the board, or came back", of: |now| now.stay },
    Feature { name: "boards", about: "on how many boards it was", of: |now| now.boards },
    Feature { name: "boards_at_top", about: "on how many boards it was at the top", of: |now| now.boards_at_top },
    Feature { name: "returns", about: "how often it came back", of: |now| now.returns },
    Feature { name: "new_above", about: "how many items above it have just come", of: |now| now.new_above },
    Feature { name: "kept_top_1h", about: "which part of the top an hour ago is still there", of: |now| now.kept_top[0] },
    Feature { name: "kept_top_3h", about: "which part of the top 3 hours ago is still there", of: |now| now.kept_top[2] },
    Feature { name: "kept_top_6h", about: "which part of the top 6 hours ago is still there", of: |now| now.kept_top[3] },
    Feature { name: "kept_3h", about: "which part of the board 3 hours ago is still there", of: |now| now.kept },
    Feature { name: "since_before", about: "hours since the board before", of: |now| now.since_before },
    Feature { name: "hour", about: "the hour of the day, UTC", of: |now| (now.time.rem_euclid(24 * HOUR) / HOUR) as f64 },
    Feature { name: "weekday", about: "the day of the week, UTC, Monday is 0", of: weekday },
];

/// The features that say more together than each for itself.
pub const PAIRS: &[[&str; 2]] = &[
    ["rank", "velocity"],
    ["rank", "stay"],
    ["rank", "age"],
    ["rank", "below_best"],
    ["rank", "since_best"],
    ["rank", "hour"],
    ["rank_1h", "rank_2h"],
    ["hour", "stay"],
    ["stay", "best"],
    ["stay", "boards_at_top"],
    ["rank", "rank_1h"],
];

/// Gives the values of all features.
pub fn features(situation: &Situation) -> Vec<f64> {
    FEATURES.iter().map(|feature| (feature.of)(situation)).collect()
}

fn velocity(now: &Situation) -> f64 {
    // Boards a few minutes apart would make any step a leap.
    (now.before - now.rank) / now.since_before.max(0.5)
}

fn acceleration(now: &Situation) -> f64 {
    (now.ago[0] - now.rank) - (now.ago[1] - now.ago[0])
}

fn weekday(now: &Situation) -> f64 {
    // The first day of 1970 was a Thursday.
    (now.time.div_euclid(24 * HOUR) + 3).rem_euclid(7) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A situation on Friday, the 2nd of January 1970, at 05:00.
    pub(super) fn climbing() -> Situation {
        Situation {
            time: 29 * HOUR,
            item: 1,
            top: 10.0,
            size: 50.0,
            rank: 12.0,
            ago: [20.0, 35.0, 51.0, 51.0, f64::NAN],
            before: 20.0,
            since_before: 2.0,
            best: 12.0,
            since_best: 0.0,
            age: 2.0,
            stay: 2.0,
            boards: 3.0,
            boards_at_top: 0.0,
            returns: 0.0,
            new_above: 2.0,
            kept_top: [0.9, 0.8, 0.7, 0.5, f64::NAN],
            kept: 0.8,
        }
    }

    #[test]
    fn features_say_what_they_are_called() {
        let values = features(&climbing());
        let of =
            |name: &str| values[FEATURES.iter().position(|feature| feature.name == name).unwrap()];
        assert_eq!([of("velocity"), of("velocity_3h"), of("acceleration")], [4.0, 39.0, -7.0]);
        assert_eq!([of("hour"), of("weekday"), of("below_best")], [5.0, 4.0, 0.0]);
        assert!(of("rank_12h").is_nan());
    }

    #[test]
    fn names_are_there_once_and_pairs_have_them() {
        let mut names: Vec<&str> = FEATURES.iter().map(|feature| feature.name).collect();
        assert!(PAIRS.as_flattened().iter().all(|name| names.contains(name)));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FEATURES.len());
    }
}
