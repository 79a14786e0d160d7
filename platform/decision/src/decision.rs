//! What a policy decides.

use domain::money::Money;
use domain::rate::Rate;
use serde::{Deserialize, Serialize};

use crate::reasons::Reason;

/// The three ways out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An offer may be made.
    Approve,
    /// A person must look.
    Review,
    /// No offer.
    Decline,
}

impl Outcome {
    /// The stable name, as in JSON and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Review => "review",
            Self::Decline => "decline",
        }
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A decision with its reasons; the same features under the same versions give the same one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The way out.
    pub outcome: Outcome,
    /// The score; none where data is missing.
    pub score: Option<i64>,
    /// What may be lent; zero unless approved.
    pub limit: Money,
    /// The yearly rate; zero unless approved.
    pub rate: Rate,
    /// Why, without repetition; the weightiest first.
    pub reasons: Vec<Reason>,
    /// Version of the rules.
    pub rules_version: String,
    /// Version of the scorecard.
    pub model_version: String,
}
