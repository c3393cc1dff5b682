//! Rows of numbers.

use nalgebra::DMatrixView;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// How many rows a thread takes at a time. Sums over rows are made per piece and then over the pieces in order, so that the number of
/// threads does not change a bit of them.
pub(crate) const ROWS_PER_PIECE: usize = 1024;

/// How many products a thread holds at a time.
const PRODUCTS_PER_PIECE: usize = 1 << 22;

/// Is a matrix of rows of one width, one after the other.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Matrix {
    columns: usize,
    values: Vec<f32>,
}

impl Matrix {
    /// Builds a matrix from the values of its rows; what is left over of an unfinished row is cut off.
    pub fn new(columns: usize, mut values: Vec<f32>) -> Self {
        values.truncate(values.len() / columns.max(1) * columns);
        Self { columns, values }
    }

    /// Builds a matrix of zeros.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self { columns, values: vec![0.0; rows * columns] }
    }

    /// Gives the number of rows.
    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.columns).unwrap_or(0)
    }

    /// Gives the number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Gives a row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.columns..][..self.columns]
    }

    /// Gives a row to change it.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.values[row * self.columns..][..self.columns]
    }

    /// Gives all rows in order.
    pub fn iter(&self) -> std::slice::ChunksExact<'_, f32> {
        self.values.chunks_exact(self.columns.max(1))
    }

    /// Gives all rows to change them side by side.
    pub(crate) fn par_rows_mut(&mut self) -> rayon::slice::ChunksExactMut<'_, f32> {
        self.values.par_chunks_exact_mut(self.columns.max(1))
    }

    /// Computes the products of every row with every row of another matrix, `[rows][others]`, a piece of rows at a time on all cores,
    /// and maps each row of products.
    pub(crate) fn map_products<T: Send>(
        &self,
        others: &Self,
        map: impl Fn(usize, &[f32]) -> T + Sync,
    ) -> Vec<T> {
        let count = others.rows();
        // The product of two matrices is many times as fast as that of one by the transpose of the other, which is made pair by pair.
        let others = DMatrixView::from_slice(&others.values, others.columns, count).transpose();
        let rows_per_piece = (PRODUCTS_PER_PIECE / count.max(1)).clamp(1, ROWS_PER_PIECE);
        let pieces = self.values.par_chunks((rows_per_piece * self.columns).max(1));
        let of_piece = |(piece, values): (usize, &[f32])| {
            let rows = values.len() / self.columns;
            let products = &others * DMatrixView::from_slice(values, self.columns, rows);
            let products = products.as_slice().chunks_exact(count.max(1));
            let numbered = products.enumerate();
            numbered
                .map(|(row, row_products)| map(piece * rows_per_piece + row, row_products))
                .collect::<Vec<T>>()
        };
        pieces.enumerate().map(of_piece).collect::<Vec<_>>().into_iter().flatten().collect()
    }

    /// Computes the product of every row with a vector on all cores.
    pub(crate) fn products(&self, vector: &[f32]) -> Vec<f32> {
        let rows = self.values.par_chunks_exact(self.columns.max(1));
        rows.map(|row| dot(row, vector)).collect()
    }

    /// Gives the rows in parts of so many, copied.
    pub(crate) fn parts(&self, rows: usize) -> impl Iterator<Item = Self> {
        let parts = self.values.chunks((rows * self.columns).max(1));
        parts.map(|values| Self { columns: self.columns, values: values.to_vec() })
    }

    /// Takes some rows, in the order in which they are named.
    pub fn select(&self, rows: &[usize]) -> Self {
        let values = rows.iter().flat_map(|row| self.row(*row)).copied().collect();
        Self { columns: self.columns, values }
    }

    /// Makes every row one long; rows of zeros stay.
    pub fn normalize(&mut self) {
        self.values.par_chunks_mut(self.columns.max(1)).for_each(normalize);
    }
}

/// Makes a vector one long; one of zeros stays.
pub(crate) fn normalize(vector: &mut [f32]) {
    let length = dot(vector, vector).sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|value| *value /= length);
    }
}

/// Computes the sum of the products, in eight sums side by side.
pub(crate) fn dot(left: &[f32], right: &[f32]) -> f32 {
    let (left_eights, left_rest) = left.as_chunks::<8>();
    let (right_eights, right_rest) = right.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (left, right) in left_eights.iter().zip(right_eights) {
        for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
            *sum += left * right;
        }
    }
    let rest: f32 = left_rest.iter().zip(right_rest).map(|(left, right)| left * right).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_selected_and_normalized() {
        let mut matrix = Matrix::new(2, vec![3.0, 4.0, 0.0, 0.0, 1.0, 0.0, 9.0]);
        assert_eq!((matrix.rows(), matrix.columns()), (3, 2));
        matrix.normalize();
        assert_eq!(matrix.select(&[2, 0]), Matrix::new(2, vec![1.0, 0.0, 0.6, 0.8]));
        assert_eq!(matrix.row(1), [0.0, 0.0]);
        assert_eq!(Matrix::default().rows(), 0);
    }

    #[test]
    fn products_of_every_pair_of_rows() {
        let rows = Matrix::new(2, vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let others = Matrix::new(2, vec![1.0, 0.0, 1.0, 1.0]);
        let found = rows.map_products(&others, |row, products| (row, products.to_vec()));
        assert_eq!(found, [(0, vec![1.0, 3.0]), (1, vec![3.0, 7.0]), (2, vec![5.0, 11.0])]);
    }

    #[test]
    fn products_of_any_length() {
        let numbers: Vec<f32> = (0..19u8).map(f32::from).collect();
        assert_eq!(dot(&numbers, &numbers), 2109.0);
    }
}
