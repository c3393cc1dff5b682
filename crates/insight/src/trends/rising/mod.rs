//! What rises next: the probability that an item of a board will be at its top.
//!
//! A [`History`] holds boards of items, hour after hour. [`Situations`] walks through it and tells what was known of each item at each board;
//! [`FEATURES`] lists what of that counts. A [`Question`] asks whether an item will be at the top in some hours, or reach it within them.
//! [`Rising`] learns the answer from the history itself and gives a [`Chance`] with its reasons. [`Stage`] names the stage of an item's life.

mod additive;
mod bins;
mod board;
mod boost;
mod features;
mod forecast;
mod question;
mod situation;
mod stage;

#[cfg(test)]
use board::HOUR;
pub use board::{Board, History, Observation};
pub use boost::Fit;
pub use features::{FEATURES, Feature, PAIRS, features};
pub use forecast::{Chance, Reason, Rising, Times};
pub use question::{Question, When};
pub use situation::{LAGS, Situation, Situations};
pub use stage::Stage;
