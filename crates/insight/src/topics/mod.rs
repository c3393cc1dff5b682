//! What people talk about.
//!
//! [`TopicModel::fit`] learns topics from the embeddings of a sample of posts, [`TopicModel::assign`] gives every post the topic it
//! belongs to, [`TopicStream`] learns on from posts as they come, [`Described`] says what the topics are about, by their terms and posts,
//! and [`quality`] how far to trust all of it.

pub mod cluster;
mod describe;
mod events;
mod follow;
mod groupings;
mod guide;
mod model;
mod number;
pub mod quality;
pub mod reduce;
mod regroup;
mod terms;
mod vocabulary;

pub use describe::{Described, TopicDescription, Words};
pub use events::{Change, TopicEvent, changes_between};
pub use follow::TopicStream;
pub use guide::{Guide, Guides};
pub use model::{Assigned, TopicModel, TopicOptions};
pub use terms::{Term, TermCounts};
pub use vocabulary::Vocabulary;
