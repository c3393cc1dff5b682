//! Spherical k-means: clusters of directions.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::matrix::{Matrix, normalize};

/// How often all rows are assigned anew at most.
const ROUNDS: usize = 30;

/// Is what spherical k-means found: the directions of the clusters and the cluster of every row.
#[derive(Clone, Debug, PartialEq)]
pub struct SphericalClusters {
    /// The direction of every cluster, `[clusters][columns]`, each one long.
    pub centroids: Matrix,
    /// The cluster of every row.
    pub assigned: Vec<usize>,
}

/// Directions stay when no more than one of so many rows changes its side.
const SETTLED: usize = 1_000;
/// Against the posts of a cluster, how much the direction counts that it is drawn back to.
const ANCHOR: f32 = 0.5;

/// Clusters rows, each one long, by their direction (Dhillon and Modha 2001), from the seeds of k-means++ (Arthur and Vassilvitskii
/// 2007).
///
/// There are at most as many clusters as different rows. The same rows and seed give the same clusters with any number of threads.
pub fn spherical_k_means(rows: &Matrix, clusters: usize, seed: u64) -> SphericalClusters {
    let (centroids, assigned) = refine(rows, seeds(rows, clusters, seed), &Matrix::default());
    SphericalClusters { centroids, assigned }
}

/// Moves directions to the middle of the rows that are nearest to them, until hardly a row changes its side; gives the directions and the
/// nearest one of every row. The first ones are drawn back to their anchors.
pub(crate) fn refine(
    rows: &Matrix,
    mut centroids: Matrix,
    anchors: &Matrix,
) -> (Matrix, Vec<usize>) {
    let mut assigned = nearest(rows, &centroids);
    for _ in 0..ROUNDS {
        centroids = moved(rows, &assigned, centroids, anchors);
        let again = nearest(rows, &centroids);
        let pairs = assigned.iter().zip(&again);
        let changed = pairs.filter(|((before, _), (now, _))| before != now).count();
        assigned = again;
        if changed * SETTLED <= rows.rows() {
            break;
        }
    }
    (centroids, assigned.into_iter().map(|(cluster, _)| cluster).collect())
}

/// Gives the nearest centroid of every row, and its cosine.
pub(crate) fn nearest(rows: &Matrix, centroids: &Matrix) -> Vec<(usize, f32)> {
    rows.map_products(centroids, |_, cosines| {
        let mut best = (0, f32::NEG_INFINITY);
        for (cluster, cosine) in cosines.iter().enumerate() {
            if *cosine > best.1 {
                best = (cluster, *cosine);
            }
        }
        best
    })
}

/// Picks rows far from each other: each next one with a chance in proportion to its distance from the nearest picked one.
fn seeds(rows: &Matrix, clusters: usize, seed: u64) -> Matrix {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut picked = Vec::with_capacity(clusters.min(rows.rows()));
    let mut distances = vec![f32::INFINITY; rows.rows()];
    if rows.rows() == 0 || clusters == 0 {
        return Matrix::zeros(0, rows.columns());
    }
    picked.push(random.random_range(0..rows.rows()));
    while picked.len() < clusters {
        let cosines = rows.products(rows.row(picked[picked.len() - 1]));
        for (distance, cosine) in distances.iter_mut().zip(cosines) {
            let found = (1.0 - cosine).max(0.0);
            *distance = distance.min(if found < 1e-6 { 0.0 } else { found });
        }
        let sum: f64 = distances.iter().map(|distance| f64::from(*distance)).sum();
        if sum <= 0.0 {
            break;
        }
        let mut left = random.random::<f64>() * sum;
        let far = distances.iter().position(|distance| {
            left -= f64::from(*distance);
            left < 0.0 && *distance > 0.0
        });
        let last = || distances.iter().rposition(|distance| *distance > 0.0);
        let Some(next) = far.or_else(last) else { break };
        picked.push(next);
    }
    rows.select(&picked)
}

/// Computes the mean direction of every cluster, given that of each row.
pub(crate) fn directions(rows: &Matrix, assigned: &[usize]) -> Matrix {
    let clusters = assigned.iter().max().map_or(0, |most| most + 1);
    let columns = rows.columns();
    let mut sums = vec![0.0; clusters * columns];
    for (row, cluster) in rows.iter().zip(assigned) {
        let sum = &mut sums[cluster * columns..][..columns];
        sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    let mut directions = Matrix::new(columns, sums.into_iter().map(|sum| sum as f32).collect());
    directions.normalize();
    directions
}

/// Computes the directions of the clusters; one without rows takes its anchor, or else the row that is farthest from its own.
fn moved(
    rows: &Matrix,
    assigned: &[(usize, f32)],
    mut centroids: Matrix,
    anchors: &Matrix,
) -> Matrix {
    let clusters: Vec<usize> = assigned.iter().map(|(cluster, _)| *cluster).collect();
    let mut is_empty = vec![true; centroids.rows()];
    clusters.iter().for_each(|cluster| is_empty[*cluster] = false);
    let mut farthest: Vec<usize> = (0..assigned.len()).collect();
    farthest.sort_by(|a, b| assigned[*a].1.total_cmp(&assigned[*b].1));
    let mut farthest = farthest.into_iter();
    let found = directions(rows, &clusters);
    for (cluster, is_empty) in is_empty.into_iter().enumerate() {
        let anchor = (cluster < anchors.rows()).then(|| anchors.row(cluster));
        let row = match anchor {
            _ if !is_empty => Some(found.row(cluster)),
            Some(anchor) => Some(anchor),
            None => farthest.next().map(|row| rows.row(row)),
        };
        let centroid = centroids.row_mut(cluster);
        row.into_iter().for_each(|row| centroid.copy_from_slice(row));
        if let Some(anchor) = anchor {
            centroid.iter_mut().zip(anchor).for_each(|(value, anchor)| *value += ANCHOR * anchor);
            normalize(centroid);
        }
    }
    centroids
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three_bundles() -> Matrix {
        let mut values = Vec::new();
        for number in 0..60u8 {
            let noise = |by: u8| f32::from(number.wrapping_mul(by) % 11) / 100.0;
            let mut row = [noise(3), noise(5), noise(7)];
            row[usize::from(number % 3)] += 1.0;
            values.extend(row);
        }
        let mut rows = Matrix::new(3, values);
        rows.normalize();
        rows
    }

    #[test]
    fn finds_bundles_of_directions() {
        let found = spherical_k_means(&three_bundles(), 3, 42);
        for (number, cluster) in found.assigned.iter().enumerate() {
            assert_eq!(*cluster, found.assigned[number % 3]);
        }
        let different: std::collections::BTreeSet<&usize> = found.assigned.iter().collect();
        assert_eq!(different.len(), 3);
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let rows = three_bundles();
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| spherical_k_means(&rows, 5, 7))
        };
        assert_eq!(with(1), with(4));
    }

    #[test]
    fn equal_rows_are_one_cluster_and_no_rows_none() {
        let mut rows = Matrix::new(2, vec![1.0; 12]);
        rows.normalize();
        let found = spherical_k_means(&rows, 4, 1);
        assert_eq!((found.centroids.rows(), found.assigned), (1, vec![0; 6]));
        let none = spherical_k_means(&Matrix::zeros(0, 2), 4, 1);
        assert_eq!((none.centroids.rows(), none.assigned.len()), (0, 0));
    }
}
