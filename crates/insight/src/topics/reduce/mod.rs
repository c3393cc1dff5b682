//! Fewer dimensions for embeddings.

mod neighbours;
mod pca;

pub(crate) use neighbours::{draw_to, draw_together};
pub use pca::PrincipalComponents;
