//! The intake gate as feature flags (OFREP 0.3.0), one file each verb.
//!
//! Advice to other systems, from what this instance saw last of the gate, not more than two seconds ago. Never the
//! gate: that is in the database, whatever a flag says.

pub mod evaluation;
pub mod flag;
pub mod flags;
