//! AdamW: Adam with weight decay apart from the gradient (Loshchilov and Hutter 2017, arXiv:1711.05101).
//!
//! The update is one pass over plain slices: a chain of tensor operations would read and write every value a dozen times,
//! a third of a training step of a small encoder.

use serde::{Deserialize, Serialize};

/// Sets the constants of AdamW.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct AdamWConfig {
    /// The decay of the mean of gradients.
    pub beta_1: f32,
    /// The decay of the mean of squared gradients.
    pub beta_2: f32,
    /// The small number added to the root of the mean square.
    pub epsilon: f32,
    /// The share of a weight that a step of rate 1 takes away; not applied to biases and normalisations.
    pub weight_decay: f32,
}

impl Default for AdamWConfig {
    fn default() -> Self {
        Self { beta_1: 0.9, beta_2: 0.999, epsilon: 1e-8, weight_decay: 0.01 }
    }
}

/// Holds the running means for a list of parameters.
#[derive(Clone, Debug)]
pub struct AdamW {
    config: AdamWConfig,
    /// The number of updates so far.
    pub(crate) steps: u32,
    /// The mean of gradients per parameter.
    pub(crate) means: Vec<Vec<f32>>,
    /// The mean of squared gradients per parameter.
    pub(crate) squares: Vec<Vec<f32>>,
}

impl AdamW {
    /// Starts for parameters of these sizes.
    pub fn new(config: AdamWConfig, sizes: &[usize]) -> Self {
        let zeros: Vec<Vec<f32>> = sizes.iter().map(|size| vec![0.0; *size]).collect();
        Self { config, steps: 0, means: zeros.clone(), squares: zeros }
    }

    /// Updates all parameters; each has its own rate and says whether it decays.
    pub fn update(
        &mut self,
        parameters: &mut [Vec<f32>],
        gradients: &[Vec<f32>],
        rates: &[f32],
        decays: &[bool],
    ) {
        self.steps += 1;
        let AdamWConfig { beta_1, beta_2, epsilon, weight_decay } = self.config;
        let correction_1 = 1.0 - (beta_1 as f64).powf(self.steps as f64) as f32;
        let correction_2 = 1.0 - (beta_2 as f64).powf(self.steps as f64) as f32;
        for (index, values) in parameters.iter_mut().enumerate() {
            let rate = rates[index];
            let keep = if decays[index] { 1.0 - rate * weight_decay } else { 1.0 };
            let step = rate / correction_1;
            let scale = correction_2.recip();
            let state = self.means[index].iter_mut().zip(&mut self.squares[index]);
            for ((value, gradient), (mean, square)) in
                values.iter_mut().zip(&gradients[index]).zip(state)
            {
                *mean = beta_1 * *mean + (1.0 - beta_1) * gradient;
                *square = beta_2 * *square + (1.0 - beta_2) * gradient * gradient;
                *value = keep * *value - step * *mean / ((*square * scale).sqrt() + epsilon);
            }
        }
    }
}

/// Scales gradients down so that their joint norm is at most `largest`; gives the norm before.
pub(crate) fn clip_norm(gradients: &mut [Vec<f32>], largest: f64) -> f64 {
    let square_sum: f64 = gradients.iter().map(|gradient| sum_of_squares(gradient)).sum();
    let norm = square_sum.sqrt();
    if norm > largest {
        let scale = (largest / norm) as f32;
        gradients.iter_mut().flatten().for_each(|value| *value *= scale);
    }
    norm
}

/// Sums squares in lanes, so that the loop vectorises, in an order that does not depend on threads.
fn sum_of_squares(values: &[f32]) -> f64 {
    let mut total = 0.0;
    for chunk in values.chunks(4096) {
        let mut lanes = [0.0f32; 16];
        let (whole, rest) = chunk.as_chunks::<16>();
        for part in whole {
            for (lane, value) in lanes.iter_mut().zip(part) {
                *lane += value * value;
            }
        }
        let rest: f32 = rest.iter().map(|value| value * value).sum();
        total += lanes.iter().map(|lane| *lane as f64).sum::<f64>() + rest as f64;
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_step_moves_by_the_rate_and_decays() {
        let config = AdamWConfig { weight_decay: 0.1, ..AdamWConfig::default() };
        let mut optimizer = AdamW::new(config, &[1, 1]);
        let mut parameters = vec![vec![2.0], vec![2.0]];
        let gradients = vec![vec![0.3], vec![-40.0]];
        optimizer.update(&mut parameters, &gradients, &[0.5, 0.5], &[true, false]);
        assert!((parameters[0][0] - (2.0 * 0.95 - 0.5)).abs() < 1e-5, "{parameters:?}");
        assert!((parameters[1][0] - 2.5).abs() < 1e-5, "{parameters:?}");
    }

    #[test]
    fn finds_the_minimum_of_a_parabola() {
        let mut optimizer = AdamW::new(AdamWConfig::default(), &[2]);
        let mut parameters = vec![vec![5.0f32, -3.0]];
        for _ in 0..2000 {
            let gradients = vec![parameters[0].iter().map(|x| 2.0 * (x - 1.0)).collect()];
            optimizer.update(&mut parameters, &gradients, &[0.01], &[false]);
        }
        assert!(parameters[0].iter().all(|x| (x - 1.0).abs() < 1e-2), "{parameters:?}");
    }

    #[test]
    fn clips_the_joint_norm() {
        let mut gradients = vec![vec![3.0f32; 100], vec![4.0f32; 100]];
        assert!((clip_norm(&mut gradients, 1.0) - 50.0).abs() < 1e-4);
        assert!((clip_norm(&mut gradients, 1.0) - 1.0).abs() < 1e-4);
    }
}
