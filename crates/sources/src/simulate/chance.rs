//! Random draws whose bytes do not change with the version of a distribution library.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Draws from ChaCha8 (Bernstein 2008), keyed by a seed and a purpose.
pub(super) struct Chance(ChaCha8Rng);

impl Chance {
    /// Starts the sequence of `seed` that belongs to `purpose`; two purposes never share draws.
    pub(super) fn new(seed: u64, purpose: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(purpose);
        Self(generator)
    }

    /// Draws from 0 (included) to 1 (excluded).
    pub(super) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Draws from 0 to `count` (excluded); 0 when `count` is 0. Multiply-shift, Lemire 2019, without its rejection step: the
    /// bias is below `count` / 2⁶⁴.
    pub(super) fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.0.next_u64()) * count as u128) >> 64) as usize
    }

    /// Draws from `low` to `high`, both included.
    pub(super) fn within(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).max(1) as usize) as i64
    }

    /// Tells whether something of probability `probability` happens.
    pub(super) fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Picks one of `choices`, which must not be empty.
    pub(super) fn pick<'a, T: ?Sized>(&mut self, choices: &'a [&'a T]) -> &'a T {
        choices[self.below(choices.len())]
    }

    /// Picks an index in proportion to its weight; the last one when all weights are 0.
    pub(super) fn weighted(&mut self, weights: impl Iterator<Item = f64> + Clone) -> usize {
        let total: f64 = weights.clone().sum();
        let mut left = self.unit() * total;
        let mut last = 0;
        for (index, weight) in weights.enumerate() {
            if left < weight {
                return index;
            }
            left -= weight;
            last = index;
        }
        last
    }

    /// Draws from the normal distribution of mean 0 and deviation 1 (Box and Muller 1958).
    pub(super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}

/// Mixes two numbers into one that looks random (the finaliser of SplitMix64, Steele, Lea and Flood 2014).
pub(super) fn mix(seed: u64, value: u64) -> u64 {
    let mut z = seed ^ value.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same() {
        let draw = |seed, purpose| {
            let mut chance = Chance::new(seed, purpose);
            (chance.below(1_000_000), chance.below(1_000_000))
        };
        assert_eq!(draw(7, 1), draw(7, 1));
        assert_ne!(draw(7, 1), draw(7, 2));
        assert_ne!(draw(7, 1), draw(8, 1));
    }

    #[test]
    fn draws_have_the_promised_means() {
        let mut chance = Chance::new(1, 1);
        let count = 20_000;
        let unit: f64 = (0..count).map(|_| chance.unit()).sum::<f64>() / f64::from(count);
        let normal: f64 = (0..count).map(|_| chance.normal()).sum::<f64>() / f64::from(count);
        let third =
            (0..count).filter(|_| chance.weighted([1.0, 0.0, 2.0].into_iter()) == 0).count();
        assert!((unit - 0.5).abs() < 0.01 && normal.abs() < 0.03);
        assert!((6_300..7_000).contains(&third), "{third}");
        assert!((0..count).all(|_| (3..=5).contains(&chance.within(3, 5))));
    }
}
