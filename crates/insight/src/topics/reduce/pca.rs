//! Principal components.

use nalgebra::{DMatrix, SymmetricEigen};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::matrix::{Matrix, ROWS_PER_PIECE, dot};

/// Is the mean of embeddings and the directions in which they differ most, those of the greatest variance first (Hotelling 1933).
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PrincipalComponents {
    mean: Vec<f32>,
    /// The directions, `[components][columns]`.
    directions: Matrix,
    variances: Vec<f32>,
}

impl PrincipalComponents {
    /// Finds at most so many components; there are never more than columns.
    pub fn fit(rows: &Matrix, components: usize) -> Self {
        let columns = rows.columns();
        let mean = mean(rows);
        let covariance = covariance(rows, &mean);
        let found = SymmetricEigen::new(covariance);
        let mut order: Vec<usize> = (0..columns).collect();
        order.sort_by(|a, b| found.eigenvalues[*b].total_cmp(&found.eigenvalues[*a]));
        order.truncate(components);
        let mut directions = Vec::with_capacity(order.len() * columns);
        for component in &order {
            let direction = found.eigenvectors.column(*component);
            // A direction and its opposite are the same; the greatest part is positive.
            let greatest = direction.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs()));
            let sign = greatest.unwrap_or(1.0).signum();
            directions.extend(direction.iter().map(|value| (sign * value) as f32));
        }
        let variances = order.iter().map(|c| found.eigenvalues[*c].max(0.0) as f32).collect();
        Self { mean, directions: Matrix::new(columns, directions), variances }
    }

    /// Gives the variance along every component.
    pub fn variances(&self) -> &[f32] {
        &self.variances
    }

    /// Maps rows onto the components.
    pub fn transform(&self, rows: &Matrix) -> Matrix {
        let components = self.directions.rows();
        let mut mapped = Matrix::zeros(rows.rows(), components);
        let offsets: Vec<f32> =
            self.directions.iter().map(|direction| dot(direction, &self.mean)).collect();
        mapped.par_rows_mut().enumerate().for_each(|(number, mapped)| {
            let row = rows.row(number);
            for ((value, direction), offset) in
                mapped.iter_mut().zip(self.directions.iter()).zip(&offsets)
            {
                *value = dot(row, direction) - offset;
            }
        });
        mapped
    }
}

/// Computes the mean of the rows.
fn mean(rows: &Matrix) -> Vec<f32> {
    let mut sums = vec![0.0; rows.columns()];
    for row in rows.iter() {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    sums.into_iter().map(|sum| (sum / rows.rows().max(1) as f64) as f32).collect()
}

/// Computes the covariance of the columns, `[columns, columns]`.
fn covariance(rows: &Matrix, mean: &[f32]) -> DMatrix<f64> {
    let columns = rows.columns();
    let all: Vec<usize> = (0..rows.rows()).collect();
    let of_piece = |piece: &[usize]| {
        let centred: Vec<f32> = piece
            .iter()
            .flat_map(|row| rows.row(*row).iter().zip(mean).map(|(value, mean)| value - mean))
            .collect();
        let centred = DMatrix::from_vec(columns, piece.len(), centred);
        &centred * centred.transpose()
    };
    let pieces: Vec<DMatrix<f32>> = all.par_chunks(ROWS_PER_PIECE).map(of_piece).collect();
    let mut sum = DMatrix::zeros(columns, columns);
    pieces.into_iter().for_each(|piece| sum += piece.cast::<f64>());
    sum / rows.rows().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_direction_of_most_variance_comes_first() {
        let mut values = Vec::new();
        for step in -10i8..=10 {
            let (along, across) = (f32::from(step), f32::from(step % 2));
            values.extend([3.0 * along + 1.0, 4.0 * along - across, 7.0]);
        }
        let rows = Matrix::new(3, values);
        let found = PrincipalComponents::fit(&rows, 2);
        let first = found.directions.row(0);
        assert!((first[0] - 0.6).abs() < 0.01 && (first[1] - 0.8).abs() < 0.01, "{first:?}");
        assert!(found.variances[0] > 100.0 * found.variances[1]);
        let mapped = found.transform(&rows);
        assert_eq!((mapped.rows(), mapped.columns()), (21, 2));
        let mean: f32 = mapped.iter().map(|row| row[0]).sum();
        assert!(mean.abs() < 1e-3, "{mean}");
    }

    #[test]
    fn fewer_columns_than_components_and_equal_rows() {
        let rows = Matrix::new(2, vec![1.0; 8]);
        let found = PrincipalComponents::fit(&rows, 5);
        assert_eq!(found.variances(), [0.0, 0.0]);
        assert!(found.transform(&rows).iter().flatten().all(|value| value.abs() < 1e-6));
    }
}
