//! Measures how good predictions are, and how sure one can be of it.
//!
//! [`Evaluation::of`] says everything about one run of a single-label task; its parts can be had one by one:
//! [`Predictions`] checks what is scored, [`Scores`] holds the numbers, [`MEASURES`] names them, [`TWEETEVAL`] those of a
//! benchmark, [`Reliability`] and [`Temperature`] say how far probabilities can be trusted, [`Resampling`] gives intervals,
//! [`McNemar`] compares two models on the same texts. [`MultiLabelScores`] and [`RatingScores`] score tasks of another form.
//!
//! # What training minimises, worked by hand
//!
//! A thousand posts, half of them positive and half negative, and a model that predicts 480 and 520 of every thousand in
//! shares. Its cross-entropy is -(0.5 ln 0.48 + 0.5 ln 0.52) nats; the part above the entropy of the truth, which no model can
//! get below, is the Kullback-Leibler divergence.
//!
//! ```
//! use groundswell_models::evaluate::cross_entropy;
//!
//! let truth = [500.0 / 1000.0, 500.0 / 1000.0];
//! let predicted = [480.0 / 1000.0, 520.0 / 1000.0];
//! let loss = cross_entropy(&truth, &predicted)?;
//! let entropy = cross_entropy(&truth, &truth)?;
//! assert_eq!(format!("{loss:.4}"), "0.6939");
//! assert_eq!(format!("{entropy:.4}"), "0.6931");
//! assert_eq!(format!("{:.4}", loss - entropy), "0.0008");
//! # Ok::<(), groundswell_models::ModelError>(())
//! ```

mod calibration;
mod comparison;
mod entropy;
mod evaluation;
mod multi;
mod named;
mod ordinal;
mod predictions;
mod resampling;
mod scores;
mod temperature;

pub use calibration::{RELIABILITY_BINS, Reliability, ReliabilityBin};
pub use comparison::McNemar;
pub use entropy::cross_entropy;
pub use evaluation::Evaluation;
pub use multi::MultiLabelScores;
pub use named::{MEASURES, Measure, TWEETEVAL, measure, tweeteval_metric, tweeteval_metric_of};
pub use ordinal::{RatingScores, expected_rating, rating_steps};
pub use predictions::{Predictions, merge_labels};
pub use resampling::{Difference, Interval, Resampling};
pub use scores::{Averages, ClassScores, Scores};
pub use temperature::{CalibrationText, Temperature};
