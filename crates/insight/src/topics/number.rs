//! How many topics there are.

use crate::matrix::Matrix;

/// The numbers of topics that are tried: every one up to ten, then steps of about a fifth.
const CANDIDATES: [usize; 23] =
    [2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 18, 22, 26, 31, 37, 45, 54, 65, 80, 100, 125, 150];

/// How few topics are said to be too few to tell anything apart, unless more are not there.
const FEWEST: usize = 5;

/// How many topics there are if no number is better than those around it.
const DEFAULT: usize = 10;

/// How many posts a topic has on average at least.
const POSTS_PER_TOPIC: usize = 15;

/// Chooses into how many topics to cut rows, at most `most`, given the directions that a cut makes: among the numbers of topics at which the simplified silhouette (Hruschka,
/// Castro and Campello 2004) is higher than at the numbers tried before and after, the one where it is highest.
///
/// A silhouette rises again when topics become so small that they hold little but copies: the end of the line is no peak.
pub(crate) fn choose(rows: &Matrix, most: usize, cut: impl Fn(usize) -> Matrix) -> usize {
    let most = (rows.rows() / POSTS_PER_TOPIC).min(most);
    let numbers = CANDIDATES.into_iter().filter(|topics| *topics <= most);
    let tried: Vec<(usize, f64)> =
        numbers.map(|topics| (topics, silhouette(rows, &cut(topics)))).collect();
    let peaks = tried.windows(3).filter(|three| {
        three[1].0 >= FEWEST && three[0].1 < three[1].1 && three[1].1 >= three[2].1
    });
    let best = peaks.map(|three| three[1]).max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
    best.map_or(DEFAULT.min(most), |(topics, _)| topics).max(1)
}

/// Computes the simplified silhouette, -1 to 1: of every row by how much the nearest direction is nearer than the second.
fn silhouette(rows: &Matrix, directions: &Matrix) -> f64 {
    let values = rows.map_products(directions, |_, cosines| {
        let (mut first, mut second) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
        for cosine in cosines {
            if *cosine > first {
                (first, second) = (*cosine, first);
            } else if *cosine > second {
                second = *cosine;
            }
        }
        let (near, far) = ((1.0 - first).max(0.0), (1.0 - second).max(0.0));
        if far > 0.0 { f64::from((far - near) / far) } else { 0.0 }
    });
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
