//! Verbs on proposals, one file each.

pub mod execute;
pub mod judge;
pub mod propose;
pub mod show;
