//! Everything that is tested through the program itself, in one test binary so that it is linked once.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed test may panic")]

mod errors;
mod generated;
mod lab;
mod ladder;
mod layers;
mod object_store;
mod program;
mod pull;
mod quarantine;
mod readme;
mod references;
mod resume;
mod topics;
mod topics_workspace;
mod trends;
