//! Core banking: where money leaves.
//!
//! A payment has a reference, and core banking pays once per reference, so an
//! instruction whose outcome is unknown is sent again until it is known. *Refused*
//! is an answer: nothing was paid, and nothing will be. Every [`SourceError`]
//! means unknown, unless [`SourceError::may_have_acted`] says otherwise.

use std::fmt;

use domain::money::Money;
use reqwest::{Method, Url};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::{SetupError, SourceError, Unusable};
use crate::http;
use crate::link::{Answer, Idempotent, Link};
use crate::settings::Limits;
use crate::stats::SourceStats;

/// The order to pay.
#[derive(Clone, Serialize)]
pub struct Instruction {
    /// Unique per payment: the draw's id.
    pub reference: String,
    /// How much.
    pub amount: Money,
    /// Whereto.
    pub account: String,
}

impl fmt::Debug for Instruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instruction")
            .field("reference", &self.reference)
            .finish_non_exhaustive()
    }
}

/// What core banking decided, once and for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentOutcome {
    /// The money has moved.
    Paid {
        /// The instruction's reference.
        reference: String,
    },
    /// The money has not moved and will not.
    Refused {
        /// A code such as `account-invalid`.
        reason: String,
    },
}

/// The connector to core banking.
#[derive(Debug)]
pub struct CoreBanking {
    payments: Url,
    link: Link,
}

impl CoreBanking {
    /// Below a base URL (`{base}/core/payments`), with the default limits.
    ///
    /// # Errors
    /// An address that is not plain HTTP on loopback.
    pub fn new(base_url: &str) -> Result<Self, SetupError> {
        Self::with_limits(base_url, Limits::default())
    }

    /// The same with other limits.
    ///
    /// # Errors
    /// As [`CoreBanking::new`], or limits that make no sense.
    pub fn with_limits(base_url: &str, limits: Limits) -> Result<Self, SetupError> {
        let payments = http::below(&http::base(base_url)?, "core/payments")?;
        Ok(Self {
            payments,
            link: Link::new("core", http::client()?, limits)?,
        })
    }

    /// Orders a payment, or hears again what became of it.
    ///
    /// # Errors
    /// The outcome is unknown.
    pub async fn pay(&self, instruction: &Instruction) -> Result<PaymentOutcome, SourceError> {
        let call = Idempotent {
            method: Method::POST,
            url: &self.payments,
            body: Some(instruction),
            answers: &[200, 422],
        };
        outcome(&self.link.call(call).await?, &instruction.reference)?.ok_or(UNEXPECTED)
    }

    /// What became of a payment; `None` if core banking has not heard of it.
    ///
    /// # Errors
    /// No usable answer.
    pub async fn status(&self, reference: &str) -> Result<Option<PaymentOutcome>, SourceError> {
        let mut url = self.payments.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.push(reference);
        }
        let call = Idempotent::<()> {
            method: Method::GET,
            url: &url,
            body: None,
            answers: &[200, 404],
        };
        outcome(&self.link.call(call).await?, reference)
    }

    /// What became of the calls.
    #[must_use]
    pub fn stats(&self) -> SourceStats {
        self.link.stats()
    }
}

const UNEXPECTED: SourceError = SourceError::BadAnswer(Unusable::Unexpected);

/// Reads the answer; one about another payment, or with a status that does not
/// fit what it says, is no answer.
fn outcome(answer: &Answer, reference: &str) -> Result<Option<PaymentOutcome>, SourceError> {
    match (answer.status, text(&answer.body, "state")) {
        (200, Some("paid")) if text(&answer.body, "reference") == Some(reference) => {
            Ok(Some(PaymentOutcome::Paid {
                reference: reference.to_owned(),
            }))
        }
        (200 | 422, Some("refused")) => Ok(Some(PaymentOutcome::Refused {
            reason: reason(&answer.body),
        })),
        (404, Some("unknown")) => Ok(None),
        _ => Err(UNEXPECTED),
    }
}

/// A short code; anything else might repeat customer data.
fn reason(body: &Map<String, Value>) -> String {
    let code = text(body, "reason").unwrap_or_default();
    let fits = (1..=40).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    if fits {
        code.to_owned()
    } else {
        "unspecified".to_owned()
    }
}

fn text<'a>(body: &'a Map<String, Value>, field: &str) -> Option<&'a str> {
    body.get(field).and_then(Value::as_str)
}
