//! Draws from a fixed distribution in constant time: the alias method (Walker 1977, doi:10.1145/355744.355749), with the
//! table built as in Vose 1991, doi:10.1109/32.92917.

use rand::RngCore;

/// Draws numbers below the number of weights, each as often as its weight says.
#[derive(Clone, Debug)]
pub(crate) struct AliasTable {
    /// Per place: below which of 2^32 parts of a draw the place itself is drawn, and what is drawn otherwise.
    places: Vec<(u32, u32)>,
}

impl AliasTable {
    /// Builds the table from positive weights.
    pub(crate) fn new(weights: &[f64]) -> Self {
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        let mut shares: Vec<f64> = weights.iter().map(|weight| weight / mean).collect();
        let mut places: Vec<(u32, u32)> =
            (0..weights.len() as u32).map(|index| (u32::MAX, index)).collect();
        let (mut small, mut large) = (Vec::new(), Vec::new());
        for (index, share) in shares.iter().enumerate() {
            if *share < 1.0 { small.push(index) } else { large.push(index) }
        }
        while let (Some(low), Some(high)) = (small.pop(), large.last().copied()) {
            places[low] = ((shares[low] * 2f64.powi(32)) as u32, high as u32);
            shares[high] -= 1.0 - shares[low];
            if shares[high] < 1.0 {
                large.pop();
                small.push(high);
            }
        }
        Self { places }
    }

    /// Draws one number: the upper half of a random number chooses the place, the lower half between its two.
    #[inline]
    pub(crate) fn draw(&self, random: &mut impl RngCore) -> u32 {
        let number = random.next_u64();
        let index = ((number >> 32) * self.places.len() as u64) >> 32;
        let (part, other) = self.places[index as usize];
        if (number as u32) < part { index as u32 } else { other }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn draws_as_often_as_the_weights_say() {
        let weights = [50.0, 1.0, 30.0, 9.0, 10.0];
        let table = AliasTable::new(&weights);
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut counts = [0u32; 5];
        for _ in 0..200_000 {
            counts[table.draw(&mut random) as usize] += 1;
        }
        for (count, weight) in counts.iter().zip(weights) {
            let share = *count as f64 / 2000.0;
            assert!((share - weight).abs() < 0.5, "{counts:?}");
        }
    }

    #[test]
    fn draws_from_equal_weights_and_from_one() {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        assert_eq!(AliasTable::new(&[3.0]).draw(&mut random), 0);
        let table = AliasTable::new(&[1.0; 4]);
        let drawn: std::collections::BTreeSet<u32> =
            (0..200).map(|_| table.draw(&mut random)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3]);
    }
}
