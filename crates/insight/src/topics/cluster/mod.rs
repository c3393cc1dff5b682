//! Clusters of embeddings.

mod agglomerate;
mod spherical;

pub use agglomerate::{Merge, MergeTree};
pub use spherical::{SphericalClusters, spherical_k_means};

pub(crate) use spherical::{nearest, refine};
