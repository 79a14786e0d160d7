//! Verbs on firms, one file each.

pub mod register;
pub mod reveal;
pub mod show;
