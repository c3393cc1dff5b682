//! The model card: one self-contained HTML file that says what a model is, how it was trained, how good it is and where it fails
//! (Mitchell et al. 2019, arXiv:1810.03993).
//!
//! [`CardInput`] is plain numbers and texts, read from JSON; [`render_card`] lays them out in the style of the report, without
//! scripts and without network.

mod comparison;
mod confusion;
mod curves;
mod facts;
mod input;
mod measures;
mod page;
mod plot;

pub use input::{
    CardComparison, CardDifference, CardEvaluation, CardInput, CardInterval, CardMcNemar,
    CardReliability, ClassRow, ReliabilityRow, SplitRows, TrainingPoint,
};
pub use page::render_card;
