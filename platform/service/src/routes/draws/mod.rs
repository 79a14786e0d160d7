//! Verbs on draws, one file each.

pub mod request;
pub mod show;
