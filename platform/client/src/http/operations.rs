//! Intake, end of day, corrections; and whether the service lives.

use super::request::path;
use super::{Client, Outcome, Request};
use crate::operations::{
    Day, EndDay, Entry, Impact, Intake, IntakeDoubt, IntakeDoubts, IntakeHistory, IntakeOrder, Reverse,
    SettleDoubt,
};

impl Request<Intake> {
    /// `GET /v1/intake`.
    #[must_use]
    pub fn intake() -> Self {
        Self::get("/v1/intake".to_owned())
    }

    /// `POST /v1/intake/close`.
    #[must_use]
    pub fn close_intake(key: &str, body: &IntakeOrder) -> Self {
        Self::post("/v1/intake/close".to_owned(), key, body)
    }
}

impl Request<IntakeHistory> {
    /// `GET /v1/intake/history`.
    #[must_use]
    pub fn intake_history() -> Self {
        Self::get("/v1/intake/history".to_owned())
    }
}

impl Request<IntakeDoubts> {
    /// `GET /v1/intake/doubts`.
    #[must_use]
    pub fn intake_doubts() -> Self {
        Self::get("/v1/intake/doubts".to_owned())
    }
}

impl Request<IntakeDoubt> {
    /// `POST /v1/intake/doubts/{id}/finding`.
    #[must_use]
    pub fn settle_doubt(key: &str, id: &str, body: &SettleDoubt) -> Self {
        Self::post(path("intake/doubts", id, "/finding"), key, body)
    }
}

impl Request<Impact> {
    /// `GET /v1/intake/impact`, of a scope, or of everything.
    #[must_use]
    pub fn intake_impact(scope: Option<&str>) -> Self {
        let path = "/v1/intake/impact";
        // The characters of a scope stand for themselves in a query.
        Self::get(scope.map_or_else(|| path.to_owned(), |scope| format!("{path}?scope={scope}")))
    }
}

impl Request<Day> {
    /// `POST /v1/days`.
    #[must_use]
    pub fn end_day(key: &str, body: &EndDay) -> Self {
        Self::post("/v1/days".to_owned(), key, body)
    }
}

impl Request<Entry> {
    /// `POST /v1/entries/{id}/reversal`.
    #[must_use]
    pub fn reverse(key: &str, id: &str, body: &Reverse) -> Self {
        Self::post(path("entries", id, "/reversal"), key, body)
    }
}

impl Client {
    /// Reads the intake gate.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn intake(&self) -> Outcome<Intake> {
        self.send(&Request::<Intake>::intake()).await
    }

    /// Closes intake; answers once the closing is durable.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn close_intake(&self, key: &str, body: &IntakeOrder) -> Outcome<Intake> {
        self.send(&Request::<Intake>::close_intake(key, body)).await
    }

    /// Runs the end of a business day.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn end_day(&self, key: &str, body: &EndDay) -> Outcome<Day> {
        self.send(&Request::<Day>::end_day(key, body)).await
    }

    /// Corrects a ledger entry by its reversal.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn reverse(&self, key: &str, id: &str, body: &Reverse) -> Outcome<Entry> {
        self.send(&Request::<Entry>::reverse(key, id, body)).await
    }

    /// Whether the process answers at all (`GET /livez`).
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn live(&self) -> Outcome<String> {
        self.text("/livez").await
    }

    /// Whether it can do its work (`GET /readyz`): refused or failed while it can't.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn ready(&self) -> Outcome<String> {
        self.text("/readyz").await
    }
}
