//! Who asks for a write, and what is answered.

use auth::{Kind, Principal, Role};
use serde::Serialize;

use crate::Refusal;

/// One write, as it came through the door.
#[derive(Debug, Clone)]
pub struct Call {
    /// Name of the principal.
    pub principal: String,
    /// Its role.
    pub role: Role,
    /// A person or a program.
    pub kind: Kind,
    /// The `Idempotency-Key`, 1–64 visible ASCII characters.
    pub key: String,
    /// The route's template, for example `POST /v1/applications`.
    pub route: &'static str,
    /// `client::digest::request_digest` of key and body.
    pub digest: String,
}

impl Call {
    /// Who asks, as approvals take it.
    pub(crate) fn who(&self) -> Principal {
        Principal {
            name: self.principal.as_str().into(),
            role: self.role,
            kind: self.kind,
        }
    }
}

/// An answer as it is stored with its key and replayed byte for byte; that of a pre-approval is stored
/// without its reasons (`pre_approve`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The JSON body.
    pub json: String,
    /// Whether it was stored by an earlier call.
    pub replayed: bool,
}

impl Answer {
    /// A fresh answer.
    ///
    /// # Errors
    /// When the body can't be serialised, which is a bug.
    pub(crate) fn new(status: u16, body: &impl Serialize) -> Result<Self, Refusal> {
        let json = serde_json::to_string(body).map_err(|error| Refusal::internal(&error))?;
        Ok(Self {
            status,
            json,
            replayed: false,
        })
    }
}
