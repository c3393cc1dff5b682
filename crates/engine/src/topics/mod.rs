//! Topics of a workspace: learnt from a sample of its posts, described, and stored by name.

mod events;
mod fit;
mod follow;
mod guide;
mod sample;
mod store;

pub(crate) use follow::follow_topics;

pub use fit::{FitOptions, Fitted, fit_topics, regroup_topics};
pub use guide::{ExpectedTopic, TopicGuide};
pub use store::{FOLLOWED, StoredFit, register_fits, stored_fits};
