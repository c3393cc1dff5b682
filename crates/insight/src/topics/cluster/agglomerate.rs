//! Agglomeration of clusters into a tree.

use crate::matrix::Matrix;

/// Is a step of an agglomeration: two nodes become one. The leaves are the nodes from 0 up to their number, and the `n`th merge makes the
/// node after them and the merges before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merge {
    /// The lower of the two nodes.
    pub left: usize,
    /// The higher of the two nodes.
    pub right: usize,
    /// How far apart they are, by the measure of the linkage; that of Ward is the root of twice the growth of the squared distances to
    /// the mean.
    pub distance: f64,
}

/// Is the tree of an agglomeration: the merges in order of their distance, one less than leaves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MergeTree {
    leaves: usize,
    merges: Vec<Merge>,
}

impl MergeTree {
    /// Agglomerates clusters by Ward's criterion (1963), given the mean of each and how much it weighs, with chains of nearest
    /// neighbours (Murtagh 1983): time in proportion to the square of their number.
    pub fn ward(means: &[Vec<f64>], weights: &[f64]) -> Self {
        let nodes = means.iter().cloned().zip(weights.iter().copied());
        Self::agglomerate(nodes.collect(), ward_distance, joined_means)
    }

    /// Agglomerates rows, each one long, by the mean cosine of the pairs between two groups (average linkage, Sokal and Michener 1958): a
    /// distance is 1 less that mean.
    pub fn average(rows: &Matrix) -> Self {
        let nodes = rows.iter().map(|row| (row.iter().copied().map(f64::from).collect(), 1.0));
        Self::agglomerate(nodes.collect(), mean_distance, joined_sums)
    }

    fn agglomerate(nodes: Vec<Node>, distance: Distance, joined: fn(Node, Node) -> Node) -> Self {
        let leaves = nodes.len();
        let mut nodes: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
        let mut found: Vec<Merge> = Vec::new();
        let mut chain: Vec<usize> = Vec::new();
        // Before this there is no living node.
        let mut first = 0;
        while found.len() + 1 < leaves {
            while nodes[first].is_none() {
                first += 1;
            }
            if chain.is_empty() {
                chain.push(first);
            }
            let last = chain[chain.len() - 1];
            let before = chain.len().checked_sub(2).map(|place| chain[place]);
            let Some((next, distance)) = nearest(&nodes, first, last, before, distance) else {
                break;
            };
            if Some(next) != before {
                chain.push(next);
                continue;
            }
            chain.truncate(chain.len() - 2);
            let (left, right) = (last.min(next), last.max(next));
            let (Some(one), Some(other)) = (nodes[left].take(), nodes[right].take()) else { break };
            nodes.push(Some(joined(one, other)));
            found.push(Merge { left, right, distance });
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

/// Is a group of leaves: a vector and a weight, whose meaning the linkage gives.
type Node = (Vec<f64>, f64);
type Distance = fn(&Node, &Node) -> f64;

/// Finds the living node that is nearest; of equally near ones `preferred`, else the first.
fn nearest(
    nodes: &[Option<Node>],
    first: usize,
    from: usize,
    preferred: Option<usize>,
    distance: Distance,
) -> Option<(usize, f64)> {
    let one = nodes[from].as_ref()?;
    let mut best: Option<(usize, f64)> = None;
    for (number, node) in nodes.iter().enumerate().skip(first) {
        let Some(other) = node.as_ref().filter(|_| number != from) else { continue };
        let distance = distance(one, other);
        let is_nearer = best.is_none_or(|(_, nearest)| {
            distance < nearest || (distance == nearest && preferred == Some(number))
        });
        if is_nearer {
            best = Some((number, distance));
        }
    }
    best
}

/// Is the distance by Ward's criterion, of means.
fn ward_distance((mean, weight): &Node, (other, other_weight): &Node) -> f64 {
    let squares: f64 = mean.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum();
    (2.0 * weight * other_weight / (weight + other_weight) * squares).sqrt()
}

fn joined_means(one: Node, other: Node) -> Node {
    let weight = one.1 + other.1;
    let mean = one.0.iter().zip(&other.0).map(|(a, b)| (a * one.1 + b * other.1) / weight);
    (mean.collect(), weight)
}

/// Is 1 less the mean cosine, of sums of directions.
fn mean_distance((sum, count): &Node, (other, other_count): &Node) -> f64 {
    let product: f64 = sum.iter().zip(other).map(|(a, b)| a * b).sum();
    1.0 - product / (count * other_count)
}

fn joined_sums(one: Node, other: Node) -> Node {
    (one.0.iter().zip(&other.0).map(|(a, b)| a + b).collect(), one.1 + other.1)
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

    fn points(values: &[f64]) -> Vec<Vec<f64>> {
        values.iter().map(|value| vec![*value]).collect()
    }

    /// The expected distances are those of SciPy's `linkage(…, "ward")`.
    #[test]
    fn agrees_with_scipy() {
        let tree = MergeTree::ward(&points(&[0.0, 1.0, 5.0, 7.0, 20.0]), &[1.0; 5]);
        let distances: Vec<f64> = tree.merges().iter().map(|merge| merge.distance).collect();
        let expected = [1.0, 2.0, 7.778_174_593_052_023, 21.187_260_323_128_14];
        for (found, expected) in distances.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{distances:?}");
        }
        assert_eq!(tree.cut(3), [0, 0, 1, 1, 2]);
        assert_eq!(tree.cut(1), [0; 5]);
        assert_eq!(tree.cut(9), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn heavy_clusters_are_farther_apart() {
        let light = MergeTree::ward(&points(&[0.0, 3.0, 4.0]), &[1.0, 1.0, 1.0]);
        assert_eq!(light.cut(2), [0, 1, 1]);
        let heavy = MergeTree::ward(&points(&[0.0, 3.0, 4.0]), &[0.1, 50.0, 50.0]);
        assert_eq!(heavy.cut(2), [0, 0, 1]);
    }

    /// The expected distances are those of SciPy's `linkage(…, "average", "cosine")`.
    #[test]
    fn mean_cosines_agree_with_scipy() {
        let rows = Matrix::new(2, vec![1.0, 0.0, 0.8, 0.6, 0.0, 1.0, -1.0, 0.0]);
        let tree = MergeTree::average(&rows);
        let distances: Vec<f64> = tree.merges().iter().map(|merge| merge.distance).collect();
        for (found, expected) in distances.iter().zip([0.2, 0.7, 1.6]) {
            assert!((found - expected).abs() < 1e-6, "{distances:?}");
        }
        assert_eq!(tree.cut_at(0.3), [0, 0, 1, 2]);
        assert_eq!(tree.cut_at(0.1), [0, 1, 2, 3]);
        assert_eq!(tree.cut_at(9.0), [0; 4]);
    }

    #[test]
    fn none_and_one() {
        assert!(MergeTree::ward(&[], &[]).cut(3).is_empty());
        assert_eq!(MergeTree::ward(&points(&[1.0]), &[1.0]).cut(3), [0]);
    }

    proptest! {
        #[test]
        fn a_cut_has_as_many_groups_as_asked(values in prop::collection::vec(-9.0..9.0f64, 1..40), groups in 1usize..50) {
            let weights = vec![1.0; values.len()];
            let tree = MergeTree::ward(&points(&values), &weights);
            let cut = tree.cut(groups);
            let most = cut.iter().max().unwrap() + 1;
            prop_assert_eq!(most, groups.min(values.len()));
            prop_assert!(tree.merges().windows(2).all(|two| two[0].distance <= two[1].distance + 1e-9));
        }
    }
}
