//! Verbs on consents, one file each.

pub mod give;
pub mod revoke;
