//! Whom a source is asked about.

use std::fmt;

use domain::product::Source;
use serde::Serialize;

/// An enterprise and its contact, in the clear: it lives while a pull is under
/// way and has no `Debug` of its content.
#[derive(Clone)]
pub struct Subject {
    /// Unified social credit code.
    pub credit_code: String,
    /// The contact's resident identity number, if a source that needs it is asked.
    pub contact_id: Option<String>,
}

/// What one source is told: no more than it needs (最小够用).
#[derive(Serialize)]
pub(crate) struct Told<'a> {
    credit_code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_id: Option<&'a str>,
}

impl Subject {
    pub(crate) fn told_to(&self, source: Source) -> Told<'_> {
        Told {
            credit_code: &self.credit_code,
            contact_id: self.contact_id.as_deref().filter(|_| source.needs_contact()),
        }
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subject(redacted)")
    }
}
