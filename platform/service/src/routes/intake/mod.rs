//! Verbs on intake, one file each.

pub mod close;
pub mod reopen;
pub mod show;
