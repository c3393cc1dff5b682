//! How well two partitions of the same posts agree: clusters with labels, or the clusters of two runs.

use pathfinding::prelude::{Matrix as Weights, kuhn_munkres};

/// Counts how many posts each pair of a class of one partition and a class of the other have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Contingency {
    /// The counts, `[left classes][right classes]`.
    counts: Vec<Vec<u64>>,
    left: Vec<u64>,
    right: Vec<u64>,
    posts: u64,
}

impl Contingency {
    /// Counts two partitions of the same posts, given the class of every post in each, from 0 up.
    ///
    /// What comes after the end of the shorter one is left out.
    pub fn new(left: &[usize], right: &[usize]) -> Self {
        let classes = |of: &[usize]| of.iter().max().map_or(0, |most| most + 1);
        let mut counts = vec![vec![0; classes(right)]; classes(left)];
        for (left, right) in left.iter().zip(right) {
            counts[*left][*right] += 1;
        }
        let left: Vec<u64> = counts.iter().map(|row| row.iter().sum()).collect();
        let right = (0..classes(right)).map(|c| counts.iter().map(|row| row[c]).sum()).collect();
        Self { posts: left.iter().sum(), counts, left, right }
    }

    /// Computes the share of the posts that agree, from 0 to 1, once every class is matched with at most one of the other partition so
    /// that as many as possible do (Kuhn 1955): the clustering accuracy.
    pub fn accuracy(&self) -> f64 {
        let matched = self.matching();
        let common: u64 = matched.iter().map(|(left, right)| self.counts[*left][*right]).sum();
        common as f64 / self.posts.max(1) as f64
    }

    /// Matches the classes so that as many posts as possible agree; pairs without a common post are left out.
    pub fn matching(&self) -> Vec<(usize, usize)> {
        let (rows, columns) = (self.left.len(), self.right.len());
        if rows == 0 || columns == 0 {
            return Vec::new();
        }
        let turned = rows > columns;
        let (short, long) = (rows.min(columns), rows.max(columns));
        let count = |(short, long): (usize, usize)| match turned {
            true => self.counts[long][short] as i64,
            false => self.counts[short][long] as i64,
        };
        let (_, partner) = kuhn_munkres(&Weights::from_fn(short, long, count));
        let pairs = partner.into_iter().enumerate();
        let pairs = pairs.map(|(short, long)| if turned { (long, short) } else { (short, long) });
        pairs.filter(|(left, right)| self.counts[*left][*right] > 0).collect()
    }

    /// Computes the mutual information in nats.
    fn mutual_information(&self) -> f64 {
        let posts = self.posts as f64;
        let mut sum = 0.0;
        for (row, left) in self.counts.iter().zip(&self.left) {
            for (count, right) in row.iter().zip(&self.right).filter(|(count, _)| **count > 0) {
                let count = *count as f64;
                sum += count / posts * (posts * count / (*left as f64 * *right as f64)).ln();
            }
        }
        sum.max(0.0)
    }

    /// Computes the normalized mutual information by the arithmetic mean of the entropies, from 0 to 1, which is the V-measure with
    /// beta 1 too (Rosenberg and Hirschberg 2007). Two partitions of a single class each agree wholly.
    pub fn normalized_mutual_information(&self) -> f64 {
        let mean = (entropy(&self.left) + entropy(&self.right)) / 2.0;
        if mean <= 0.0 { 1.0 } else { (self.mutual_information() / mean).min(1.0) }
    }

    /// Computes the share of the entropy of the left partition that the right one explains, from 0 to 1.
    pub fn homogeneity(&self) -> f64 {
        let entropy = entropy(&self.left);
        if entropy <= 0.0 { 1.0 } else { (self.mutual_information() / entropy).min(1.0) }
    }

    /// Computes the share of the entropy of the right partition that the left one explains, from 0 to 1.
    pub fn completeness(&self) -> f64 {
        let entropy = entropy(&self.right);
        if entropy <= 0.0 { 1.0 } else { (self.mutual_information() / entropy).min(1.0) }
    }

    /// Computes the adjusted mutual information, 0 for what chance gives and 1 for equal partitions (Vinh, Epps and Bailey 2010,
    /// arithmetic mean).
    pub fn adjusted_mutual_information(&self) -> f64 {
        if self.posts == 0 || (self.left.len() == 1 && self.right.len() == 1) {
            return 1.0;
        }
        let mean = (entropy(&self.left) + entropy(&self.right)) / 2.0;
        let expected = self.expected_mutual_information();
        let room = mean - expected;
        // A partition into single posts leaves no room for agreement beyond chance.
        if room.abs() < 1e-12 { 1.0 } else { (self.mutual_information() - expected) / room }
    }

    /// Computes the mutual information that random partitions with classes of the same sizes have on average, in nats: the counts follow
    /// a hypergeometric distribution.
    fn expected_mutual_information(&self) -> f64 {
        let posts = self.posts as usize;
        let mut logarithms = vec![0.0; posts + 1];
        for number in 1..=posts {
            logarithms[number] = logarithms[number - 1] + (number as f64).ln();
        }
        let factorial = |number: u64| logarithms[number as usize];
        let sizes = |of: &[u64]| {
            let mut sizes: Vec<(u64, f64)> = Vec::new();
            let mut sorted: Vec<u64> = of.iter().copied().filter(|size| *size > 0).collect();
            sorted.sort_unstable();
            for size in sorted {
                match sizes.last_mut().filter(|(last, _)| *last == size) {
                    Some((_, times)) => *times += 1.0,
                    None => sizes.push((size, 1.0)),
                }
            }
            sizes
        };
        let mut expected = 0.0;
        for (left, left_times) in sizes(&self.left) {
            for (right, right_times) in sizes(&self.right) {
                let fixed = factorial(left)
                    + factorial(right)
                    + factorial(self.posts - left)
                    + factorial(self.posts - right)
                    - factorial(self.posts);
                for common in (left + right).saturating_sub(self.posts).max(1)..=left.min(right) {
                    let probability = fixed
                        - factorial(common)
                        - factorial(left - common)
                        - factorial(right - common)
                        - factorial(self.posts + common - left - right);
                    let (common, all) = (common as f64, self.posts as f64);
                    let information =
                        common / all * (all * common / (left as f64 * right as f64)).ln();
                    expected += left_times * right_times * probability.exp() * information;
                }
            }
        }
        expected
    }
}

/// Computes the entropy of a partition in nats, given the sizes of its classes.
fn entropy(sizes: &[u64]) -> f64 {
    let posts: u64 = sizes.iter().sum();
    let share = |size: &u64| *size as f64 / posts.max(1) as f64;
    sizes.iter().map(share).filter(|share| *share > 0.0).map(|share| -share * share.ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    /// The expected figures are those of scikit-learn 1.7.
    #[test]
    fn agrees_with_scikit_learn() {
        let left = [0, 0, 0, 1, 1, 1, 2, 2, 2, 2];
        let right = [0, 0, 1, 1, 1, 2, 2, 2, 3, 3];
        let found = Contingency::new(&left, &right);
        near(found.normalized_mutual_information(), 0.575_946_667_973_567_5);
        near(found.adjusted_mutual_information(), 0.339_371_365_609_222_1);
        near(found.homogeneity(), 0.649_271_274_107_791_4);
        near(found.completeness(), 0.517_503_126_101_537_7);
        near(found.accuracy(), 0.6);
    }

    #[test]
    fn names_of_classes_do_not_matter() {
        let found = Contingency::new(&[0, 0, 1, 1, 2], &[2, 2, 0, 0, 1]);
        near(found.accuracy(), 1.0);
        near(found.normalized_mutual_information(), 1.0);
        near(found.adjusted_mutual_information(), 1.0);
        assert_eq!(found.matching(), [(0, 2), (1, 0), (2, 1)]);
    }

    #[test]
    fn more_classes_on_one_side_are_matched_once() {
        let found = Contingency::new(&[0, 1, 2, 2], &[0, 0, 0, 0]);
        near(found.accuracy(), 0.5);
        assert_eq!(found.matching(), [(2, 0)]);
        near(found.adjusted_mutual_information(), 0.0);
    }

    #[test]
    fn no_posts_and_one_class() {
        let none = Contingency::new(&[], &[]);
        assert_eq!(none.accuracy(), 0.0);
        near(none.normalized_mutual_information(), 1.0);
        near(Contingency::new(&[0, 0], &[0, 0]).adjusted_mutual_information(), 1.0);
    }
}
