//! The handlers.

pub mod anchors;
pub mod drills;
pub mod probes;
