//! More time for a loan.

use super::request::path;
use super::{Client, Outcome, Request};
use crate::renewals::{AskExtension, AskRenewal, DecideRenewal, Renewal};

impl Request<Renewal> {
    /// `GET /v1/renewals/{id}`.
    #[must_use]
    pub fn renewal(id: &str) -> Self {
        Self::get(path("renewals", id, ""))
    }

    /// `POST /v1/loans/{id}/extensions`.
    #[must_use]
    pub fn ask_extension(key: &str, loan: &str, body: &AskExtension) -> Self {
        Self::post(path("loans", loan, "/extensions"), key, body)
    }

    /// `POST /v1/loans/{id}/renewals`.
    #[must_use]
    pub fn ask_renewal(key: &str, loan: &str, body: &AskRenewal) -> Self {
        Self::post(path("loans", loan, "/renewals"), key, body)
    }

    /// `POST /v1/renewals/{id}/verdicts`.
    #[must_use]
    pub fn decide_renewal(key: &str, id: &str, body: &DecideRenewal) -> Self {
        Self::post(path("renewals", id, "/verdicts"), key, body)
    }
}

impl Client {
    /// Reads a request for more time.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn renewal(&self, id: &str) -> Outcome<Renewal> {
        self.send(&Request::<Renewal>::renewal(id)).await
    }

    /// Asks for more months for a loan.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn ask_extension(&self, key: &str, loan: &str, body: &AskExtension) -> Outcome<Renewal> {
        self.send(&Request::ask_extension(key, loan, body)).await
    }

    /// Asks for a new loan that takes over what one owes.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn ask_renewal(&self, key: &str, loan: &str, body: &AskRenewal) -> Outcome<Renewal> {
        self.send(&Request::ask_renewal(key, loan, body)).await
    }

    /// Grants or declines a request for more time.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn decide_renewal(&self, key: &str, id: &str, body: &DecideRenewal) -> Outcome<Renewal> {
        self.send(&Request::decide_renewal(key, id, body)).await
    }
}
