//! Verbs on sessions, one file each.

pub mod begin;
pub mod end;
pub mod password;
pub mod show;
