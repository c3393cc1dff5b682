//! Whether topics come again.

use crate::error::InsightError;
use crate::matrix::Matrix;
use crate::topics::quality::Contingency;
use crate::topics::{Assigned, TopicModel, TopicOptions};

/// Fits topics again and again, each time from the next seed, and computes the [`stability`] of all fits, the first included; `None` of
/// one fit.
///
/// # Errors
/// As [`TopicModel::fit`].
pub fn refit_stability(
    embeddings: &Matrix,
    assigned: &[Assigned],
    options: &TopicOptions,
    topics: usize,
    fits: u64,
) -> Result<Option<f64>, InsightError> {
    let topics_of = |assigned: &[Assigned]| assigned.iter().map(|found| found.topic).collect();
    let mut found = vec![topics_of(assigned)];
    for further in 1..fits {
        let seed = options.seed.wrapping_add(further);
        let options = TopicOptions { topics: Some(topics), seed, ..options.clone() };
        found.push(topics_of(&TopicModel::fit(embeddings, &options)?.assign(embeddings)?));
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
