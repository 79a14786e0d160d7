//! Verbs on intake, one file each.

pub mod close;
pub mod history;
pub mod impact;
pub mod show;
