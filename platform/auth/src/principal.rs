//! Principals and roles.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// What a principal may do. The mapping to routes is the service's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A customer, for its own business.
    Customer,
    /// A front end that acts for customers: PC, app, mini-program, branch.
    Channel,
    /// A loan officer (客户经理, 审批人): diligence reports and approvals.
    Officer,
    /// Runs the system: intake, end of day, corrections.
    Operator,
    /// Leads an incident (应急指挥).
    Commander,
    /// Reads everything that is not sealed, changes nothing.
    Auditor,
    /// Answers for models and their monitors (模型管理专岗).
    ModelManager,
    /// Plans and carries out an exit (退出).
    ExitPlanner,
    /// Another system, as the other plane: hands over its evidence log's checkpoints, or alerts, and does no more.
    Plane,
}

impl Role {
    /// Every role.
    pub const ALL: &'static [Self] = &[
        Self::Customer,
        Self::Channel,
        Self::Officer,
        Self::Operator,
        Self::Commander,
        Self::Auditor,
        Self::ModelManager,
        Self::ExitPlanner,
        Self::Plane,
    ];

    /// Its name in files and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Channel => "channel",
            Self::Officer => "officer",
            Self::Operator => "operator",
            Self::Commander => "commander",
            Self::Auditor => "auditor",
            Self::ModelManager => "model_manager",
            Self::ExitPlanner => "exit_planner",
            Self::Plane => "plane",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Not the name of a role. The text is not repeated: it may be a misplaced token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a role; the roles are customer, channel, officer, operator, commander, auditor, model_manager, \
     exit_planner, plane"
)]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .iter()
            .copied()
            .find(|role| role.as_str() == text)
            .ok_or(UnknownRole)
    }
}

/// What stands behind a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A program, or a script that somebody runs: it has a token.
    Service,
    /// A person who signed in, or whose own certificate it is.
    Person,
}

/// Who asks. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The account's name, as records show it.
    pub name: Arc<str>,
    /// Its one role.
    pub role: Role,
    /// Who is behind it: two persons are never two programs.
    pub kind: Kind,
}

/// As records show a name; long enough for an employee number and a system's name.
pub(crate) const LONGEST_NAME: usize = 64;

/// Whether a text can name somebody: 1–64 characters, letters, digits, `-`, `_`, `.`, `@`.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let fits = |letter: char| letter.is_alphanumeric() || "-_.@".contains(letter);
    (1..=LONGEST_NAME).contains(&text.chars().count()) && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_reads_back_from_its_name() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(*role));
        }
        assert_eq!("root".parse::<Role>(), Err(UnknownRole));
        assert_eq!("Officer".parse::<Role>(), Err(UnknownRole));
    }
}
