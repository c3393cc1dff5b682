//! Masked language modelling: an encoder with a head that guesses hidden pieces.
//!
//! Devlin et al. 2018, arXiv:1810.04805: 15 % of the pieces are to be guessed; of these 80 % are hidden, 10 % replaced by a
//! random piece, 10 % left. The head is a layer with GELU and normalisation, then the table of word vectors (tied: Press and Wolf
//! 2017) with a bias per piece.

use burn::module::{Module, Param, ParamId};
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::architectures::classifier::{Classifier, ClassifierConfig};
use crate::architectures::encoder::{TokenBatch, linear, normalisation};
use crate::architectures::gelu::gelu;
use crate::architectures::network::{Dropout, Network};
use crate::architectures::parameters::{NamedParameter, Slot};
use crate::error::ModelError;
use crate::train::{ShardTask, TrainingOptions};

/// The share of the pieces of a text that are to be guessed.
const GUESSED_SHARE: f64 = 0.15;

/// Is an encoder that guesses hidden pieces.
#[derive(Module, Debug)]
pub struct MaskedModel {
    encoder: Classifier,
    transform: Linear,
    norm: LayerNorm,
    bias: Param<Tensor<1>>,
    pad_token_id: u32,
    mask_token_id: u32,
    vocabulary: usize,
}

impl MaskedModel {
    /// Puts a fresh head on an encoder; its other heads stay and do not learn.
    pub fn new(
        config: &ClassifierConfig,
        encoder: Classifier,
        mask_token_id: u32,
        device: &Device,
    ) -> Self {
        let size = &config.encoder;
        let norm = LayerNormConfig::new(size.hidden_size).with_epsilon(size.layer_norm_eps);
        let bias = Tensor::zeros([size.vocab_size], device);
        let mut model = Self {
            encoder,
            transform: LinearConfig::new(size.hidden_size, size.hidden_size).init(device),
            norm: norm.init(device),
            bias: Param::initialized(ParamId::new(), bias),
            pad_token_id: size.pad_token_id,
            mask_token_id,
            vocabulary: size.vocab_size,
        };
        // The first layer starts as the identity: the vector of a place is already near that of its piece.
        let width = size.hidden_size;
        let mut identity = vec![0.0; width * width];
        (0..width).for_each(|index| identity[index * width + index] = 1.0);
        for mut parameter in model.parameters_mut() {
            match parameter.name.as_str() {
                "heads.masked.dense.weight" => parameter.assign(identity.clone(), false, device),
                "heads.masked.dense.bias" => parameter.assign(vec![0.0; width], false, device),
                _ => {}
            }
        }
        model
    }

    /// Gives the encoder.
    pub fn into_encoder(self) -> Classifier {
        self.encoder
    }

    /// Hides pieces of texts and computes the negative log-likelihood of the true ones: the sum over the hidden places, and how many
    /// there are. The same seed hides the same pieces.
    pub fn surprise(&self, rows: &[&[u32]], seed: u64, device: &Device) -> (Tensor<1>, usize) {
        let hidden = Hidden::draw(rows, self.mask_token_id, self.vocabulary, seed);
        let masked: Vec<&[u32]> = hidden.rows.iter().map(Vec::as_slice).collect();
        let vectors =
            self.encoder.encoder().forward(&TokenBatch::new(&masked, self.pad_token_id, device));
        let [texts, tokens, width] = vectors.dims();
        let places: Vec<i32> =
            hidden.places.iter().map(|(text, place)| (text * tokens + place) as i32).collect();
        let count = places.len();
        let places = Tensor::<1, Int>::from_data(TensorData::new(places, [count]), device);
        let vectors = vectors.reshape([texts * tokens, width]).select(0, places);
        let guesses = self
            .norm
            .forward(gelu(self.transform.forward(vectors).unsqueeze::<3>()).squeeze_dim::<2>(0));
        let scores = guesses.matmul(self.encoder.encoder().word_vectors().transpose());
        let scores = scores + self.bias.val().unsqueeze::<2>();
        let truth: Vec<i32> = hidden.truth.iter().map(|id| *id as i32).collect();
        let truth = Tensor::<2, Int>::from_data(TensorData::new(truth, [count, 1]), device);
        (log_softmax(scores, 1).gather(1, truth).sum().neg(), count)
    }

    /// Computes the mean negative log-likelihood of hidden pieces over texts, in nats; its exponential is the perplexity.
    ///
    /// # Errors
    /// Fails if there are no texts.
    pub fn masked_loss(&self, rows: &[&[u32]], batch: usize, seed: u64) -> Result<f64, ModelError> {
        let device = Device::flex();
        let (mut total, mut places) = (0.0, 0);
        for (number, chunk) in rows.chunks(batch).enumerate() {
            let (sum, count) = self.surprise(chunk, seed.wrapping_add(number as u64), &device);
            total += f64::from(sum.into_scalar::<f32>());
            places += count;
        }
        if places == 0 {
            return Err(ModelError::Invalid(
                "there are `0` held-out texts to measure on; give more texts".to_owned(),
            ));
        }
        Ok(total / places as f64)
    }
}

fn head_parameters<'a>(
    parameters: &mut Vec<NamedParameter<'a>>,
    transform: &'a mut Linear,
    norm: &'a mut LayerNorm,
    bias: &'a mut Param<Tensor<1>>,
) {
    linear(parameters, "heads.masked.dense".to_owned(), transform);
    normalisation(parameters, "heads.masked.LayerNorm".to_owned(), norm);
    parameters.push(NamedParameter::new("heads.masked.bias".to_owned(), Slot::Vector(bias)));
}

impl Network for MaskedModel {
    fn parameters_mut(&mut self) -> Vec<NamedParameter<'_>> {
        let Self { encoder, transform, norm, bias, .. } = self;
        let mut parameters = encoder.encoder_mut().parameters_mut();
        head_parameters(&mut parameters, transform, norm, bias);
        parameters
    }

    fn logits(&self, rows: &[&[u32]], dropout: Option<Dropout>, device: &Device) -> Vec<Tensor<2>> {
        self.encoder.logits(rows, dropout, device)
    }

    fn loss(&self, part: &ShardTask<'_>, _: &TrainingOptions, device: &Device) -> Tensor<1> {
        let rows: Vec<&[u32]> =
            part.examples.iter().map(|example| example.ids.as_slice()).collect();
        let texts = rows.len() as f32;
        let (sum, places) = self.surprise(&rows, part.seed, device);
        // The mean over the places of the part, weighed by its share of the texts of the batch.
        sum.mul_scalar(part.scale * texts / places.max(1) as f32)
    }
}

/// Holds texts with hidden pieces.
struct Hidden {
    rows: Vec<Vec<u32>>,
    /// The text and the place in it of every piece to be guessed.
    places: Vec<(usize, usize)>,
    truth: Vec<u32>,
}

impl Hidden {
    /// Draws the pieces to be guessed: never the first and last, which every text has; at least one in a text that has any.
    fn draw(rows: &[&[u32]], mask: u32, vocabulary: usize, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut hidden =
            Self { rows: Vec::with_capacity(rows.len()), places: Vec::new(), truth: Vec::new() };
        for (text, row) in rows.iter().enumerate() {
            let mut changed = row.to_vec();
            let inner = row.len().saturating_sub(2);
            let wanted =
                ((inner as f64 * GUESSED_SHARE).round() as usize).max(usize::from(inner > 0));
            let mut chosen = rand::seq::index::sample(&mut random, inner, wanted).into_vec();
            chosen.sort_unstable();
            for place in chosen {
                let place = place + 1;
                hidden.places.push((text, place));
                hidden.truth.push(row[place]);
                let chance: f64 = random.random();
                if chance < 0.8 {
                    changed[place] = mask;
                } else if chance < 0.9 {
                    changed[place] = random.random_range(4..vocabulary as u32 - 1);
                }
            }
            hidden.rows.push(changed);
        }
        if hidden.places.is_empty() {
            // Texts without any piece still need a place, or there is nothing to compute.
            hidden.places.push((0, 0));
            hidden.truth.push(rows.first().map_or(0, |row| row[0]));
        }
        hidden
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Trainer;
    use crate::train::tiny::{tiny_classifier, tiny_config, tiny_examples, tiny_options};

    #[test]
    fn hides_about_a_seventh_and_never_the_borders() {
        let row: Vec<u32> = (0..102).collect();
        let hidden = Hidden::draw(&[&row, &[0, 2]], 19, 200, 3);
        assert_eq!(hidden.places.len(), 15);
        assert!(hidden.places.iter().all(|(text, place)| *text == 0 && (1..101).contains(place)));
        let masked = hidden.rows[0].iter().filter(|id| **id == 19).count();
        assert!((8..=16).contains(&masked), "{masked}");
        assert_eq!(hidden.rows, Hidden::draw(&[&row, &[0, 2]], 19, 200, 3).rows);
    }

    #[test]
    fn learns_to_guess() {
        let config = tiny_config();
        let device = Device::flex();
        let model = MaskedModel::new(&config, tiny_classifier(&config), 19, &device);
        let examples = tiny_examples();
        let rows: Vec<&[u32]> = examples.iter().map(|example| example.ids.as_slice()).collect();
        let before = model.masked_loss(&rows, 16, 5).unwrap();
        let mut trainer = Trainer::new(model, tiny_options()).unwrap();
        trainer.run(&examples, |_, _| Ok(true)).unwrap();
        let after = trainer.network().masked_loss(&rows, 16, 5).unwrap();
        assert!(after < before - 0.5, "{before} {after}");
    }
}
