//! Clusters of embeddings.

mod agglomerate;
mod silhouette;
mod spherical;

pub use agglomerate::{Linkage, Merge, MergeTree};
pub use spherical::{SphericalClusters, spherical_k_means};

pub(crate) use silhouette::silhouette;
pub(crate) use spherical::{directions, nearest, refine};
