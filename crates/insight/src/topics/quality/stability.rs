//! Whether topics come again.

use rand::SeedableRng;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;

use crate::error::InsightError;
use crate::matrix::Matrix;
use crate::topics::quality::Contingency;
use crate::topics::{Assigned, Guides, TopicModel, TopicOptions};

/// One of how many posts a further fit does not learn from.
const LEFT_OUT: usize = 5;

/// Fits topics again and again, each time on other posts, four fifths of them by chance, and computes the [`stability`] of all fits, the
/// first included; `None` of one fit. All fits assign all posts.
///
/// # Errors
/// As [`TopicModel::fit`].
pub fn refit_stability(
    embeddings: &Matrix,
    assigned: &[Assigned],
    guides: &Guides,
    options: &TopicOptions,
    fits: u64,
) -> Result<Option<f64>, InsightError> {
    let topics_of = |assigned: &[Assigned]| assigned.iter().map(|found| found.topic).collect();
    let mut found = vec![topics_of(assigned)];
    let posts = embeddings.rows();
    let topics = assigned.iter().filter_map(|found| found.topic).max().map_or(1, |last| last + 1);
    for further in 1..fits {
        let seed = options.seed.wrapping_add(further);
        let kept = (posts - posts / LEFT_OUT).min(options.sample.max(1));
        let mut rows = sample(&mut ChaCha8Rng::seed_from_u64(seed), posts, kept).into_vec();
        rows.sort_unstable();
        let options = TopicOptions { topics: Some(topics), seed, ..options.clone() };
        let model = TopicModel::fit_guided(&embeddings.select(&rows), guides, &options)?;
        found.push(topics_of(&model.assign(embeddings)?));
    }
    Ok(stability(&found))
}

/// Computes how far several fits put the same posts together: the mean over all pairs of fits of the share of the posts that both
/// assign whose topics are matched (Kuhn 1955), from 0 to 1; `None` of fewer than two fits or without such posts.
///
/// Every fit gives the topic of every post, in the same order.
pub fn stability(fits: &[Vec<Option<usize>>]) -> Option<f64> {
    let mut shares = Vec::new();
    for (number, first) in fits.iter().enumerate() {
        for second in &fits[number + 1..] {
            let both = first.iter().zip(second).filter_map(|(first, second)| (*first).zip(*second));
            let (first, second): (Vec<usize>, Vec<usize>) = both.unzip();
            if !first.is_empty() {
                shares.push(Contingency::new(&first, &second).accuracy());
            }
        }
    }
    (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_topics_do_not_matter_and_posts_without_one_do_not_count() {
        let first = vec![Some(0), Some(0), Some(1), Some(1), None];
        let renamed = vec![Some(1), Some(1), Some(0), Some(0), Some(0)];
        let other = vec![Some(0), Some(1), Some(1), Some(1), Some(1)];
        assert_eq!(stability(&[first.clone(), renamed.clone()]), Some(1.0));
        assert_eq!(stability(&[first.clone(), renamed, other]), Some((1.0 + 0.75 + 0.8) / 3.0));
        assert_eq!(stability(&[first]), None);
    }
}
