//! A tiny classifier and texts for the tests of this crate.

use burn::tensor::Device;

use crate::architectures::{
    Classifier, ClassifierConfig, EncoderConfig, LabelKind, Network, TaskLabels,
};
use crate::train::examples::{Label, TokenizedExample};
use crate::train::options::TrainingOptions;

/// Describes an encoder of two blocks of width 16 with a head of three labels and one of two.
pub(crate) fn tiny_config() -> ClassifierConfig {
    let encoder = EncoderConfig {
        vocab_size: 20,
        hidden_size: 16,
        num_hidden_layers: 2,
        num_attention_heads: 2,
        intermediate_size: 24,
        max_position_embeddings: 12,
        layer_norm_eps: 1e-12,
        pad_token_id: 1,
    };
    let tasks = vec![
        TaskLabels::single("first", &["a", "b", "c"]),
        TaskLabels::single("second", &["x", "y"]),
    ];
    ClassifierConfig::new(encoder, tasks)
}

/// Builds a classifier with random word vectors, which `Classifier::new` leaves at zero.
pub(crate) fn tiny_classifier(config: &ClassifierConfig) -> Classifier {
    let device = Device::flex();
    let mut classifier = Classifier::new(config, &device).unwrap();
    let mut state = 1u32;
    for mut parameter in classifier.parameters_mut() {
        let is_norm = parameter.name.contains("LayerNorm");
        let count: usize = parameter.shape().iter().product();
        let values = (0..count).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        });
        let values: Vec<f32> = values.map(|v| if is_norm { 1.0 + 0.1 * v } else { v }).collect();
        parameter.assign(values, false, &device);
    }
    classifier
}

/// Builds texts whose first label is told by piece 5, 6 or 7 and second by piece 8; half lack the second.
pub(crate) fn tiny_examples() -> Vec<TokenizedExample> {
    (0..48usize)
        .map(|number| {
            let first = number % 3;
            let second = (number / 3) % 2;
            let mut ids = vec![0, 5 + first as u32, 10 + (number % 5) as u32];
            ids.extend(std::iter::repeat_n(12, number % 4));
            ids.extend((second == 1).then_some(8));
            ids.push(2);
            let label = |index: usize, labels: usize| Label {
                accepted: [index].into(),
                allowed: (0..labels).collect(),
                kind: LabelKind::Single,
                weight: 1.0,
            };
            let second = (number % 4 < 2).then(|| label(second, 2));
            TokenizedExample { ids, labels: vec![Some(label(first, 3)), second] }
        })
        .collect()
}

pub(crate) fn tiny_options() -> TrainingOptions {
    TrainingOptions {
        epochs: 30,
        token_budget: 64,
        encoder_rate: 3e-3,
        head_rate: 1e-2,
        dropout: 0.0,
        ..TrainingOptions::default()
    }
}
