//! Contract and draw.

use super::request::path;
use super::{Client, Outcome, Request};
use crate::contracts::{Contract, Draw, RequestDraw};

impl Request<Contract> {
    /// `POST /v1/applications/{id}/contract`.
    #[must_use]
    pub fn sign(key: &str, id: &str) -> Self {
        Self::post_empty(path("applications", id, "/contract"), key)
    }

    /// `GET /v1/contracts/{id}`.
    #[must_use]
    pub fn contract(id: &str) -> Self {
        Self::get(path("contracts", id, ""))
    }
}

impl Request<Draw> {
    /// `POST /v1/contracts/{id}/draws`.
    #[must_use]
    pub fn request_draw(key: &str, id: &str, body: &RequestDraw) -> Self {
        Self::post(path("contracts", id, "/draws"), key, body)
    }

    /// `GET /v1/draws/{id}`.
    #[must_use]
    pub fn draw(id: &str) -> Self {
        Self::get(path("draws", id, ""))
    }
}

impl Client {
    /// Signs the contract of an approved application.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn sign(&self, key: &str, id: &str) -> Outcome<Contract> {
        self.send(&Request::<Contract>::sign(key, id)).await
    }

    /// Reads a contract.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn contract(&self, id: &str) -> Outcome<Contract> {
        self.send(&Request::<Contract>::contract(id)).await
    }

    /// Asks for money under a contract.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn request_draw(&self, key: &str, id: &str, body: &RequestDraw) -> Outcome<Draw> {
        self.send(&Request::<Draw>::request_draw(key, id, body)).await
    }

    /// Reads a draw.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn draw(&self, id: &str) -> Outcome<Draw> {
        self.send(&Request::<Draw>::draw(id)).await
    }
}
