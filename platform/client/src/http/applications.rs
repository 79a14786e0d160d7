//! From application to approval.

use super::request::path;
use super::{Client, Outcome, Request};
use crate::applications::{Application, Apply, Report, Verdict};

impl Request<Application> {
    /// `POST /v1/applications`.
    #[must_use]
    pub fn apply(key: &str, body: &Apply) -> Self {
        Self::post("/v1/applications".to_owned(), key, body)
    }

    /// `POST /v1/applications/{id}/pre-approval`.
    #[must_use]
    pub fn pre_approve(key: &str, id: &str) -> Self {
        Self::post_empty(path("applications", id, "/pre-approval"), key)
    }

    /// `POST /v1/applications/{id}/accept`.
    #[must_use]
    pub fn accept(key: &str, id: &str) -> Self {
        Self::post_empty(path("applications", id, "/accept"), key)
    }

    /// `POST /v1/applications/{id}/take-up`.
    #[must_use]
    pub fn take_up(key: &str, id: &str) -> Self {
        Self::post_empty(path("applications", id, "/take-up"), key)
    }

    /// `POST /v1/tasks/{id}/report`.
    #[must_use]
    pub fn report(key: &str, id: &str, body: &Report) -> Self {
        Self::post(path("tasks", id, "/report"), key, body)
    }

    /// `POST /v1/applications/{id}/approvals`.
    #[must_use]
    pub fn approve(key: &str, id: &str, body: &Verdict) -> Self {
        Self::post(path("applications", id, "/approvals"), key, body)
    }

    /// `GET /v1/applications/{id}`.
    #[must_use]
    pub fn application(id: &str) -> Self {
        Self::get(path("applications", id, ""))
    }
}

impl Client {
    /// Applies.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn apply(&self, key: &str, body: &Apply) -> Outcome<Application> {
        self.send(&Request::<Application>::apply(key, body)).await
    }

    /// Asks for the pre-approval: decided, and offered where it may be.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn pre_approve(&self, key: &str, id: &str) -> Outcome<Application> {
        self.send(&Request::<Application>::pre_approve(key, id)).await
    }

    /// Accepts the offer, which opens the due-diligence task.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn accept(&self, key: &str, id: &str) -> Outcome<Application> {
        self.send(&Request::<Application>::accept(key, id)).await
    }

    /// Takes up an application in review, which opens the due-diligence task.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn take_up(&self, key: &str, id: &str) -> Outcome<Application> {
        self.send(&Request::<Application>::take_up(key, id)).await
    }

    /// Files an officer's due-diligence report; `id` is the task's.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn report(&self, key: &str, id: &str, body: &Report) -> Outcome<Application> {
        self.send(&Request::<Application>::report(key, id, body)).await
    }

    /// Gives one officer's verdict.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn approve(&self, key: &str, id: &str, body: &Verdict) -> Outcome<Application> {
        self.send(&Request::<Application>::approve(key, id, body)).await
    }

    /// Reads an application.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn application(&self, id: &str) -> Outcome<Application> {
        self.send(&Request::<Application>::application(id)).await
    }
}
