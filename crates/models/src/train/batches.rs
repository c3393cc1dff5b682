//! Cuts an epoch into batches.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// The most texts in a batch, however short they are.
const MOST_TEXTS: usize = 64;

/// Plans an epoch: texts of like length share a batch, so that little is padded; a batch holds at most `token_budget` tokens
/// with padding; the order of the batches, and of texts of one length, follows the seed. Each text comes once.
pub fn plan_batches(lengths: &[usize], token_budget: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.shuffle(&mut random);
    order.sort_by_key(|index| lengths[*index]);
    let mut batches = Vec::new();
    let mut batch: Vec<usize> = Vec::new();
    for index in order {
        let is_full =
            (batch.len() + 1) * lengths[index] > token_budget || batch.len() >= MOST_TEXTS;
        if is_full && !batch.is_empty() {
            batches.push(std::mem::take(&mut batch));
        }
        batch.push(index);
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches.shuffle(&mut random);
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_each_text_once_within_the_budget() {
        let lengths: Vec<usize> = (0..997).map(|i| 3 + (i * 37) % 90).collect();
        let batches = plan_batches(&lengths, 512, 7);
        let mut seen: Vec<usize> = batches.iter().flatten().copied().collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..lengths.len()).collect::<Vec<_>>());
        for batch in &batches {
            let longest = batch.iter().map(|i| lengths[*i]).max().unwrap();
            assert!(batch.len() * longest <= 512 && batch.len() <= MOST_TEXTS);
        }
    }

    #[test]
    fn follows_the_seed() {
        let lengths = vec![5; 500];
        assert_eq!(plan_batches(&lengths, 100, 1), plan_batches(&lengths, 100, 1));
        assert_ne!(plan_batches(&lengths, 100, 1), plan_batches(&lengths, 100, 2));
    }

    #[test]
    fn gives_a_text_longer_than_the_budget_its_own_batch() {
        assert_eq!(plan_batches(&[500, 5], 100, 1).len(), 2);
        assert!(plan_batches(&[], 100, 1).is_empty());
    }
}
