//! The states of the gate, `open → closing → closed → reopening → open`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Scope;

/// How the gate stands. Only `open` lets new business in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// New business commits.
    Open,
    /// A closer has begun: new business is refused, but a transaction that began
    /// before may still commit. If the closer dies, it stays so, which is safe.
    Closing,
    /// Nothing that was in flight is left.
    Closed,
    /// One person asked to reopen, and another has to agree; refused as before.
    Reopening,
}

impl State {
    /// Every state, in the order of the cycle.
    pub const ALL: &'static [Self] = &[Self::Open, Self::Closing, Self::Closed, Self::Reopening];

    /// Its name in rows and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closing => "closing",
            Self::Closed => "closed",
            Self::Reopening => "reopening",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not a state of the gate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no state of the intake gate: {0:?}")]
pub struct UnknownState(pub String);

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(text: &str) -> Result<Self, UnknownState> {
        Self::ALL
            .iter()
            .copied()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| UnknownState(text.to_owned()))
    }
}

/// How the gate stands for one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Which new business.
    pub scope: Scope,
    /// How it stands.
    pub state: State,
    /// That of the scope's last change. It grows with every close and every reopening of any scope, never falls.
    pub epoch: i64,
    /// Why, as given with the last change.
    pub reason: String,
    /// The account that made the last change.
    pub actor: String,
    /// The incident that it belongs to.
    pub incident: Option<String>,
    /// The clause by which draws under signed contracts are held back, where one was cited.
    pub clause: Option<String>,
    /// Until when, as the one who closed expects, in microseconds since the Unix epoch.
    pub until: Option<i64>,
    /// When, in microseconds since the Unix epoch.
    pub changed_at: i64,
    /// Since when the database is known to have lost later changes, in microseconds; of everything only.
    pub unverified_since: Option<i64>,
}

/// What a gate is called whose state cannot be known.
pub const UNVERIFIED: &str = "closed (unverified)";

impl Status {
    /// How it is shown: a database that lost later changes is not believed, whatever its row says.
    #[must_use]
    pub fn shown(&self) -> &'static str {
        match self.unverified_since {
            Some(_) => UNVERIFIED,
            None => self.state.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_reads_back_from_its_name_and_nothing_else_is_open() {
        for state in State::ALL {
            assert_eq!(state.as_str().parse(), Ok(*state));
        }
        for other in ["", "OPEN", "open ", UNVERIFIED] {
            assert!(other.parse::<State>().is_err());
        }
    }
}
