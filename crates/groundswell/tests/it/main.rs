//! Everything that is tested through the program itself, in one test binary so that it is linked once.

mod errors;
mod generated;
mod layers;
mod program;
mod quarantine;
mod readme;
mod resume;
