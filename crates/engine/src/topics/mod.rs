//! Topics of a workspace: learnt from a sample of its posts, described, and stored by name.

mod fit;
mod sample;
mod store;

pub use fit::{FitOptions, Fitted, fit_topics, regroup_topics};
pub use store::{FOLLOWED, StoredFit, register_fits, stored_fits};
