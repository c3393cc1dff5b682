//! The training loop: several tasks at once, several threads, resumable.

use std::cell::Cell;
use std::time::Instant;

use burn::tensor::Device;

use crate::architectures::{ADAPTER, Network};
use crate::error::ModelError;
use crate::runtime::single_thread;
use crate::train::adamw::{AdamW, clip_norm};
use crate::train::batches::plan_batches;
use crate::train::examples::TokenizedExample;
use crate::train::loss::{Found, ShardResult, ShardTask, shard_gradients};
use crate::train::options::TrainingOptions;

/// Says how far a training is.
#[derive(Clone, Debug)]
pub struct TrainingProgress {
    /// The number of updates so far, from the start of the first run.
    pub step: usize,
    /// The number of updates in all.
    pub steps: usize,
    /// The loss of the last batch, the mean over its texts.
    pub loss: f64,
    /// The share of the single labels of the last batch that were found before it was learned; none if it has no such labels.
    pub accuracy: Option<f64>,
    /// The joint norm of the gradients before clipping.
    pub norm: f64,
    /// The tokens of the last batch, without padding.
    pub tokens: usize,
    /// Whether this step ends an epoch.
    pub ends_epoch: bool,
}

/// Trains a network step by step.
pub struct Trainer<N> {
    pub(crate) options: TrainingOptions,
    /// The parameters that learn, in the order of their names in the network.
    pub(crate) names: Vec<String>,
    pub(crate) values: Vec<Vec<f32>>,
    pub(crate) optimizer: AdamW,
    /// One copy of the model and one pool of one thread per part of a batch.
    workers: Vec<(N, rayon::ThreadPool)>,
    device: Device,
    pub(crate) step: usize,
    /// The number of updates after which training ends although the plan has more.
    limit: usize,
    /// What the observer wants to find again after a resumption; kept in the checkpoint.
    pub notes: serde_json::Value,
    /// The fingerprint of what is learned from; kept in the checkpoint.
    pub(crate) data: String,
    /// When the last checkpoint was written, or the training started.
    pub(crate) saved: Instant,
    /// The values of the parameters when they were best.
    pub(crate) best: Option<Vec<Vec<f32>>>,
}

/// Is what an update found out about its batch.
#[derive(Default)]
struct Update {
    /// The mean loss over the texts.
    loss: f64,
    /// The norm of the gradients before clipping.
    norm: f64,
    /// The single labels that were found.
    found: Found,
}

impl<N: Network> Trainer<N> {
    /// Starts the training of a network whose weights are set.
    ///
    /// # Errors
    /// Fails if an option is impossible or no thread can be started.
    pub fn new(mut network: N, options: TrainingOptions) -> Result<Self, ModelError> {
        options.validate()?;
        let device = Device::flex().autodiff();
        let mut names = Vec::new();
        let mut values = Vec::new();
        for mut parameter in network.parameters_mut() {
            let current = parameter.values();
            if is_trainable(&parameter.name, &options) {
                names.push(parameter.name.clone());
                values.push(current.clone());
            }
            parameter.assign(current, false, &device);
        }
        let mut workers = Vec::with_capacity(options.shards);
        for _ in 0..options.shards {
            workers.push((network.clone(), single_thread()?));
        }
        let sizes: Vec<usize> = values.iter().map(Vec::len).collect();
        let optimizer = AdamW::new(options.optimizer.clone(), &sizes);
        Ok(Self {
            options,
            names,
            values,
            optimizer,
            workers,
            device,
            step: 0,
            limit: usize::MAX,
            notes: serde_json::Value::Null,
            data: String::new(),
            saved: Instant::now(),
            best: None,
        })
    }

    /// Counts the parameters that learn.
    pub fn trainable_count(&self) -> usize {
        self.values.iter().map(Vec::len).sum()
    }

    /// Runs the rest of the training; `observe` sees every step and may end the run early by returning false.
    ///
    /// # Errors
    /// Fails if the observer does, or the loss is no number any more.
    pub fn run(
        &mut self,
        examples: &[TokenizedExample],
        mut observe: impl FnMut(&mut Self, &TrainingProgress) -> Result<bool, ModelError>,
    ) -> Result<(), ModelError> {
        let lengths: Vec<usize> = examples.iter().map(|example| example.ids.len()).collect();
        let plans: Vec<Vec<Vec<usize>>> = (0..self.options.epochs)
            .map(|epoch| {
                plan_batches(&lengths, self.options.token_budget, self.options.seed_of(epoch))
            })
            .collect();
        let planned: usize = plans.iter().map(Vec::len).sum();
        let mut number = 0;
        for plan in &plans {
            for (index, batch) in plan.iter().enumerate() {
                number += 1;
                if number <= self.step {
                    continue;
                }
                let steps = planned.min(self.limit);
                if number > steps {
                    return Ok(());
                }
                let batch: Vec<&TokenizedExample> = batch.iter().map(|i| &examples[*i]).collect();
                let Update { loss, norm, found } = self.update(&batch, steps);
                if !loss.is_finite() || !norm.is_finite() {
                    return Err(ModelError::Invalid(format!(
                        "the loss is `{loss}` after `{number}` steps; lower the learning rate"
                    )));
                }
                let progress = TrainingProgress {
                    step: self.step,
                    steps,
                    loss,
                    accuracy: (found.all > 0).then(|| found.right as f64 / found.all as f64),
                    norm,
                    tokens: batch.iter().map(|example| example.ids.len()).sum(),
                    ends_epoch: index + 1 == plan.len(),
                };
                if !observe(self, &progress)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Ends the training after this many updates in all, although the plan has more; the rates fall to 0 by then.
    pub fn limit_steps(&mut self, steps: usize) {
        self.limit = steps;
    }

    /// Learns from one batch.
    fn update(&mut self, batch: &[&TokenizedExample], steps: usize) -> Update {
        let mut results = self.shard_results(batch).into_iter();
        let Some(ShardResult { mut loss, mut found, mut gradients }) = results.next() else {
            return Update::default();
        };
        for result in results {
            loss += result.loss;
            found = found.plus(result.found);
            for (sums, more) in gradients.iter_mut().zip(&result.gradients) {
                sums.iter_mut().zip(more).for_each(|(sum, value)| *sum += value);
            }
        }
        let norm = clip_norm(&mut gradients, self.options.largest_norm);
        let factor = self.options.rate_factor(self.step, steps);
        let encoder_rate = (self.options.encoder_rate * factor) as f32;
        let head_rate = (self.options.head_rate * factor) as f32;
        let rates: Vec<f32> = self
            .names
            .iter()
            .map(|name| if name.starts_with("heads.") { head_rate } else { encoder_rate })
            .collect();
        let decays: Vec<bool> = self
            .names
            .iter()
            .map(|name| name.ends_with(".weight") && !name.contains("LayerNorm"))
            .collect();
        self.optimizer.update(&mut self.values, &gradients, &rates, &decays);
        self.step += 1;
        Update { loss, norm, found }
    }

    /// Computes the gradients of the parts of a batch, each on its own thread, in the order of the parts.
    ///
    /// A part runs on one thread from end to end, which costs less than splitting each operation, and makes the sums independent
    /// of the number of cores.
    fn shard_results(&mut self, batch: &[&TokenizedExample]) -> Vec<ShardResult> {
        let count = self.options.shards;
        let (names, values, device) = (&self.names, &self.values, &self.device);
        let (options, step) = (&self.options, self.step + 1);
        std::thread::scope(|scope| {
            let mut running = Vec::with_capacity(count);
            for (index, (network, pool)) in self.workers.iter_mut().enumerate() {
                let shard: Vec<&TokenizedExample> =
                    batch.iter().copied().skip(index).step_by(count).collect();
                if shard.is_empty() {
                    continue;
                }
                let part = ShardTask {
                    examples: shard,
                    scale: 1.0 / batch.len() as f32,
                    seed: options.seed_of((step << 8) | index),
                    found: Cell::default(),
                };
                running.push(scope.spawn(move || {
                    pool.install(move || {
                        set_values(network, names, values, device);
                        shard_gradients(network, options, &part, names)
                    })
                }));
            }
            running
                .into_iter()
                .map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        })
    }

    /// Remembers the values of now as the best so far; the checkpoint holds them too.
    pub fn keep_best(&mut self) {
        self.best = Some(self.values.clone());
    }

    /// Gives the network with the best values, or those of now if none were kept.
    pub fn best_network(&self) -> N {
        self.network_with(self.best.as_ref().unwrap_or(&self.values))
    }

    /// Gives the network as it is now, without gradients.
    pub fn network(&self) -> N {
        self.network_with(&self.values)
    }

    /// Gives the network with other values of the parameters that learn.
    fn network_with(&self, values: &[Vec<f32>]) -> N {
        let device = Device::flex();
        let mut network = self.workers[0].0.clone();
        let mut values = self.names.iter().zip(values).peekable();
        for mut parameter in network.parameters_mut() {
            let current = match values.next_if(|(name, _)| **name == parameter.name) {
                Some((_, current)) => current.clone(),
                None => parameter.values(),
            };
            parameter.assign(current, false, &device);
        }
        network
    }
}

/// Tells whether a parameter learns: the head of one task alone if it is named, adapters and heads if there are any adapters, else all
/// but the frozen blocks and tables of vectors.
fn is_trainable(name: &str, options: &TrainingOptions) -> bool {
    if let Some(task) = &options.only_task {
        return name.starts_with(&format!("heads.{task}."));
    }
    let is_head = name.starts_with("heads.");
    if options.adapters_only {
        return is_head || name.contains(ADAPTER);
    }
    if name.starts_with("embeddings.") {
        return options.learns_tables || (options.frozen_layers == 0 && name.contains("LayerNorm"));
    }
    let layer = name.strip_prefix("encoder.layer.").and_then(|rest| rest.split('.').next());
    match layer.and_then(|number| number.parse::<usize>().ok()) {
        Some(layer) => layer >= options.frozen_layers,
        None => true,
    }
}

fn set_values<N: Network>(network: &mut N, names: &[String], values: &[Vec<f32>], device: &Device) {
    let mut values = names.iter().zip(values).peekable();
    for mut parameter in network.parameters_mut() {
        if let Some((_, current)) = values.next_if(|(name, _)| **name == parameter.name) {
            parameter.assign(current.clone(), true, device);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::architectures::Classifier;
    use crate::train::prediction::predict;
    use crate::train::tiny::{tiny_classifier, tiny_config, tiny_examples, tiny_options};

    fn train(options: TrainingOptions) -> (Trainer<Classifier>, Vec<f64>) {
        let config = tiny_config();
        let classifier = tiny_classifier(&config);
        let mut trainer = Trainer::new(classifier, options).unwrap();
        let mut losses = Vec::new();
        trainer
            .run(&tiny_examples(), |_, progress| {
                losses.push(progress.loss);
                Ok(true)
            })
            .unwrap();
        (trainer, losses)
    }

    #[test]
    fn the_share_of_labels_found_grows() {
        let mut trainer = Trainer::new(tiny_classifier(&tiny_config()), tiny_options()).unwrap();
        let mut shares = Vec::new();
        trainer
            .run(&tiny_examples(), |_, progress| {
                shares.push(progress.accuracy.unwrap());
                Ok(true)
            })
            .unwrap();
        assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "{shares:?}");
        let mean = |shares: &[f64]| shares.iter().sum::<f64>() / shares.len() as f64;
        assert!(mean(&shares[..5]) < 0.8, "{shares:?}");
        assert!(mean(&shares[shares.len() - 5..]) > 0.8, "{shares:?}");
    }

    #[test]
    fn loss_falls_and_labels_are_found() {
        let (trainer, losses) = train(tiny_options());
        let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
        assert!(mean(&losses[..5]) > 1.2, "{:?}", &losses[..5]);
        assert!(mean(&losses[losses.len() - 5..]) < 0.6, "{:?}", &losses[losses.len() - 5..]);
        let examples = tiny_examples();
        let rows: Vec<&[u32]> = examples.iter().map(|example| example.ids.as_slice()).collect();
        let scores = predict(&trainer.network(), &rows, 100);
        let hits = examples.iter().zip(&scores).filter(|(example, scores)| {
            let first = &scores[0];
            let best = (0..3).max_by(|a, b| first[*a].total_cmp(&first[*b])).unwrap();
            best == example.labels[0].as_ref().unwrap().accepted[0]
        });
        assert!(hits.count() >= 46);
    }

    #[test]
    fn every_parameter_that_may_learn_moves_and_no_other() {
        for frozen_layers in [0, 1] {
            let config = tiny_config();
            let mut before = tiny_classifier(&config);
            let options = TrainingOptions { epochs: 1, frozen_layers, ..tiny_options() };
            let (trainer, _) = train(options.clone());
            let mut after = trainer.network();
            for (old, new) in before.parameters_mut().iter().zip(after.parameters_mut()) {
                // The bias of the keys shifts all scores of a query alike: its gradient is zero but for rounding.
                if !old.name.ends_with("key.bias") {
                    let moved = old.values() != new.values();
                    assert_eq!(moved, is_trainable(&old.name, &options), "{}", old.name);
                }
            }
            let learning = before.parameters_mut();
            let tables = learning.iter().filter(|p| !is_trainable(&p.name, &options)).count();
            assert_eq!(tables, if frozen_layers == 0 { 2 } else { 4 + 16 });
        }
    }

    #[test]
    fn the_head_of_one_task_may_learn_alone() {
        let config = tiny_config();
        let task = config.tasks[0].task.clone();
        let options =
            TrainingOptions { epochs: 1, only_task: Some(task.clone()), ..tiny_options() };
        let (trainer, _) = train(options);
        let (mut before, mut after) = (tiny_classifier(&config), trainer.network());
        for (old, new) in before.parameters_mut().iter().zip(after.parameters_mut()) {
            let moved = old.values() != new.values();
            assert_eq!(moved, old.name.starts_with(&format!("heads.{task}.")), "{}", old.name);
        }
    }

    #[test]
    fn parts_of_a_batch_add_up_to_the_whole() {
        let options = |shards| TrainingOptions { epochs: 1, shards, ..tiny_options() };
        let (_, one) = train(options(1));
        let (_, three) = train(options(3));
        for (one, three) in one.iter().zip(&three) {
            assert!((one - three).abs() < 1e-4, "{one} {three}");
        }
        let (_, again) = train(options(3));
        assert_eq!(three, again);
    }

    #[test]
    fn a_limit_ends_the_training_early() {
        let config = tiny_config();
        let mut trainer = Trainer::new(tiny_classifier(&config), tiny_options()).unwrap();
        trainer.limit_steps(7);
        let mut steps = 0;
        trainer
            .run(&tiny_examples(), |_, progress| {
                steps = progress.step;
                Ok(progress.steps == 7)
            })
            .unwrap();
        assert_eq!(steps, 7);
    }
}
