//! Fewer dimensions for embeddings.

mod pca;

pub use pca::PrincipalComponents;
