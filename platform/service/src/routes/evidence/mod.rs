//! The evidence log.

pub mod anchor;
