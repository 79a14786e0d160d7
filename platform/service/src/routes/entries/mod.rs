//! Verbs on entries, one file each.

pub mod reverse;
