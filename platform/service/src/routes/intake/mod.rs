//! Verbs on intake, one file each.

pub mod close;
pub mod doubts;
pub mod history;
pub mod impact;
pub mod settle;
pub mod show;
