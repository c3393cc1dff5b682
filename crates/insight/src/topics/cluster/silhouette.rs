//! How far apart clusters are.

use crate::matrix::Matrix;

/// Computes the simplified silhouette (Hruschka, Castro and Campello 2004), -1 to 1: of every row by how much the nearest direction is nearer than the second.
pub(crate) fn silhouette(rows: &Matrix, directions: &Matrix) -> f64 {
    let values = rows.map_products(directions, |_, cosines| {
        let (mut first, mut second) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
        for cosine in cosines {
            if *cosine > first {
                (first, second) = (*cosine, first);
            } else if *cosine > second {
                second = *cosine;
            }
        }
        let (near, far) = ((1.0 - first).max(0.0), (1.0 - second).max(0.0));
        if far > 0.0 { f64::from((far - near) / far) } else { 0.0 }
    });
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
