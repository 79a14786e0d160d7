//! Registration and consent.

use super::request::path;
use super::{Client, Outcome, Request};
use crate::firms::{Consent, Firm, GiveConsent, RegisterFirm};

impl Request<Firm> {
    /// `POST /v1/firms`.
    #[must_use]
    pub fn register_firm(key: &str, body: &RegisterFirm) -> Self {
        Self::post("/v1/firms".to_owned(), key, body)
    }

    /// `GET /v1/firms/{id}`.
    #[must_use]
    pub fn firm(id: &str) -> Self {
        Self::get(path("firms", id, ""))
    }
}

impl Request<Consent> {
    /// `POST /v1/firms/{id}/consents`.
    #[must_use]
    pub fn give_consent(key: &str, firm_id: &str, body: &GiveConsent) -> Self {
        Self::post(path("firms", firm_id, "/consents"), key, body)
    }

    /// `POST /v1/consents/{id}/revoke`.
    #[must_use]
    pub fn revoke_consent(key: &str, id: &str) -> Self {
        Self::post_empty(path("consents", id, "/revoke"), key)
    }
}

impl Client {
    /// Registers an enterprise.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn register_firm(&self, key: &str, body: &RegisterFirm) -> Outcome<Firm> {
        self.send(&Request::register_firm(key, body)).await
    }

    /// Reads an enterprise, masked.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn firm(&self, id: &str) -> Outcome<Firm> {
        self.send(&Request::<Firm>::firm(id)).await
    }

    /// Gives a consent.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn give_consent(&self, key: &str, firm_id: &str, body: &GiveConsent) -> Outcome<Consent> {
        self.send(&Request::give_consent(key, firm_id, body)).await
    }

    /// Revokes a consent.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn revoke_consent(&self, key: &str, id: &str) -> Outcome<Consent> {
        self.send(&Request::<Consent>::revoke_consent(key, id)).await
    }
}
