//! The intake gate as feature flags (OFREP 0.3.0), one file each verb.
//!
//! Advice to other systems, from what this instance saw of the gate within the last fifth of a second. Never the
//! gate: that is in the database, whatever a flag says.

pub mod evaluation;
pub mod flag;
pub mod flags;
