//! One line of a journal.

use domain::ids::{ConsentId, DrawId};
use gate::State;
use serde::{Deserialize, Serialize};

/// The first line: whose journal it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Head {
    /// The version of the format.
    pub(crate) journal: u8,
    /// The database's identity.
    pub(crate) database: String,
}

/// The version that is written and read.
pub(crate) const VERSION: u8 = 1;

/// The first line of a database's journal, with its end.
pub(crate) fn head(database: &str) -> String {
    let database = serde_json::Value::from(database);
    format!("{{\"journal\":{VERSION},\"database\":{database}}}\n")
}

/// A fact that has committed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fact {
    /// The gate moved.
    Moved(Move),
    /// A consent was revoked.
    Revoked(Revoked),
    /// A draw's payment instruction left.
    Sent(Sent),
}

/// A move of the gate.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// The epoch after it.
    pub epoch: i64,
    /// Which new business.
    pub scope: String,
    /// Where it led to.
    pub state: State,
    /// Microseconds.
    pub at: i64,
}

/// A consent that was revoked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoked {
    /// The consent.
    pub revoked: ConsentId,
    /// Microseconds.
    pub at: i64,
}

/// A draw whose instruction left.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// The draw.
    pub sent: DrawId,
    /// Microseconds.
    pub at: i64,
}

impl Fact {
    /// Reads a line, and says what is wrong with it without repeating it.
    pub(crate) fn parse(line: &str) -> Result<Self, &'static str> {
        let fact: Self = serde_json::from_str(line).map_err(|_| "it is no fact that this version knows")?;
        if let Self::Moved(moved) = &fact {
            if moved.epoch < 1 {
                return Err("it has an epoch below one");
            }
            // As the gate names it: two spellings would be two scopes.
            match moved.scope.parse::<gate::Scope>() {
                Ok(scope) if scope.to_string() == moved.scope => {}
                _ => return Err("it has no scope that this version knows"),
            }
        }
        Ok(fact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_reads_back_and_nothing_else_is_one() {
        let consent = format!("cns_{}", "0".repeat(32));
        for line in [
            r#"{"epoch":7,"scope":"act=draw","state":"closed","at":5}"#.to_owned(),
            format!(r#"{{"revoked":"{consent}","at":5}}"#),
            format!(r#"{{"sent":"drw_{}","at":5}}"#, "1".repeat(32)),
        ] {
            let fact = Fact::parse(&line).unwrap();
            assert_eq!(serde_json::to_string(&fact).unwrap(), line);
        }
        for line in [
            String::new(),
            "{}".to_owned(),
            r#"{"epoch":0,"scope":"everything","state":"closed","at":5}"#.to_owned(),
            r#"{"epoch":7,"scope":"region=330000","state":"closed","at":5}"#.to_owned(),
            r#"{"epoch":7,"scope":"everything","state":"ajar","at":5}"#.to_owned(),
            r#"{"revoked":"cns_1","at":5}"#.to_owned(),
            format!(r#"{{"sent":"{consent}","at":5}}"#),
            format!(r#"{{"revoked":"{consent}","at":5,"name":"x"}}"#),
        ] {
            assert!(Fact::parse(&line).is_err(), "{line}");
        }
    }
}
