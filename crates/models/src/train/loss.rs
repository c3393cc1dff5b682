//! The loss of a classifier with several heads, and its gradients.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::architectures::{Classifier, ClassifierConfig, TokenBatch};
use crate::train::examples::{Label, TokenizedExample};
use crate::train::options::TrainingOptions;

/// Is the part of a batch that one thread works on.
pub(crate) struct ShardTask<'a> {
    /// The examples of the part.
    pub(crate) examples: Vec<&'a TokenizedExample>,
    /// One over the number of examples of the whole batch.
    pub(crate) scale: f32,
    /// The seed of the dropout.
    pub(crate) seed: u64,
}

/// Is what a worker computes from its part of a batch.
pub(crate) struct ShardResult {
    /// The loss of the part.
    pub(crate) loss: f64,
    /// The gradient per parameter that learns.
    pub(crate) gradients: Vec<Vec<f32>>,
}

/// Computes the loss of a part of a batch, scaled so that the parts add up to the mean, and its gradients.
pub(crate) fn shard_gradients(
    classifier: &mut Classifier,
    config: &ClassifierConfig,
    options: &TrainingOptions,
    shard: &ShardTask<'_>,
    names: &[String],
) -> ShardResult {
    let device = Device::flex().autodiff();
    let rows: Vec<&[u32]> = shard.examples.iter().map(|example| example.ids.as_slice()).collect();
    let batch = TokenBatch::new(&rows, config.encoder.pad_token_id, &device);
    let mut pooled = classifier.encoder().pooled(&batch);
    if options.dropout > 0.0 {
        let shape = pooled.dims();
        pooled = pooled * dropout_mask(shape, options.dropout, shard.seed, &device);
    }
    let mut loss = Tensor::<1>::zeros([1], &device);
    for (task, logits) in classifier.logits(pooled).into_iter().enumerate() {
        let labels: Vec<Option<Label>> =
            shard.examples.iter().map(|example| example.labels[task]).collect();
        if labels.iter().any(Option::is_some) {
            loss = loss + task_loss(logits, &labels, options.label_smoothing, shard.scale, &device);
        }
    }
    let value = loss.clone().into_scalar::<f32>() as f64;
    let has_labels =
        shard.examples.iter().any(|example| example.labels.iter().any(Option::is_some));
    if !has_labels {
        let sizes = classifier.parameters_mut().into_iter().filter(|p| names.contains(&p.name));
        let gradients = sizes.map(|p| vec![0.0; p.shape().iter().product()]).collect();
        return ShardResult { loss: 0.0, gradients };
    }
    let mut gradients = loss.backward();
    let mut by_name = Vec::with_capacity(names.len());
    let mut expected = names.iter().peekable();
    for parameter in classifier.parameters_mut() {
        if expected.next_if(|name| **name == parameter.name).is_some() {
            let gradient = parameter.take_gradient(&mut gradients);
            let size = || parameter.shape().iter().product();
            by_name.push(gradient.unwrap_or_else(|| vec![0.0; size()]));
        }
    }
    ShardResult { loss: value, gradients: by_name }
}

fn dropout_mask(shape: [usize; 2], share: f32, seed: u64, device: &Device) -> Tensor<2> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let kept = 1.0 / (1.0 - share);
    let mask: Vec<f32> = (0..shape[0] * shape[1])
        .map(|_| if random.random::<f32>() < share { 0.0 } else { kept })
        .collect();
    Tensor::from_data(TensorData::new(mask, shape), device)
}

/// What is added to the score of a label that a data set does not use.
const EXCLUDED: f32 = -1.0e4;

/// Computes the cross-entropy of one task over the labels each example allows, with label smoothing (Szegedy et al. 2016)
/// over the same labels: the sum over the examples, times `scale`.
fn task_loss(
    logits: Tensor<2>,
    labels: &[Option<Label>],
    smoothing: f32,
    scale: f32,
    device: &Device,
) -> Tensor<1> {
    let [rows, width] = logits.dims();
    let mut excluded = vec![0.0f32; rows * width];
    let mut targets = vec![0.0f32; rows * width];
    for (row, label) in labels.iter().enumerate() {
        let Some(label) = label else { continue };
        let spread = smoothing / label.allowed.len() as f32;
        for column in 0..width {
            let position = row * width + column;
            if label.allowed.contains(column) {
                let share = if column == label.index { 1.0 - smoothing } else { 0.0 };
                targets[position] = (share + spread) * label.weight * scale;
            } else {
                excluded[position] = EXCLUDED;
            }
        }
    }
    let excluded = Tensor::from_data(TensorData::new(excluded, [rows, width]), device);
    let targets = Tensor::from_data(TensorData::new(targets, [rows, width]), device);
    (log_softmax(logits + excluded, 1) * targets).sum().neg()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::examples::LabelSet;

    fn label(index: usize, allowed: LabelSet) -> Option<Label> {
        Some(Label { index, allowed, weight: 1.0 })
    }

    fn loss_of(logits: [f32; 3], label: Option<Label>, smoothing: f32) -> f32 {
        let device = Device::flex();
        let logits = Tensor::from_data(TensorData::new(logits.to_vec(), [1, 3]), &device);
        task_loss(logits, &[label], smoothing, 1.0, &device).into_scalar::<f32>()
    }

    #[test]
    fn softmax_is_over_the_allowed_labels() {
        let two = LabelSet::of(&["a", "c"], &["a", "b", "c"]);
        let expected = -(1.0f32.exp() / (1.0f32.exp() + 2.0f32.exp())).ln();
        assert!((loss_of([1.0, 9.0, 2.0], label(0, two), 0.0) - expected).abs() < 1e-5);
        assert!(loss_of([1.0, 9.0, 2.0], label(0, LabelSet::full(3)), 0.0) > 7.0);
        assert_eq!(loss_of([1.0, 9.0, 2.0], None, 0.1), 0.0);
    }

    #[test]
    fn an_excluded_label_gets_no_gradient() {
        let device = Device::flex().autodiff();
        let data = TensorData::new(vec![0.5f32, 0.2, -0.3], [1, 3]);
        let logits = Tensor::<2>::from_data(data, &device).require_grad();
        let two = LabelSet::of(&["a", "c"], &["a", "b", "c"]);
        let loss = task_loss(logits.clone(), &[label(2, two)], 0.1, 1.0, &device);
        let gradient = logits.grad(&loss.backward()).unwrap().into_data();
        let gradient: Vec<f32> = gradient.iter().collect();
        assert_eq!(gradient[1], 0.0);
        assert!(gradient[0] > 0.1 && gradient[2] < -0.1);
    }

    #[test]
    fn smoothing_spreads_over_the_allowed_labels() {
        let two = LabelSet::of(&["a", "c"], &["a", "b", "c"]);
        let (a, c) = (0.3f32, 1.1f32);
        let log_sum = (a.exp() + c.exp()).ln();
        let expected = -(0.95 * (a - log_sum) + 0.05 * (c - log_sum));
        assert!((loss_of([a, 4.0, c], label(0, two), 0.1) - expected).abs() < 1e-5);
    }

    #[test]
    fn dropout_keeps_the_mean() {
        let mask = dropout_mask([200, 50], 0.2, 3, &Device::flex()).into_data();
        let mask: Vec<f32> = mask.iter().collect();
        let mean = mask.iter().sum::<f32>() / mask.len() as f32;
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
        assert!(mask.contains(&0.0));
    }
}
