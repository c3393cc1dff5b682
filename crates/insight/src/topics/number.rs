//! How many topics there are.

use crate::topics::groupings::Groupings;

/// The numbers of topics that are tried: every one up to ten, then steps of about a fifth.
const CANDIDATES: [usize; 26] = [
    2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 18, 22, 26, 31, 37, 45, 54, 65, 80, 100, 125, 150, 180,
    220, 260,
];

/// How few topics are said to be too few to tell anything apart, unless more are not there.
const FEWEST: usize = 4;

/// How many topics there are if no number is better than those around it.
const DEFAULT: usize = 10;

/// How many posts a topic has on average at least.
const POSTS_PER_TOPIC: usize = 15;

/// Chooses how many groups to make: among the numbers at which the simplified silhouette (Hruschka, Castro and Campello 2004) is higher
/// than at the numbers tried before and after, the one where it is highest.
///
/// A silhouette rises again when topics become so small that they hold little but copies: the end of the line is no peak.
pub(super) fn choose(groupings: &Groupings<'_>) -> usize {
    let most = groupings.posts() / POSTS_PER_TOPIC;
    let numbers = CANDIDATES.into_iter().filter(|topics| *topics <= most);
    let tried: Vec<(usize, f64)> =
        numbers.map(|topics| (topics, groupings.silhouette(topics))).collect();
    let peaks = tried.windows(3).filter(|three| {
        three[1].0 >= FEWEST && three[0].1 < three[1].1 && three[1].1 >= three[2].1
    });
    let best = peaks.map(|three| three[1]).max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
    best.map_or(DEFAULT.min(most), |(topics, _)| topics).max(1)
}
