//! Rows drawn to their neighbours.

use crate::matrix::{Matrix, normalize};

/// To how many neighbours a row is drawn.
const NEIGHBOURS: usize = 15;
/// How often.
const STEPS: usize = 2;
/// The least mean distance from neighbours: among copies all count the same.
const LEAST_SPREAD: f32 = 1e-4;

/// Draws rows, each one long, to those that are nearest by their cosine, so that what lies along one bundle comes together and what lies
/// between bundles goes to one of them; each stays one long.
///
/// The neighbours weigh as in UMAP (McInnes, Healy and Melville 2018, arXiv:1802.03426), by how much farther they are than the nearest
/// one, against their mean. Every row is compared with every other.
pub(crate) fn draw_together(rows: &Matrix) -> Matrix {
    let neighbours =
        rows.map_products(rows, |row, cosines| weighted_neighbours(Some(row), cosines));
    (0..STEPS).fold(rows.clone(), |drawn, _| step(&drawn, &drawn, &neighbours))
}

/// Draws further rows, each one long, to those that are nearest among `rows`, which are `drawn` already.
pub(crate) fn draw_to(further: &Matrix, rows: &Matrix, drawn: &Matrix) -> Matrix {
    let neighbours = further.map_products(rows, |_, cosines| weighted_neighbours(None, cosines));
    (0..STEPS).fold(further.clone(), |further, _| step(&further, drawn, &neighbours))
}

/// Moves every row halfway to the mean of its neighbours among others.
fn step(rows: &Matrix, others: &Matrix, neighbours: &[Vec<(usize, f32)>]) -> Matrix {
    let mut moved = rows.clone();
    for (row, neighbours) in neighbours.iter().enumerate() {
        let mut mean = vec![0.0; rows.columns()];
        for (neighbour, weight) in neighbours {
            let values = others.row(*neighbour).iter();
            mean.iter_mut().zip(values).for_each(|(sum, value)| *sum += weight * value);
        }
        normalize(&mut mean);
        let moved = moved.row_mut(row);
        moved.iter_mut().zip(mean).for_each(|(value, mean)| *value += mean);
        normalize(moved);
    }
    moved
}

/// Finds the neighbours of a row among others, itself not, given its cosines with all, and what they weigh.
fn weighted_neighbours(itself: Option<usize>, cosines: &[f32]) -> Vec<(usize, f32)> {
    let mut nearest: Vec<(usize, f32)> = Vec::with_capacity(NEIGHBOURS + 1);
    let mut least = f32::NEG_INFINITY;
    for (other, cosine) in cosines.iter().enumerate() {
        if *cosine > least && Some(other) != itself {
            let place = nearest.partition_point(|(_, nearer)| nearer >= cosine);
            nearest.insert(place, (other, *cosine));
            nearest.truncate(NEIGHBOURS);
            if nearest.len() == NEIGHBOURS {
                least = nearest[NEIGHBOURS - 1].1;
            }
        }
    }
    let first = nearest.first().map_or(0.0, |(_, cosine)| *cosine);
    let spread: f32 = nearest.iter().map(|(_, cosine)| first - cosine).sum();
    let spread = (spread / nearest.len().max(1) as f32).max(LEAST_SPREAD);
    nearest.into_iter().map(|(other, cosine)| (other, ((cosine - first) / spread).exp())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::dot;
    use crate::topics::model::tests::posts;

    #[test]
    fn posts_of_a_subject_come_nearer_and_others_do_not() {
        let rows = posts(4, 200, 1.5);
        let drawn = draw_together(&rows);
        let mean = |rows: &Matrix, apart: usize| {
            let pairs = (0..100).map(|row| dot(rows.row(row), rows.row(row + apart)));
            pairs.sum::<f32>() / 100.0
        };
        assert!(mean(&drawn, 4) > mean(&rows, 4) + 0.3);
        assert!(mean(&drawn, 5) < mean(&drawn, 4) - 0.3);
        assert!(drawn.iter().all(|row| (dot(row, row) - 1.0).abs() < 1e-5));
    }

    #[test]
    fn one_row_and_copies_stay() {
        let one = Matrix::new(2, vec![0.6, 0.8]);
        assert_eq!(draw_together(&one), one);
        let copies = draw_together(&Matrix::new(2, [0.6, 0.8].repeat(40)));
        assert!(
            copies.iter().flatten().zip([0.6, 0.8].repeat(40)).all(|(a, b)| (a - b).abs() < 1e-6)
        );
        assert_eq!(draw_together(&Matrix::zeros(0, 3)).rows(), 0);
    }
}
