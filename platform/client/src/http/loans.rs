//! Repayment, early payoff, statement.

use super::request::path;
use super::{Client, Outcome, Request};
use crate::loans::{Loan, Payoff, Repay, Repayment, Statement};

impl Request<Loan> {
    /// `GET /v1/loans/{id}`.
    #[must_use]
    pub fn loan(id: &str) -> Self {
        Self::get(path("loans", id, ""))
    }
}

impl Request<Payoff> {
    /// `GET /v1/loans/{id}/payoff`.
    #[must_use]
    pub fn payoff_quote(id: &str) -> Self {
        Self::get(path("loans", id, "/payoff"))
    }
}

impl Request<Statement> {
    /// `GET /v1/loans/{id}/statement`.
    #[must_use]
    pub fn statement(id: &str) -> Self {
        Self::get(path("loans", id, "/statement"))
    }
}

impl Request<Repayment> {
    /// `POST /v1/loans/{id}/repayments`.
    #[must_use]
    pub fn repay(key: &str, id: &str, body: &Repay) -> Self {
        Self::post(path("loans", id, "/repayments"), key, body)
    }

    /// `POST /v1/loans/{id}/payoff`.
    #[must_use]
    pub fn pay_off(key: &str, id: &str) -> Self {
        Self::post_empty(path("loans", id, "/payoff"), key)
    }
}

impl Client {
    /// Reads a loan.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn loan(&self, id: &str) -> Outcome<Loan> {
        self.send(&Request::<Loan>::loan(id)).await
    }

    /// Asks what early payoff would cost today.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn payoff_quote(&self, id: &str) -> Outcome<Payoff> {
        self.send(&Request::<Payoff>::payoff_quote(id)).await
    }

    /// Reads a loan's statement.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn statement(&self, id: &str) -> Outcome<Statement> {
        self.send(&Request::<Statement>::statement(id)).await
    }

    /// Repays part of a loan.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn repay(&self, key: &str, id: &str, body: &Repay) -> Outcome<Repayment> {
        self.send(&Request::<Repayment>::repay(key, id, body)).await
    }

    /// Pays a loan off early.
    ///
    /// # Errors
    /// See [`CallError`](super::CallError).
    pub async fn pay_off(&self, key: &str, id: &str) -> Outcome<Repayment> {
        self.send(&Request::<Repayment>::pay_off(key, id)).await
    }
}
