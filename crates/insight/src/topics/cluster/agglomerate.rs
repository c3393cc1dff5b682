//! Agglomeration of clusters into a tree.

use crate::matrix::{Matrix, dot};

/// Distances that differ by less are equal.
const SAME: f32 = 1e-6;

/// How many distances are looked through at a time.
const PART: usize = 128;

/// Says how far apart two groups are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Linkage {
    /// By how much the squared distances to the mean grow (Ward 1963): groups come out alike in size.
    Ward,
    /// 1 less the mean cosine of the pairs between them, of rows that are one long (average linkage, Sokal and Michener 1958): groups come out
    /// alike in density.
    Average,
}

impl Linkage {
    /// Computes the distance from the product of the means, the square of their distance and the weights.
    fn distance(self, product: f32, square: f32, [one, other]: [f32; 2]) -> f32 {
        match self {
            Self::Ward => one * other / (one + other) * square.max(0.0),
            Self::Average => 1.0 - product,
        }
    }
}

/// Is a step of an agglomeration: two nodes become one. The leaves are the nodes from 0 up to their number, and the `n`th merge makes the
/// node after them and the merges before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merge {
    /// The lower of the two nodes.
    pub left: usize,
    /// The higher of the two nodes.
    pub right: usize,
    /// How far apart they are, by the measure of the linkage.
    pub distance: f64,
}

/// Is the tree of an agglomeration: the merges in order of their distance, one less than leaves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MergeTree {
    leaves: usize,
    merges: Vec<Merge>,
}

impl MergeTree {
    /// Agglomerates clusters, given the mean of each and how much it weighs: every round merges all pairs that are each other's nearest,
    /// which gives the tree of the linkage since what is merged is never nearer to others than its parts were (Murtagh 1983). Time grows
    /// with the square of their number.
    pub fn new(linkage: Linkage, means: Matrix, weights: Vec<f64>) -> Self {
        let leaves = means.rows();
        let mut living = Living::new(linkage, means, weights);
        let mut found: Vec<Merge> = Vec::with_capacity(leaves.saturating_sub(1));
        while living.nodes.len() > 1 {
            living.find_nearest();
            let pairs = living.pairs();
            let merges = pairs.iter().map(|pair| living.merge(*pair)).collect::<Vec<Merge>>();
            living.replace(&pairs, leaves + found.len());
            found.extend(merges);
        }
        Self { leaves, merges: in_order(leaves, found) }
    }

    /// Gives the number of leaves.
    pub fn leaves(&self) -> usize {
        self.leaves
    }

    /// Gives the merges, nearest first.
    pub fn merges(&self) -> &[Merge] {
        &self.merges
    }

    /// Cuts the tree where merges are farther apart than a distance; gives the group of every leaf, as [`MergeTree::cut`].
    pub fn cut_at(&self, distance: f64) -> Vec<usize> {
        let merges = self.merges.partition_point(|merge| merge.distance <= distance);
        self.cut(self.leaves - merges)
    }

    /// Cuts the tree as late as there are so many groups of a least weight, given the weights of the leaves; smaller groups are left over
    /// beside them. Where there never are so many, the most there are count. Gives the group of every leaf, as [`MergeTree::cut`].
    pub fn cut_of_weight(&self, groups: usize, least: f64, weights: &[f64]) -> Vec<usize> {
        let mut nodes = weights.to_vec();
        let is_heavy = |weight: f64| usize::from(weight >= least);
        let mut heavy: usize = nodes.iter().copied().map(is_heavy).sum();
        let mut best = (heavy, 0);
        for (number, merge) in self.merges.iter().enumerate() {
            let (left, right) = (nodes[merge.left], nodes[merge.right]);
            heavy = heavy + is_heavy(left + right) - is_heavy(left) - is_heavy(right);
            nodes.push(left + right);
            if heavy.min(groups) >= best.0.min(groups) {
                best = (heavy, number + 1);
            }
        }
        self.cut(self.leaves - best.1)
    }

    /// Cuts the tree into so many groups, at least one and at most one a leaf; gives the group of every leaf, numbered in the order of
    /// their first leaf.
    pub fn cut(&self, groups: usize) -> Vec<usize> {
        let merges = self.leaves.saturating_sub(groups.max(1));
        let mut parents: Vec<usize> = (0..self.leaves + merges).collect();
        for (number, merge) in self.merges.iter().take(merges).enumerate() {
            parents[merge.left] = self.leaves + number;
            parents[merge.right] = self.leaves + number;
        }
        let mut numbers: Vec<Option<usize>> = vec![None; parents.len()];
        let mut next = 0;
        (0..self.leaves)
            .map(|leaf| {
                let mut node = leaf;
                while parents[node] != node {
                    node = parents[node];
                }
                *numbers[node].get_or_insert_with(|| {
                    next += 1;
                    next - 1
                })
            })
            .collect()
    }
}

/// Are the groups of leaves that are not merged yet.
struct Living {
    linkage: Linkage,
    /// Their numbers.
    nodes: Vec<usize>,
    means: Matrix,
    weights: Vec<f64>,
    /// The nearest other of each, by its place, and how far it is; `None` where the last one was merged.
    nearest: Vec<Option<(usize, f32)>>,
}

impl Living {
    fn new(linkage: Linkage, means: Matrix, weights: Vec<f64>) -> Self {
        let count = means.rows();
        Self { linkage, nodes: (0..count).collect(), means, weights, nearest: vec![None; count] }
    }

    fn find_nearest(&mut self) {
        let unknown: Vec<usize> =
            (0..self.nodes.len()).filter(|place| self.nearest[*place].is_none()).collect();
        let squares: Vec<f32> = self.means.iter().map(|mean| dot(mean, mean)).collect();
        let weights: Vec<f32> = self.weights.iter().map(|weight| *weight as f32).collect();
        let found = self.means.select(&unknown).map_products(&self.means, |row, products| {
            let from = unknown[row];
            let distance = |((product, square), weight): ((&f32, &f32), &f32)| {
                let square = squares[from] + square - 2.0 * product;
                self.linkage.distance(*product, square, [weights[from], *weight])
            };
            let mut distances: Vec<f32> =
                products.iter().zip(&squares).zip(&weights).map(distance).collect();
            distances[from] = f32::INFINITY;
            // Most parts hold nothing near, which their least value tells.
            let leasts: Vec<f32> = distances.chunks(PART).map(least).collect();
            let near = least(&leasts) + SAME;
            let parts = (0..leasts.len()).filter(|part| leasts[*part] <= near);
            let places = parts.flat_map(|part| part * PART..distances.len().min((part + 1) * PART));
            let nearest = places.filter(|other| distances[*other] <= near);
            nearest
                .min_by_key(|other| self.tie(from, *other))
                .map(|other| (other, distances[other]))
        });
        for (place, nearest) in unknown.into_iter().zip(found) {
            self.nearest[place] = nearest;
        }
    }

    /// Orders pairs that are equally far apart by chance, the same from both sides: among copies half of all find each other at a time.
    fn tie(&self, one: usize, other: usize) -> u64 {
        let (one, other) = (self.nodes[one] as u64, self.nodes[other] as u64);
        let mixed = (one.min(other) << 32 | one.max(other)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ mixed >> 29
    }

    /// Finds the places that are each other's nearest; where rounding leaves none, the nearest two.
    fn pairs(&self) -> Vec<(usize, usize)> {
        let partners = self.nearest.iter().enumerate().filter_map(|(place, nearest)| {
            nearest.map(|(other, distance)| (place.min(other), place.max(other), place, distance))
        });
        let partners: Vec<(usize, usize, usize, f32)> = partners.collect();
        let is_mutual = |(left, right, place, _): &(usize, usize, usize, f32)| {
            place == left && self.nearest[*right].is_some_and(|(other, _)| other == *left)
        };
        let mutual: Vec<(usize, usize)> = partners
            .iter()
            .filter(|partner| is_mutual(partner))
            .map(|(left, right, ..)| (*left, *right))
            .collect();
        if !mutual.is_empty() {
            return mutual;
        }
        let nearest = partners.iter().min_by(|a, b| a.3.total_cmp(&b.3));
        nearest.map(|(left, right, ..)| (*left, *right)).into_iter().collect()
    }

    fn merge(&self, (left, right): (usize, usize)) -> Merge {
        let distance = self.nearest[left].map_or(0.0, |(_, distance)| f64::from(distance));
        let (one, other) = (self.nodes[left], self.nodes[right]);
        Merge { left: one.min(other), right: one.max(other), distance }
    }

    /// Puts what was merged in the place of its parts, numbered from `next` on, after all others.
    fn replace(&mut self, pairs: &[(usize, usize)], next: usize) {
        let mut kept = vec![true; self.nodes.len()];
        for (left, right) in pairs {
            (kept[*left], kept[*right]) = (false, false);
        }
        let left: Vec<usize> = (0..kept.len()).filter(|place| kept[*place]).collect();
        let mut places = vec![None; kept.len()];
        left.iter().enumerate().for_each(|(new, old)| places[*old] = Some(new));
        let mut values: Vec<f32> = self.means.select(&left).iter().flatten().copied().collect();
        let mut nodes: Vec<usize> = left.iter().map(|place| self.nodes[*place]).collect();
        let mut weights: Vec<f64> = left.iter().map(|place| self.weights[*place]).collect();
        let mut nearest: Vec<Option<(usize, f32)>> = left
            .iter()
            .map(|place| self.nearest[*place])
            .map(|nearest| nearest.and_then(|(other, by)| places[other].map(|other| (other, by))))
            .collect();
        for (number, (left, right)) in pairs.iter().enumerate() {
            let (one, other) = (self.weights[*left], self.weights[*right]);
            let share = (one / (one + other)) as f32;
            let pairs = self.means.row(*left).iter().zip(self.means.row(*right));
            values.extend(pairs.map(|(one, other)| other + share * (one - other)));
            nodes.push(next + number);
            weights.push(one + other);
            nearest.push(None);
        }
        self.means = Matrix::new(self.means.columns(), values);
        (self.nodes, self.weights, self.nearest) = (nodes, weights, nearest);
    }
}

/// Finds the least of some values, in eight lines side by side.
fn least(values: &[f32]) -> f32 {
    let (eights, rest) = values.as_chunks::<8>();
    let mut least = [f32::INFINITY; 8];
    for eight in eights {
        for (least, value) in least.iter_mut().zip(eight) {
            *least = if value < least { *value } else { *least };
        }
    }
    least.iter().chain(rest).copied().fold(f32::INFINITY, f32::min)
}

/// Sorts merges by distance and numbers the nodes they make anew.
fn in_order(leaves: usize, mut found: Vec<Merge>) -> Vec<Merge> {
    // A node is never nearer than what it is made of; rounding must not put it before.
    for number in 0..found.len() {
        for child in [found[number].left, found[number].right] {
            if let Some(merge) = child.checked_sub(leaves) {
                found[number].distance = found[number].distance.max(found[merge].distance);
            }
        }
    }
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by(|a, b| found[*a].distance.total_cmp(&found[*b].distance).then(a.cmp(b)));
    let mut places = vec![0; found.len()];
    for (place, number) in order.iter().enumerate() {
        places[*number] = place;
    }
    let node = |node: usize| if node < leaves { node } else { leaves + places[node - leaves] };
    let renumbered = order.iter().map(|number| {
        let Merge { left, right, distance } = found[*number];
        let (left, right) = (node(left), node(right));
        Merge { left: left.min(right), right: left.max(right), distance }
    });
    renumbered.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn points(values: &[f32]) -> Matrix {
        Matrix::new(1, values.to_vec())
    }

    fn ward(values: &[f32], weights: &[f64]) -> MergeTree {
        MergeTree::new(Linkage::Ward, points(values), weights.to_vec())
    }

    /// The expected distances are those of SciPy's `linkage(…, "ward")`, which gives the root of twice the growth.
    #[test]
    fn agrees_with_scipy() {
        let tree = ward(&[0.0, 1.0, 5.0, 7.0, 20.0], &[1.0; 5]);
        let distances: Vec<f64> = tree.merges().iter().map(|merge| merge.distance).collect();
        let expected = [1.0, 2.0, 7.778_174_593_052_023, 21.187_260_323_128_14];
        for (found, expected) in distances.iter().zip(expected) {
            assert!(((2.0 * found).sqrt() - expected).abs() < 1e-5, "{distances:?}");
        }
        assert_eq!(tree.cut(3), [0, 0, 1, 1, 2]);
        assert_eq!(tree.cut(1), [0; 5]);
        assert_eq!(tree.cut(9), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn heavy_clusters_are_farther_apart() {
        assert_eq!(ward(&[0.0, 3.0, 4.0], &[1.0, 1.0, 1.0]).cut(2), [0, 1, 1]);
        assert_eq!(ward(&[0.0, 3.0, 4.0], &[0.1, 50.0, 50.0]).cut(2), [0, 0, 1]);
    }

    /// The expected distances are those of SciPy's `linkage(…, "average", "cosine")`.
    #[test]
    fn mean_cosines_agree_with_scipy() {
        let rows = Matrix::new(2, vec![1.0, 0.0, 0.8, 0.6, 0.0, 1.0, -1.0, 0.0]);
        let tree = MergeTree::new(Linkage::Average, rows, vec![1.0; 4]);
        let distances: Vec<f64> = tree.merges().iter().map(|merge| merge.distance).collect();
        for (found, expected) in distances.iter().zip([0.2, 0.7, 1.6]) {
            assert!((found - expected).abs() < 1e-6, "{distances:?}");
        }
        assert_eq!(tree.cut_at(0.3), [0, 0, 1, 2]);
        assert_eq!(tree.cut_at(0.1), [0, 1, 2, 3]);
        assert_eq!(tree.cut_at(9.0), [0; 4]);
    }

    #[test]
    fn small_groups_are_left_over() {
        // A lonely point is merged last of all.
        let tree = ward(&[0.0, 1.0, 10.0, 11.0, 99.0], &[1.0; 5]);
        assert_eq!(tree.cut(2), [0, 0, 0, 0, 1]);
        assert_eq!(tree.cut_of_weight(2, 2.0, &[1.0; 5]), [0, 0, 1, 1, 2]);
        assert_eq!(tree.cut_of_weight(2, 2.0, &[1.0, 1.0, 1.0, 1.0, 2.0]), [0, 0, 0, 0, 1]);
        assert_eq!(tree.cut_of_weight(9, 2.0, &[1.0; 5]), [0, 0, 1, 1, 2]);
        assert_eq!(tree.cut_of_weight(1, 9.0, &[1.0; 5]), [0; 5]);
    }

    #[test]
    fn none_one_and_many_copies() {
        assert!(ward(&[], &[]).cut(3).is_empty());
        assert_eq!(ward(&[1.0], &[1.0]).cut(3), [0]);
        for linkage in [Linkage::Ward, Linkage::Average] {
            let copies = MergeTree::new(linkage, points(&[1.0; 3_000]), vec![1.0; 3_000]);
            assert_eq!(copies.merges().len(), 2_999);
            assert!(copies.merges().iter().all(|merge| merge.distance < 1e-3));
        }
    }

    proptest! {
        #[test]
        fn a_cut_has_as_many_groups_as_asked(values in prop::collection::vec(-9.0..9.0f32, 1..40), groups in 1usize..50) {
            let tree = ward(&values, &vec![1.0; values.len()]);
            let cut = tree.cut(groups);
            let most = cut.iter().max().unwrap() + 1;
            prop_assert_eq!(most, groups.min(values.len()));
            prop_assert!(tree.merges().windows(2).all(|two| two[0].distance <= two[1].distance + 1e-9));
        }
    }
}
