//! Verbs on contracts, one file each.

pub mod show;
pub mod sign;
