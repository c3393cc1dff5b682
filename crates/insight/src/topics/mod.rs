//! What people talk about.
//!
//! [`TopicModel::fit`] learns topics from the embeddings of a sample of posts, [`TopicModel::assign`] gives every post the topic it
//! belongs to, [`TermCounts`] says which words stand for a topic, and [`quality`] how far to trust all of it.

pub mod cluster;
mod model;
mod number;
pub mod quality;
pub mod reduce;
mod terms;
mod vocabulary;

pub use model::{Assigned, TopicModel, TopicOptions};
pub use terms::{Term, TermCounts};
pub use vocabulary::Vocabulary;
