//! The verbs, one each.

mod address;
pub(crate) mod certificate;
pub(crate) mod certify;
mod clock;
pub(crate) mod key;
pub(crate) mod scan;
pub(crate) mod witness;
mod write;
