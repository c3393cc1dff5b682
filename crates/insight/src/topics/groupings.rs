//! Ways to group posts into so many topics.

use crate::matrix::Matrix;
use crate::topics::cluster::{Linkage, MergeTree, directions, nearest, refine, silhouette};

/// How many of the components tell which posts are merged: fewer than are kept, since every post is compared with every other.
const COMPONENTS: usize = 64;
/// How many posts a topic has at least, and one of how many.
const LEAST_POSTS: (usize, usize) = (3, 2_000);

/// Are the trees that posts are agglomerated into.
pub(super) struct Groupings<'a> {
    /// The posts, `[posts][components]`, each one long, the components of the greatest variance first.
    rows: &'a Matrix,
    trees: [MergeTree; 2],
}

impl<'a> Groupings<'a> {
    pub(super) fn new(rows: &'a Matrix) -> Self {
        let width = COMPONENTS.min(rows.columns());
        let values = rows.iter().flat_map(|row| &row[..width]).copied().collect();
        let mut first = Matrix::new(width, values);
        first.normalize();
        let tree = |linkage| MergeTree::new(linkage, first.clone(), vec![1.0; rows.rows()]);
        Self { rows, trees: [Linkage::Ward, Linkage::Average].map(tree) }
    }

    /// Gives how many posts there are.
    pub(super) fn posts(&self) -> usize {
        self.rows.rows()
    }

    /// Makes so many groups, fewer where no more have enough posts, and refines them; gives the group of every post. Of the two trees that
    /// one is cut whose groups have the greater silhouette.
    ///
    /// The first groups are those around directions that are expected: one that is nearer to the direction of a group than any other group
    /// is takes its posts, another one starts by itself.
    pub(super) fn around(&self, expected: &Matrix, groups: usize) -> Vec<usize> {
        let most = groups.max(expected.rows());
        let [ward, average] = self.trees.each_ref().map(|tree| {
            let starts = (0..=groups).rev();
            let mut starts =
                starts.map(|groups| start_around(expected, &self.directions(tree, groups)));
            let start = starts.find(|start| start.rows() <= most).unwrap_or_default();
            let (directions, groups) = refine(self.rows, start, expected);
            (silhouette(self.rows, &directions), groups)
        });
        if average.0 > ward.0 { average.1 } else { ward.1 }
    }

    /// Tells how far apart so many groups are, before they are refined.
    pub(super) fn silhouette(&self, groups: usize) -> f64 {
        let of_tree = |tree| silhouette(self.rows, &self.directions(tree, groups));
        self.trees.iter().map(of_tree).fold(-1.0, f64::max)
    }

    /// Gives the directions of the groups of a tree, largest first; what is left over beside them is in none.
    fn directions(&self, tree: &MergeTree, groups: usize) -> Matrix {
        if groups == 0 {
            return Matrix::zeros(0, self.rows.columns());
        }
        let (fewest, one_of) = LEAST_POSTS;
        let posts = self.posts();
        let least = fewest.max(posts / one_of).min(posts / groups).max(1);
        let found = tree.cut_of_weight(groups, least as f64, &vec![1.0; posts]);
        let mut sizes = vec![0; found.iter().max().map_or(0, |most| most + 1)];
        found.iter().for_each(|group| sizes[*group] += 1);
        let mut order: Vec<usize> =
            (0..sizes.len()).filter(|group| sizes[*group] >= least).collect();
        order.sort_by(|a, b| sizes[*b].cmp(&sizes[*a]).then(a.cmp(b)));
        order.truncate(groups);
        directions(self.rows, &found).select(&order)
    }
}

/// Puts the directions that are expected before those of groups, and in the place of those that they lie in.
fn start_around(expected: &Matrix, groups: &Matrix) -> Matrix {
    let next = groups.map_products(groups, |group, cosines| {
        let others = cosines.iter().enumerate().filter(|(other, _)| *other != group);
        others.map(|(_, cosine)| *cosine).fold(-1.0, f32::max)
    });
    let mut start = expected.clone();
    let mut takers: Vec<Vec<usize>> = vec![Vec::new(); groups.rows()];
    if groups.rows() > 0 {
        for (row, (group, cosine)) in nearest(expected, groups).into_iter().enumerate() {
            if cosine > next[group] {
                takers[group].push(row);
            }
        }
    }
    for (group, takers) in takers.iter().enumerate() {
        if let [one] = takers[..] {
            start.row_mut(one).copy_from_slice(groups.row(group));
        }
    }
    let free = groups.iter().zip(&takers).filter(|(_, takers)| takers.is_empty());
    let free = free.flat_map(|(direction, _)| direction);
    let columns = groups.columns().max(expected.columns());
    Matrix::new(columns, start.iter().flatten().chain(free).copied().collect())
}
