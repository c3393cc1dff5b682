//! GELU by the error function (Hendrycks and Gimpel 2016, arXiv:1606.08415), value and slope in one vectorised pass.
//!
//! The library's own operation calls a scalar error function for each value, forward and backward, which is a fifth of a
//! training step. Here one exponential serves the error function (Abramowitz and Stegun 1964, formula 7.1.26, error below
//! 1.5e-7) and the density alike.

use burn::tensor::{Tensor, TensorData};

use crate::runtime::exp_of_negative;

/// Applies GELU to each value.
///
/// The result is `x * slope + rest`, where slope and rest are constants computed from the values of `x`: it has the value of
/// GELU, and its derivative, the slope, is that of GELU.
pub(crate) fn gelu(input: Tensor<3>) -> Tensor<3> {
    let (shape, device) = (input.dims(), input.device());
    let mut slopes = super::floats(input.clone().without_autodiff());
    let mut rests = vec![0.0f32; slopes.len()];
    slope_and_rest(&mut slopes, &mut rests);
    let slopes = Tensor::from_data(TensorData::new(slopes, shape), &device);
    let rests = Tensor::from_data(TensorData::new(rests, shape), &device);
    input * slopes + rests
}

/// Puts the slope of GELU at each value in its place, and the value of GELU minus value times slope beside it.
fn slope_and_rest(values: &mut [f32], rests: &mut [f32]) {
    const P: f32 = 0.327_591_1 * std::f32::consts::FRAC_1_SQRT_2;
    const A: [f32; 5] = [0.254_829_6, -0.284_496_74, 1.421_413_7, -1.453_152, 1.061_405_4];
    // 1 / sqrt(2 pi)
    const DENSITY: f32 = 0.398_942_3;
    for (value, rest) in values.iter_mut().zip(rests) {
        let x = *value;
        let bell = exp_of_negative(-0.5 * x * x);
        let t = 1.0 / (1.0 + P * x.abs());
        let tail = 0.5 * bell * t * (A[0] + t * (A[1] + t * (A[2] + t * (A[3] + t * A[4]))));
        let below = if x > 0.0 { 1.0 - tail } else { tail };
        let density_part = x * DENSITY * bell;
        *value = below + density_part;
        *rest = -x * density_part;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn agrees_with_the_library_in_value_and_gradient() {
        let device = Device::flex().autodiff();
        let values: Vec<f32> = (-4000..4000).map(|i| i as f32 * 0.004).collect();
        let data = TensorData::new(values, [2, 4, 1000]);
        let ours = Tensor::<3>::from_data(data.clone(), &device).require_grad();
        let theirs = Tensor::<3>::from_data(data, &device).require_grad();
        let our_output = gelu(ours.clone());
        let their_output = burn::tensor::activation::gelu(theirs.clone());
        let pairs = [
            (our_output.clone().without_autodiff(), their_output.clone().without_autodiff()),
            (
                ours.grad(&our_output.sum().backward()).unwrap(),
                theirs.grad(&their_output.sum().backward()).unwrap(),
            ),
        ];
        for (our, their) in pairs {
            let (our, their) = (super::super::floats(our), super::super::floats(their));
            let worst = our.iter().zip(&their).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(worst < 4e-6, "{worst}");
        }
    }
}
