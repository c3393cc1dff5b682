//! The loss of a network with several heads, and its gradients.

use std::cell::Cell;

use burn::tensor::activation::{log_softmax, softmax, softplus};
use burn::tensor::{Device, Tensor, TensorData};

use crate::architectures::{Dropout, LabelKind, Network, floats};
use crate::train::examples::{Label, TokenizedExample};
use crate::train::options::TrainingOptions;

/// Is the part of a batch that one thread works on.
pub struct ShardTask<'a> {
    /// The examples of the part.
    pub examples: Vec<&'a TokenizedExample>,
    /// One over the number of examples of the whole batch.
    pub scale: f32,
    /// The seed of the dropout, and of what else a network draws.
    pub seed: u64,
    /// What the network says of the single labels, counted on the way to the loss.
    pub found: Cell<Found>,
}

/// Counts single labels and how many of them a network finds.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Found {
    /// Those whose most probable label is accepted.
    pub right: usize,
    /// All.
    pub all: usize,
}

impl Found {
    /// Adds other counts.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self { right: self.right + other.right, all: self.all + other.all }
    }

    /// Counts by the scores of some texts, one row a text, and their labels.
    fn of(scores: &[f32], labels: &[Option<&Label>]) -> Self {
        let mut found = Self::default();
        let width = (scores.len() / labels.len().max(1)).max(1);
        for (row, label) in scores.chunks(width).zip(labels) {
            let Some(label) = label else { continue };
            let allowed = label.allowed.iter().copied();
            let best = allowed.max_by(|a, b| row[*a].total_cmp(&row[*b]));
            found.all += 1;
            found.right += usize::from(best.is_some_and(|best| label.accepted.contains(&best)));
        }
        found
    }
}

/// Is what a worker computes from its part of a batch.
pub(crate) struct ShardResult {
    /// The loss of the part.
    pub(crate) loss: f64,
    /// The single labels that were found.
    pub(crate) found: Found,
    /// The gradient per parameter that learns.
    pub(crate) gradients: Vec<Vec<f32>>,
}

/// Computes the loss of a part of a batch, scaled so that the parts add up to the mean, and its gradients.
pub(crate) fn shard_gradients<N: Network>(
    network: &mut N,
    options: &TrainingOptions,
    shard: &ShardTask<'_>,
    names: &[String],
) -> ShardResult {
    let device = Device::flex().autodiff();
    let loss = network.loss(shard, options, &device);
    let value = loss.clone().into_scalar::<f32>() as f64;
    let mut gradients = loss.backward();
    let mut by_name = Vec::with_capacity(names.len());
    let mut expected = names.iter().peekable();
    for parameter in network.parameters_mut() {
        if expected.next_if(|name| **name == parameter.name).is_some() {
            let gradient = parameter.take_gradient(&mut gradients);
            let size = || parameter.shape().iter().product();
            by_name.push(gradient.unwrap_or_else(|| vec![0.0; size()]));
        }
    }
    ShardResult { loss: value, found: shard.found.get(), gradients: by_name }
}

/// Computes the loss of the heads of a network against the labels of the examples.
pub(crate) fn heads_loss(
    network: &impl Network,
    shard: &ShardTask<'_>,
    options: &TrainingOptions,
    device: &Device,
) -> Tensor<1> {
    let rows: Vec<&[u32]> = shard.examples.iter().map(|example| example.ids.as_slice()).collect();
    let dropout = Dropout { share: options.dropout, seed: shard.seed };
    let dropout = (options.dropout > 0.0).then_some(dropout);
    // Examples without a label of any task leave a loss that depends on nothing: zero times an output keeps it in the graph.
    let mut loss = Tensor::<1>::zeros([1], device);
    for (task, logits) in network.logits(&rows, dropout, device).into_iter().enumerate() {
        let labels: Vec<Option<&Label>> =
            shard.examples.iter().map(|example| example.labels[task].as_ref()).collect();
        let kind = labels.iter().flatten().next().map(|label| label.kind);
        if kind == Some(LabelKind::Single) {
            let found = Found::of(&floats(logits.clone().without_autodiff()), &labels);
            shard.found.set(shard.found.get().plus(found));
        }
        let (smoothing, scale) = (options.label_smoothing, shard.scale);
        loss = match kind {
            None => loss + logits.mul_scalar(0.0).sum(),
            Some(LabelKind::Single) => loss + task_loss(logits, &labels, smoothing, scale, device),
            Some(LabelKind::Multi) => loss + multi_label_loss(logits, &labels, scale, device),
            Some(LabelKind::Ordinal) => loss + rating_loss(logits, &labels, scale, device),
        };
    }
    loss
}

/// What is added to the score of a label that a data set does not use.
const EXCLUDED: f32 = -1.0e4;

/// Computes the cross-entropy of one task over the labels each example allows, with label smoothing (Szegedy et al. 2016)
/// over the same labels: the sum over the examples, times `scale`. Where several labels are accepted, their probabilities add up.
fn task_loss(
    logits: Tensor<2>,
    labels: &[Option<&Label>],
    smoothing: f32,
    scale: f32,
    device: &Device,
) -> Tensor<1> {
    let [rows, width] = logits.dims();
    let mut excluded = vec![0.0f32; rows * width];
    let mut rejected = vec![0.0f32; rows * width];
    let mut targets = vec![0.0f32; rows * width];
    let mut spreads = vec![0.0f32; rows * width];
    for (row, label) in labels.iter().enumerate() {
        let Some(label) = label else { continue };
        let cells = row * width..(row + 1) * width;
        excluded[cells.clone()].fill(EXCLUDED);
        rejected[cells].fill(EXCLUDED);
        for column in label.allowed.iter() {
            excluded[row * width + column] = 0.0;
            spreads[row * width + column] =
                smoothing / label.allowed.len() as f32 * label.weight * scale;
        }
        for column in label.accepted.iter() {
            rejected[row * width + column] = 0.0;
        }
        if let Some(first) = label.accepted.first() {
            targets[row * width + first] = (1.0 - smoothing) * label.weight * scale;
        }
    }
    let tensor =
        |values: Vec<f32>| Tensor::from_data(TensorData::new(values, [rows, width]), device);
    let among_allowed = log_softmax(logits.clone() + tensor(excluded), 1);
    // log p(accepted) is, for any accepted label, its log-share of all minus its log-share of the accepted ones.
    let among_accepted = log_softmax(logits + tensor(rejected), 1);
    let accepted = (among_allowed.clone() - among_accepted) * tensor(targets);
    (accepted + among_allowed * tensor(spreads)).sum().neg()
}

/// Computes the binary cross-entropy of every label, summed over the labels and the examples, times `scale`.
fn multi_label_loss(
    logits: Tensor<2>,
    labels: &[Option<&Label>],
    scale: f32,
    device: &Device,
) -> Tensor<1> {
    let [rows, width] = logits.dims();
    let mut present = vec![0.0f32; rows * width];
    let mut weights = vec![0.0f32; rows * width];
    for (row, label) in labels.iter().enumerate() {
        let Some(label) = label else { continue };
        weights[row * width..(row + 1) * width].fill(label.weight * scale);
        for column in label.accepted.iter() {
            present[row * width + column] = 1.0;
        }
    }
    let tensor =
        |values: Vec<f32>| Tensor::from_data(TensorData::new(values, [rows, width]), device);
    // −log σ(z) for a label that is there and −log(1 − σ(z)) for one that is not: log(1 + eᶻ) − z·y.
    ((softplus(logits.clone(), 1.0) - logits * tensor(present)) * tensor(weights)).sum()
}

/// Computes the squared error of the expected step of a rating, on a scale from 0 to 1, summed over the examples, times `scale`.
fn rating_loss(
    logits: Tensor<2>,
    labels: &[Option<&Label>],
    scale: f32,
    device: &Device,
) -> Tensor<1> {
    let [rows, width] = logits.dims();
    let last = (width - 1).max(1) as f32;
    let steps: Vec<f32> =
        (0..rows).flat_map(|_| (0..width).map(|step| step as f32 / last)).collect();
    let mut truth = vec![0.0f32; rows];
    let mut weights = vec![0.0f32; rows];
    for (row, label) in labels.iter().enumerate() {
        let Some(label) = label else { continue };
        truth[row] = label.accepted.first().map_or(0.0, |step| *step as f32 / last);
        weights[row] = label.weight * scale;
    }
    let steps = Tensor::<2>::from_data(TensorData::new(steps, [rows, width]), device);
    let column =
        |values: Vec<f32>| Tensor::<2>::from_data(TensorData::new(values, [rows, 1]), device);
    let expected = (softmax(logits, 1) * steps).sum_dim(1);
    let error = expected - column(truth);
    (error.clone() * error * column(weights)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(accepted: &[usize], allowed: &[usize]) -> Label {
        let (accepted, allowed) = (accepted.into(), allowed.into());
        Label { accepted, allowed, kind: LabelKind::Single, weight: 1.0 }
    }

    fn loss_of(logits: [f32; 3], label: Option<&Label>, smoothing: f32) -> f32 {
        let device = Device::flex();
        let logits = Tensor::from_data(TensorData::new(logits.to_vec(), [1, 3]), &device);
        task_loss(logits, &[label], smoothing, 1.0, &device).into_scalar::<f32>()
    }

    #[test]
    fn the_most_probable_allowed_label_is_found_if_it_is_accepted() {
        let (one, two) = (label(&[0], &[0, 2]), label(&[1, 2], &[0, 1, 2]));
        let scores = [1.0, 9.0, 0.5, 3.0, 1.0, 2.0, 0.0, 0.0, 0.0];
        let found = Found::of(&scores, &[Some(&one), Some(&two), None]);
        assert_eq!(found, Found { right: 1, all: 2 });
        assert_eq!(Found::of(&[], &[]), Found::default());
    }

    #[test]
    fn softmax_is_over_the_allowed_labels() {
        let expected = -(1.0f32.exp() / (1.0f32.exp() + 2.0f32.exp())).ln();
        let two = label(&[0], &[0, 2]);
        assert!((loss_of([1.0, 9.0, 2.0], Some(&two), 0.0) - expected).abs() < 1e-5);
        assert!(loss_of([1.0, 9.0, 2.0], Some(&label(&[0], &[0, 1, 2])), 0.0) > 7.0);
        assert_eq!(loss_of([1.0, 9.0, 2.0], None, 0.1), 0.0);
    }

    #[test]
    fn probabilities_of_accepted_labels_add_up() {
        let logits = [0.3f32, 1.2, -0.4];
        let sum: f32 = logits.iter().map(|x| x.exp()).sum();
        let expected = -((0.3f32.exp() + (-0.4f32).exp()) / sum).ln();
        let either = label(&[0, 2], &[0, 1, 2]);
        assert!((loss_of(logits, Some(&either), 0.0) - expected).abs() < 1e-5);
        assert!(loss_of([0.0, 90.0, 0.0], Some(&either), 0.0).is_finite());
        assert!(loss_of(logits, Some(&label(&[0, 1, 2], &[0, 1, 2])), 0.0).abs() < 1e-6);
    }

    #[test]
    fn an_excluded_label_gets_no_gradient() {
        let device = Device::flex().autodiff();
        let data = TensorData::new(vec![0.5f32, 0.2, -0.3], [1, 3]);
        let logits = Tensor::<2>::from_data(data, &device).require_grad();
        let two = label(&[2], &[0, 2]);
        let loss = task_loss(logits.clone(), &[Some(&two)], 0.1, 1.0, &device);
        let gradient = logits.grad(&loss.backward()).unwrap().into_data();
        let gradient: Vec<f32> = gradient.iter().collect();
        assert_eq!(gradient[1], 0.0);
        assert!(gradient[0] > 0.1 && gradient[2] < -0.1);
    }

    #[test]
    fn smoothing_spreads_over_the_allowed_labels() {
        let (a, c) = (0.3f32, 1.1f32);
        let log_sum = (a.exp() + c.exp()).ln();
        let expected = -(0.95 * (a - log_sum) + 0.05 * (c - log_sum));
        assert!((loss_of([a, 4.0, c], Some(&label(&[0], &[0, 2])), 0.1) - expected).abs() < 1e-5);
    }

    #[test]
    fn every_label_of_a_multi_label_counts_by_itself() {
        let device = Device::flex();
        let logits = Tensor::from_data(TensorData::new(vec![0.5f32, -1.0], [1, 2]), &device);
        let both = label(&[1], &[0, 1]);
        let loss = multi_label_loss(logits, &[Some(&both)], 2.0, &device).into_scalar::<f32>();
        let expected =
            2.0 * (-(1.0 - 1.0 / (1.0 + (-0.5f32).exp())).ln() - (1.0 / (1.0 + 1.0f32.exp())).ln());
        assert!((loss - expected).abs() < 1e-5, "{loss} {expected}");
    }

    #[test]
    fn a_rating_is_judged_by_its_expected_step() {
        let device = Device::flex();
        let logits = Tensor::from_data(TensorData::new(vec![0.0f32, 0.0, 0.0], [1, 3]), &device);
        let top = label(&[2], &[0, 1, 2]);
        let loss = rating_loss(logits, &[Some(&top)], 1.0, &device).into_scalar::<f32>();
        assert!((loss - 0.25).abs() < 1e-6, "{loss}");
    }
}
