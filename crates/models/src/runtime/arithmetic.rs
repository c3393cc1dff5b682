//! The arithmetic of an encoder between its matrix products.
//!
//! All of it is plain Rust on slices: every sum has a fixed order, nothing is fused or reordered, and the functions of the
//! standard library that differ between platforms are not used. So the same input gives the same bytes on every machine.
//! [`with_widest_vectors`] has the loops compiled for the vector instructions of the processor at hand.

use rten_simd::{Isa, SimdOp};

use crate::onnx::{ACTIVATION_LIMIT, ACTIVATION_ZERO, LEAST_MAGNITUDE};

/// The number of partial sums of a sum over a row.
const LANES: usize = 16;

/// Runs loops compiled for the widest vectors of this processor. Only what is inlined into `work` profits.
pub(crate) fn with_widest_vectors<R>(work: impl FnOnce() -> R) -> R {
    struct Work<F>(F);
    impl<R, F: FnOnce() -> R> SimdOp for Work<F> {
        type Output = R;
        #[inline(always)]
        fn eval<I: Isa>(self, _: I) -> R {
            (self.0)()
        }
    }
    Work(work).dispatch()
}

/// Adds the values of a row in [`LANES`] partial sums.
#[inline(always)]
pub(crate) fn sum(values: &[f32]) -> f32 {
    let mut partial = [0.0f32; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            partial[lane] += chunk[lane];
        }
    }
    for (lane, value) in rest.iter().enumerate() {
        partial[lane] += value;
    }
    add_lanes(partial)
}

#[inline(always)]
fn sum_of_squares_around(values: &[f32], center: f32) -> f32 {
    let mut partial = [0.0f32; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            let distance = chunk[lane] - center;
            partial[lane] += distance * distance;
        }
    }
    for (lane, value) in rest.iter().enumerate() {
        partial[lane] += (value - center) * (value - center);
    }
    add_lanes(partial)
}

#[inline(always)]
fn add_lanes(mut partial: [f32; LANES]) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            partial[lane] += partial[lane + half];
        }
        half /= 2;
    }
    partial[0]
}

/// Gives the larger of two numbers; no number counts as the smaller.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// Gives the largest value of a row, or minus infinity for an empty one.
#[inline(always)]
pub(crate) fn largest(values: &[f32]) -> f32 {
    reduce_largest(values, |value| value, f32::NEG_INFINITY)
}

#[inline(always)]
fn largest_magnitude(values: &[f32]) -> f32 {
    reduce_largest(values, f32::abs, 0.0)
}

#[inline(always)]
fn reduce_largest(values: &[f32], of: impl Fn(f32) -> f32, start: f32) -> f32 {
    let mut partial = [start; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            partial[lane] = larger(of(chunk[lane]), partial[lane]);
        }
    }
    for (lane, value) in rest.iter().enumerate() {
        partial[lane] = larger(of(*value), partial[lane]);
    }
    partial.into_iter().fold(start, larger)
}

/// Added to a small number, leaves its nearest integer (ties to even) in the low bits: 1.5 · 2^23.
const ROUNDING: f32 = 12_582_912.0;

/// Rounds the vector of a token to bytes by its largest magnitude and gives the scale of a byte.
#[inline(always)]
pub(crate) fn round_to_bytes(values: &[f32], bytes: &mut [u8]) -> f32 {
    let largest = larger(largest_magnitude(values), LEAST_MAGNITUDE);
    let inverse = ACTIVATION_LIMIT / largest;
    for (byte, value) in bytes.iter_mut().zip(values) {
        let rounded = (value * inverse + ROUNDING).to_bits() as u8;
        *byte = rounded.wrapping_add(ACTIVATION_ZERO);
    }
    largest / ACTIVATION_LIMIT
}

/// Turns the integer sums of a linear layer into floats: `sum · column scale · token scale + bias`.
#[inline(always)]
pub(crate) fn scale_sums(
    sums: &[i32],
    column_scales: &[f32],
    token_scale: f32,
    bias: &[f32],
    output: &mut [f32],
) {
    for (((value, sum), scale), bias) in output.iter_mut().zip(sums).zip(column_scales).zip(bias) {
        *value = *sum as f32 * scale * token_scale + bias;
    }
}

/// Adds the integer sums of a linear layer to a vector, as [`scale_sums`] scales them.
#[inline(always)]
pub(crate) fn add_scaled_sums(
    sums: &[i32],
    column_scales: &[f32],
    token_scale: f32,
    bias: &[f32],
    vector: &mut [f32],
) {
    for (((value, sum), scale), bias) in vector.iter_mut().zip(sums).zip(column_scales).zip(bias) {
        *value += *sum as f32 * scale * token_scale + bias;
    }
}

/// Normalises a vector to mean 0 and variance 1, then scales and shifts it. Ba et al. 2016, arXiv:1607.06450.
#[inline(always)]
pub(crate) fn normalize_layer(vector: &mut [f32], scale: &[f32], bias: &[f32], epsilon: f32) {
    let count = vector.len() as f32;
    let mean = sum(vector) / count;
    let variance = sum_of_squares_around(vector, mean) / count;
    let inverse = 1.0 / (variance + epsilon).sqrt();
    for ((value, scale), bias) in vector.iter_mut().zip(scale).zip(bias) {
        *value = (*value - mean) * inverse * scale + bias;
    }
}

/// Computes e^x for x up to 0 within two units in the last place; below -87 it gives about 1e-38.
///
/// Cody and Waite 1980: x = n · ln 2 + r with |r| up to ln 2 / 2, a polynomial for e^r, and n into the exponent.
#[inline(always)]
pub(crate) fn exp_of_negative(x: f32) -> f32 {
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = larger(x, -87.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUNDING;
    let n = shifted - ROUNDING;
    let r = x - n * LN_2_HIGH - n * LN_2_LOW;
    // The coefficients of `expf` in the Cephes library (Moshier 1984).
    let mut polynomial = 1.987_569_1e-4;
    polynomial = polynomial * r + 1.398_199_9e-3;
    polynomial = polynomial * r + 8.333_452e-3;
    polynomial = polynomial * r + 4.166_579_6e-2;
    polynomial = polynomial * r + 1.666_666_5e-1;
    polynomial = polynomial * r + 0.5;
    let power = polynomial * r * r + r + 1.0;
    let exponent = shifted.to_bits().wrapping_sub(ROUNDING.to_bits()).wrapping_add(127);
    power * f32::from_bits(exponent << 23)
}

/// Computes x · Φ(x), with Φ the distribution function of the normal distribution. Hendrycks and Gimpel 2016, arXiv:1606.08415.
///
/// Φ(x) is 1/2 + x · P(2 x² / 4.8² - 1); P was fitted here by least squares over Chebyshev nodes. Beyond 4.8 the distribution
/// counts as flat. Off by 8e-6 at most for x from -8 to 8.
#[inline(always)]
pub(crate) fn gelu(x: f32) -> f32 {
    const FLAT_FROM: f32 = 4.8;
    const COEFFICIENTS: [f32; 12] = [
        -6.563_904e-4,
        0.002_014_741,
        -0.002_790_276_4,
        0.004_218_826,
        -0.008_498_274,
        0.014_691_85,
        -0.021_857_046,
        0.030_488_236,
        -0.040_605_348,
        0.052_926_272,
        -0.072_978_586,
        0.147_212_46,
    ];
    let near = larger(-larger(-x, -FLAT_FROM), -FLAT_FROM);
    let at = near * near * (2.0 / (FLAT_FROM * FLAT_FROM)) - 1.0;
    let mut polynomial = COEFFICIENTS[0];
    for coefficient in &COEFFICIENTS[1..] {
        polynomial = polynomial * at + coefficient;
    }
    x * (0.5 + near * polynomial)
}

/// Computes the hyperbolic tangent within 1e-6.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let decay = exp_of_negative(-2.0 * x.abs());
    let magnitude = (1.0 - decay) / (1.0 + decay);
    if x < 0.0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> impl Iterator<Item = f32> {
        (-4000..=4000).map(|step| step as f32 / 500.0)
    }

    #[test]
    fn exponential_is_right_to_the_last_places() {
        for x in grid().map(|x| -x.abs() * 10.0) {
            let exact = f64::from(x).exp();
            let error = (f64::from(exp_of_negative(x)) - exact).abs();
            assert!(error <= exact * 2.5e-7, "{x}: {error}");
        }
        assert!(exp_of_negative(-1.0e4) < 2e-38);
        assert_eq!(exp_of_negative(0.0), 1.0);
    }

    /// Integrates the density of the normal distribution from 0 to `x` (Simpson's rule).
    fn normal_distribution(x: f64) -> f64 {
        let steps = 2000;
        let width = x / f64::from(steps);
        let density = |x: f64| (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let inner: f64 = (1..steps)
            .map(|step| density(width * f64::from(step)) * if step % 2 == 1 { 4.0 } else { 2.0 })
            .sum();
        0.5 + width / 3.0 * (density(0.0) + inner + density(x))
    }

    #[test]
    fn gelu_and_tanh_agree_with_their_definitions() {
        for x in grid().step_by(40) {
            let exact = f64::from(x) * normal_distribution(f64::from(x));
            assert!((f64::from(gelu(x)) - exact).abs() < 8e-6, "{x}");
            assert!((f64::from(tanh(x)) - f64::from(x).tanh()).abs() < 1e-6, "{x}");
        }
        assert_eq!(gelu(0.0), 0.0);
    }

    #[test]
    fn bytes_cover_the_range_of_a_token() {
        let mut bytes = [0; 5];
        let scale = round_to_bytes(&[0.0, 2.0, -2.0, 1.0, 0.01], &mut bytes);
        assert_eq!(bytes, [128, 255, 1, 192, 129]);
        assert_eq!(scale, 2.0 / 127.0);
        round_to_bytes(&[0.0; 5], &mut bytes);
        assert_eq!(bytes, [128; 5]);
    }

    #[test]
    fn a_normalised_row_has_mean_0_and_variance_1() {
        let mut row: Vec<f32> = (0..37).map(|i| (i * i % 11) as f32).collect();
        normalize_layer(&mut row, &[1.0; 37], &[0.0; 37], 1e-12);
        let mean: f32 = row.iter().sum::<f32>() / 37.0;
        let variance: f32 = row.iter().map(|value| value * value).sum::<f32>() / 37.0;
        assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-5, "{mean} {variance}");
        assert_eq!(largest(&[-3.0, -1.0, -2.0]), -1.0);
    }
}
