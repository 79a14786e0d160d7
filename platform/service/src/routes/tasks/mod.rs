//! Verbs on tasks, one file each.

pub mod report;
