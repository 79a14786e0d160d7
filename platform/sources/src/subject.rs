//! Whom a source is asked about.

use std::fmt;

use serde::Serialize;

/// An enterprise and its contact, in the clear: it lives while a pull is under
/// way and has no `Debug` of its content.
#[derive(Clone, Serialize)]
pub struct Subject {
    /// Unified social credit code.
    pub credit_code: String,
    /// The contact's resident identity number.
    pub contact_id: String,
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subject(redacted)")
    }
}
