//! Rounds matrices to bytes and back.

use crate::onnx::MatrixValues;

/// The largest magnitude of a byte in a linear layer.
///
/// Seven bits, not eight: processors without a dot product of bytes add two products of an unsigned and a signed byte in
/// 16 bits with saturation (Intel's `vpmaddubsw`); 2 · 255 · 63 stays below 2^15, so sums are exact on every processor.
pub(crate) const LINEAR_BYTE_LIMIT: f32 = 63.0;

/// The largest magnitude of a byte in a table whose rows are looked up, such as that of the word vectors.
pub(crate) const TABLE_BYTE_LIMIT: f32 = 127.0;

/// Gives the scale that maps a largest magnitude to `limit`, and 1 for zeros alone.
fn scale_for(largest: f32, limit: f32) -> f32 {
    if largest > 0.0 { largest / limit } else { 1.0 }
}

fn round_to_byte(value: f32, scale: f32, limit: f32) -> i8 {
    (value / scale).round_ties_even().clamp(-limit, limit) as i8
}

/// Rounds a matrix with a scale per row.
pub(crate) fn quantize_rows(matrix: &MatrixValues, columns: usize) -> MatrixValues {
    let MatrixValues::Floats(floats) = matrix else { return matrix.clone() };
    let mut values = Vec::with_capacity(floats.len());
    let mut scales = Vec::with_capacity(floats.len() / columns);
    for row in floats.chunks_exact(columns) {
        let largest = row.iter().fold(0.0f32, |most, value| most.max(value.abs()));
        let scale = scale_for(largest, TABLE_BYTE_LIMIT);
        values.extend(row.iter().map(|value| round_to_byte(*value, scale, TABLE_BYTE_LIMIT)));
        scales.push(scale);
    }
    MatrixValues::Bytes { values, scales }
}

/// Rounds the matrix of a linear layer with a scale per column.
pub(crate) fn quantize_columns(matrix: &MatrixValues, columns: usize) -> MatrixValues {
    let MatrixValues::Floats(floats) = matrix else { return matrix.clone() };
    let (values, scales) = round_columns(floats, columns, LINEAR_BYTE_LIMIT);
    MatrixValues::Bytes { values, scales }
}

/// Rounds floats with a scale per column, to bytes of this magnitude at most; gives bytes and scales.
pub(crate) fn round_columns(floats: &[f32], columns: usize, limit: f32) -> (Vec<i8>, Vec<f32>) {
    let mut largest = vec![0.0f32; columns];
    for row in floats.chunks_exact(columns) {
        for (most, value) in largest.iter_mut().zip(row) {
            *most = most.max(value.abs());
        }
    }
    let scales: Vec<f32> = largest.iter().map(|most| scale_for(*most, limit)).collect();
    let mut values = Vec::with_capacity(floats.len());
    for row in floats.chunks_exact(columns) {
        let rounded = row.iter().zip(&scales);
        values.extend(rounded.map(|(value, scale)| round_to_byte(*value, *scale, limit)));
    }
    (values, scales)
}

/// Says what a scale belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ScaleOf {
    /// A row.
    Row,
    /// A column.
    Column,
}

/// Multiplies the bytes of a matrix by their scales.
pub(crate) fn dequantize(matrix: &MatrixValues, columns: usize, scale_of: ScaleOf) -> MatrixValues {
    let MatrixValues::Bytes { values, scales } = matrix else { return matrix.clone() };
    let floats = values
        .iter()
        .enumerate()
        .map(|(index, byte)| {
            let scale = match scale_of {
                ScaleOf::Row => scales[index / columns],
                ScaleOf::Column => scales[index % columns],
            };
            f32::from(*byte) * scale
        })
        .collect();
    MatrixValues::Floats(floats)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_off_by_half_a_step_at_most() {
        let floats: Vec<f32> = (0..24).map(|i| ((i * 7919) % 101) as f32 / 50.0 - 1.0).collect();
        let matrix = MatrixValues::Floats(floats.clone());
        for (rounded, scale_of) in [
            (quantize_columns(&matrix, 4), ScaleOf::Column),
            (quantize_rows(&matrix, 4), ScaleOf::Row),
        ] {
            let MatrixValues::Bytes { scales, .. } = &rounded else { panic!("not rounded") };
            let step = scales.iter().fold(0.0f32, |most, scale| most.max(*scale));
            let MatrixValues::Floats(back) = dequantize(&rounded, 4, scale_of) else {
                panic!("not floats")
            };
            for (value, original) in back.iter().zip(&floats) {
                assert!((value - original).abs() <= step * 0.5001, "{value} {original} {step}");
            }
        }
    }

    #[test]
    fn a_column_of_zeros_stays_zero() {
        let matrix = MatrixValues::Floats(vec![0.0, 0.5, 0.0, -2.0]);
        let MatrixValues::Bytes { values, scales } = quantize_columns(&matrix, 2) else {
            panic!("not rounded")
        };
        assert_eq!(values, [0, 16, 0, -63]);
        assert_eq!(scales[0], 1.0);
    }
}
