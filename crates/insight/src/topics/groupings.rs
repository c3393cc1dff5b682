//! Ways to group posts into so many topics.

use crate::matrix::Matrix;
use crate::topics::cluster::{Linkage, MergeTree, directions, refine, silhouette};

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

/// Are posts in groups.
pub(super) struct Grouping {
    /// The group of every post.
    pub(super) groups: Vec<usize>,
    /// How much nearer posts are to their own group than to the next one, -1 to 1.
    pub(super) silhouette: f64,
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

    /// Makes so many groups, fewer where no more have enough posts, and refines them. Of the two trees that one is cut whose groups have the
    /// greater silhouette.
    pub(super) fn cut(&self, groups: usize) -> Grouping {
        let [ward, average] = self.trees.each_ref().map(|tree| {
            let (directions, groups) = refine(self.rows, self.directions(tree, groups));
            Grouping { groups, silhouette: silhouette(self.rows, &directions) }
        });
        if average.silhouette > ward.silhouette { average } else { ward }
    }

    /// Tells how far apart so many groups are, before they are refined.
    pub(super) fn silhouette(&self, groups: usize) -> f64 {
        let of_tree = |tree| silhouette(self.rows, &self.directions(tree, groups));
        self.trees.iter().map(of_tree).fold(-1.0, f64::max)
    }

    /// Gives the directions of the groups of a tree, largest first; what is left over beside them is in none.
    fn directions(&self, tree: &MergeTree, groups: usize) -> Matrix {
        let (fewest, one_of) = LEAST_POSTS;
        let posts = self.posts();
        let least = fewest.max(posts / one_of).min(posts / groups.max(1)).max(1);
        let found = tree.cut_of_weight(groups, least as f64, &vec![1.0; posts]);
        let mut sizes = vec![0; found.iter().max().map_or(0, |most| most + 1)];
        found.iter().for_each(|group| sizes[*group] += 1);
        let mut order: Vec<usize> = (0..sizes.len()).filter(|group| sizes[*group] >= least).collect();
        order.sort_by(|a, b| sizes[*b].cmp(&sizes[*a]).then(a.cmp(b)));
        order.truncate(groups);
        directions(self.rows, &found).select(&order)
    }
}
