//! Verbs on accounts, one file each. Making one, and its secrets, is for the
//! command line at the machine.

pub mod disable;
pub mod list;
