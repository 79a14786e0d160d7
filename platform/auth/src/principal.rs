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
    /// The other plane: hands over its evidence log's checkpoints, and does no more.
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
#[error("not a role; the roles are customer, channel, officer, operator, commander, auditor, plane")]
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

/// Who asks. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The account's name, as records show it.
    pub name: Arc<str>,
    /// Its one role.
    pub role: Role,
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
