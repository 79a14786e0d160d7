//! Verbs on intake, one file each.

pub mod close;
pub mod history;
pub mod show;
