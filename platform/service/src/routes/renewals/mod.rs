//! Verbs on requests for more time, one file each.

pub mod ask;
pub mod decide;
pub mod renew;
pub mod show;
