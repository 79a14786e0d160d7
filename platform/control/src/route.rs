//! What the router knows of one route besides its handler.

use auth::Role;
use axum::http::Method;

/// One row of the table of contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// Method and template, as in `GET /v1/drills/{id}`.
    pub name: &'static str,
    /// Who may call it; empty for a probe, which asks nobody, and for what is signed instead.
    pub roles: &'static [Role],
    /// What its one leaf in the evidence log is called, if calling it is an act.
    pub act: Option<&'static str>,
    /// Whether a write must come under an `Idempotency-Key`.
    pub keyed: bool,
}

impl Route {
    /// `GET` or `POST`: nothing else is offered.
    #[must_use]
    pub fn method(&self) -> Method {
        match self.name.starts_with("POST ") {
            true => Method::POST,
            false => Method::GET,
        }
    }

    /// The path's template.
    #[must_use]
    pub fn path(&self) -> &'static str {
        self.name.split_once(' ').map_or(self.name, |(_, path)| path)
    }
}
