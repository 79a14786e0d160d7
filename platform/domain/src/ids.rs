//! Typed ids: a prefix that names the kind, and 32 hex digits.
//!
//! A `DrawId` is not a `LoanId`, to the compiler and to the eye: `drw_0190…`
//! and `lon_0190…`. The digits are a UUID (version 7 where the service makes
//! it, so that ids of one moment lie together in an index).

use thiserror::Error;
use uuid::Uuid;

/// The text is not an id of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not an id of the form {prefix}_ and 32 lower-case hex digits")]
pub struct IdError {
    /// The prefix that was expected, without the underscore.
    pub prefix: &'static str,
}

/// The last eight digits of an id, which is what a log may have of it: enough to find the row among those of a day
/// (`… WHERE id LIKE '%` and the digits), and no id of anybody's once the row is gone. Logs outlive the data.
#[must_use]
pub fn tail(id: &str) -> &str {
    id.get(id.len().saturating_sub(8)..).unwrap_or_default()
}

fn spell(prefix: &str, uuid: Uuid) -> Box<str> {
    format!("{prefix}_{}", uuid.simple()).into_boxed_str()
}

fn check(prefix: &'static str, text: &str) -> Result<(), IdError> {
    let hex = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_'));
    let good = hex.is_some_and(|hex| {
        hex.len() == 32 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    });
    if good { Ok(()) } else { Err(IdError { prefix }) }
}

macro_rules! typed_id {
    ($($(#[$meta:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(Box<str>);

        impl $name {
            /// The prefix, without the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// The id with these digits.
            #[must_use]
            pub fn from_uuid(uuid: Uuid) -> Self {
                Self(spell($prefix, uuid))
            }

            /// The digits.
            #[must_use]
            pub fn uuid(&self) -> Uuid {
                let digits = self.0.len().saturating_sub(32);
                // Every way to make an id checks that it ends in 32 hex digits.
                self.0.get(digits..).and_then(|hex| Uuid::try_parse(hex).ok()).unwrap_or_default()
            }

            /// The whole id, prefix and digits.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                check($prefix, text)?;
                Ok(Self(text.into()))
            }
        }

        impl TryFrom<&str> for $name {
            type Error = IdError;

            fn try_from(text: &str) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

typed_id! {
    /// A registered enterprise.
    FirmId = "frm";
    /// A consent to ask one source for one purpose.
    ConsentId = "cns";
    /// An application for a loan.
    ApplicationId = "app";
    /// One pull of data from one source.
    PullId = "pul";
    /// A recorded decision.
    DecisionId = "dec";
    /// An offer.
    OfferId = "ofr";
    /// A due-diligence task.
    TaskId = "tsk";
    /// A contract.
    ContractId = "ctr";
    /// A draw on a contract.
    DrawId = "drw";
    /// A loan.
    LoanId = "lon";
    /// A repayment.
    RepaymentId = "rep";
    /// A request for more time for a loan.
    RenewalId = "rnw";
    /// An entry of the ledger.
    EntryId = "ent";
    /// An effect that waits in the outbox.
    EffectId = "eff";
    /// A proposal that others approve.
    ProposalId = "pro";
    /// A run of stress traffic.
    RunId = "run";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_has_the_end_of_an_id() {
        assert_eq!(tail("drw_0190f2c3d4e5f7000800000012345678"), "12345678");
        assert_eq!((tail("1234"), tail("")), ("1234", ""));
        assert_eq!(tail("三四个字"), "", "not within a letter");
    }
}
