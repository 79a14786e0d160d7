//! Verbs on days, one file each.

pub mod end;
