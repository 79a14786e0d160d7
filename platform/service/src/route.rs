//! What the router knows of one route besides its handler.

use auth::Role;
use axum::http::Method;
use gate::Act;

/// What a route is to the emergency plan: decides who is shed first, and what
/// a closed intake refuses early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Liveness, readiness, metrics, the document: no credentials, never shed.
    Probe,
    /// Reads of business.
    Read,
    /// Writes of existing business (存量), open while intake is closed.
    Existing,
    /// Binds the bank by this act, refused while intake is closed for it: new business (增量), and renewals, which
    /// are existing business unless a closing names them.
    Intake(Act),
    /// Acts of operators, among them the switch itself: never shed.
    Operator,
    /// Signing in and out: never shed, slowed by the name and the address that try,
    /// and without an `Idempotency-Key`, which would store a token with its answer.
    Session,
}

impl Class {
    /// Its name, as metrics show it; all acts of new business are one, and what counts as existing business unless a
    /// closing names it is existing business.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Read => "read",
            Self::Existing => "existing",
            Self::Intake(_) if self.is_new() => "intake",
            Self::Intake(_) => "existing",
            Self::Operator => "operator",
            Self::Session => "session",
        }
    }

    /// Whether its requests are new business, which is shed first and refused by a closing of everything.
    #[must_use]
    pub fn is_new(self) -> bool {
        matches!(self, Self::Intake(act) if !act.only_by_name())
    }

    /// Whether its requests count against a caller's rate. The switch must work
    /// for an operator whose scripts ran wild, and a probe tells of it.
    #[must_use]
    pub fn is_rated(self) -> bool {
        match self {
            Self::Probe | Self::Operator | Self::Session => false,
            Self::Read | Self::Existing | Self::Intake(_) => true,
        }
    }
}

/// One row of the table of contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// Method and template, as in `GET /v1/loans/{id}`.
    pub name: &'static str,
    /// What the route is to the plan.
    pub class: Class,
    /// Who may call it; empty for a probe, which asks nobody.
    pub roles: &'static [Role],
    /// What its one leaf in the evidence log is called, `noun.verb`, if calling
    /// it is an operator's or officer's act.
    pub act: Option<&'static str>,
}

impl Route {
    /// `GET` or `POST`: nothing else is offered.
    #[must_use]
    pub fn method(&self) -> Method {
        if self.name.starts_with("POST ") {
            Method::POST
        } else {
            Method::GET
        }
    }

    /// The path's template, as in `/v1/loans/{id}`.
    #[must_use]
    pub fn path(&self) -> &'static str {
        self.name.split_once(' ').map_or(self.name, |(_, path)| path)
    }

    /// Whether the path names one thing.
    #[must_use]
    pub fn has_id(&self) -> bool {
        self.name.contains("{id}")
    }

    /// Whether the route changes business, and so needs an `Idempotency-Key`.
    #[must_use]
    pub fn is_write(&self) -> bool {
        self.method() == Method::POST && !matches!(self.class, Class::Session | Class::Read)
    }
}
