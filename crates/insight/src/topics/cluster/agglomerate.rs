//! Agglomeration of clusters into a tree.

/// Is a step of an agglomeration: two nodes become one. The leaves are the nodes from 0 up to their number, and the `n`th merge makes the
/// node after them and the merges before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Merge {
    /// The lower of the two nodes.
    pub left: usize,
    /// The higher of the two nodes.
    pub right: usize,
    /// How far apart they are, by the measure of Ward: the root of twice the growth of the squared distances to the mean.
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
        let leaves = means.len();
        // A node is its mean, its weight and its number, or has been merged.
        let mut nodes: Vec<Option<(Vec<f64>, f64)>> =
            means.iter().cloned().zip(weights.iter().copied()).map(Some).collect();
        let mut found: Vec<Merge> = Vec::new();
        let mut chain: Vec<usize> = Vec::new();
        while found.len() + 1 < leaves {
            let Some(last) =
                chain.last().copied().or_else(|| nodes.iter().position(Option::is_some))
            else {
                break;
            };
            if chain.is_empty() {
                chain.push(last);
            }
            let before = chain.len().checked_sub(2).map(|place| chain[place]);
            let Some((next, distance)) = nearest(&nodes, last, before) else { break };
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

/// Finds the nearest living node; of equally near ones `preferred`, else the first.
fn nearest(
    nodes: &[Option<(Vec<f64>, f64)>],
    from: usize,
    preferred: Option<usize>,
) -> Option<(usize, f64)> {
    let (mean, weight) = nodes[from].as_ref()?;
    let mut best: Option<(usize, f64)> = None;
    for (number, node) in nodes.iter().enumerate() {
        let Some((other, other_weight)) = node.as_ref().filter(|_| number != from) else {
            continue;
        };
        let squares: f64 = mean.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum();
        let distance = (2.0 * weight * other_weight / (weight + other_weight) * squares).sqrt();
        let is_nearer = best.is_none_or(|(_, nearest)| {
            distance < nearest || (distance == nearest && preferred == Some(number))
        });
        if is_nearer {
            best = Some((number, distance));
        }
    }
    best
}

fn joined(one: (Vec<f64>, f64), other: (Vec<f64>, f64)) -> (Vec<f64>, f64) {
    let weight = one.1 + other.1;
    let mean = one.0.iter().zip(&other.0).map(|(a, b)| (a * one.1 + b * other.1) / weight);
    (mean.collect(), weight)
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
