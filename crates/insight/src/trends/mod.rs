//! Series of counts over time: what stands out of them.
//!
//! A [`Series`] holds buckets in the order of time. A [`Detector`] sees them one after the other and gives each a score; [`DETECTORS`] lists
//! them. [`Spikes`] makes of scores spikes with a start, a peak and an end, [`causes`] says what they are made of. [`bursts`] and
//! [`change_points`] look at a whole series at once. [`rising`] forecasts which items of a board will be at its top.

pub mod bursts;
mod causes;
mod changes;
pub mod detectors;
pub mod forecast;
pub mod rising;
mod series;
mod spikes;

pub use causes::{Cause, Causes, Facts, causes};
pub use changes::change_points;
pub use detectors::{DETECTORS, Detector, DetectorKind, Seen, usual};
pub use series::{Gaps, Point, Series};
pub use spikes::{Severity, Spike, Spikes, spikes};
