//! Drills on record in the control plane.

use super::request::path;
use super::{Client, Outcome, Request};
use crate::drills::{AnnounceFault, BeginDrill, Drill, EndDrill};

impl Request<Drill> {
    /// `POST /v1/drills`.
    #[must_use]
    pub fn begin_drill(key: &str, body: &BeginDrill) -> Self {
        Self::post("/v1/drills".to_owned(), key, body)
    }

    /// `POST /v1/drills/{id}/faults`.
    #[must_use]
    pub fn announce_fault(key: &str, id: &str, body: &AnnounceFault) -> Self {
        Self::post(path("drills", id, "/faults"), key, body)
    }

    /// `POST /v1/drills/{id}/end`.
    #[must_use]
    pub fn end_drill(key: &str, id: &str, body: &EndDrill) -> Self {
        Self::post(path("drills", id, "/end"), key, body)
    }

    /// `GET /v1/drills/{id}`.
    #[must_use]
    pub fn drill(id: &str) -> Self {
        Self::get(path("drills", id, ""))
    }
}

impl Client {
    /// Puts the beginning of a drill on record.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn begin_drill(&self, key: &str, body: &BeginDrill) -> Outcome<Drill> {
        self.send(&Request::begin_drill(key, body)).await
    }

    /// Puts a fault on record, before it is injected.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn announce_fault(&self, key: &str, id: &str, body: &AnnounceFault) -> Outcome<Drill> {
        self.send(&Request::announce_fault(key, id, body)).await
    }

    /// Puts the end of a drill on record.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn end_drill(&self, key: &str, id: &str, body: &EndDrill) -> Outcome<Drill> {
        self.send(&Request::end_drill(key, id, body)).await
    }

    /// Reads a drill.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn drill(&self, id: &str) -> Outcome<Drill> {
        self.send(&Request::<Drill>::drill(id)).await
    }
}
