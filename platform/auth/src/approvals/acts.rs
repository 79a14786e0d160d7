//! The acts that take more than one person.

use db::DbError;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::mint::hex;
use crate::principal::{Role, is_name};

/// Who takes part in an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Act {
    /// Its name, `noun.verb`.
    pub name: &'static str,
    /// Who may propose it.
    pub proposers: &'static [Role],
    /// Who may approve it.
    pub approvers: &'static [Role],
    /// Persons needed besides the proposer.
    pub needed: u8,
    /// How long a proposal lives, in microseconds.
    pub lives: i64,
    /// The parameters that it takes, all of them text.
    pub parameters: &'static [&'static str],
    /// Those that it takes besides, or goes without.
    pub optional: &'static [&'static str],
}

/// Long enough to reach a colleague at night and short enough that both still
/// know why; an approval must not lie about for the day when it is convenient.
const AN_HOUR: i64 = 3600 * 1_000_000;
/// A reopening that is agreed on for the next morning, and no later.
const A_DAY: i64 = 24 * AN_HOUR;
const OPERATORS: &[Role] = &[Role::Operator];
const LEADERS: &[Role] = &[Role::Operator, Role::Commander];

/// The catalogue.
pub const ACTS: &[Act] = &[
    // Disabling takes one person, like closing intake; letting in again takes two.
    Act {
        name: "account.enable",
        proposers: OPERATORS,
        approvers: LEADERS,
        needed: 1,
        lives: AN_HOUR,
        parameters: &["account"],
        optional: &[],
    },
    Act {
        name: "account.role",
        proposers: OPERATORS,
        approvers: LEADERS,
        needed: 1,
        lives: AN_HOUR,
        parameters: &["account", "role"],
        optional: &[],
    },
    // Of one closing, named by its epoch: what was closed anew meanwhile is agreed on anew.
    Act {
        name: "intake.reopen",
        proposers: LEADERS,
        approvers: LEADERS,
        needed: 1,
        lives: AN_HOUR,
        parameters: &["epoch"],
        optional: &["parked"],
    },
    // At a time that both agree on: nobody carries it out before, and then the service does.
    Act {
        name: "intake.reopen_at",
        proposers: LEADERS,
        approvers: LEADERS,
        needed: 1,
        lives: A_DAY,
        parameters: &["at", "epoch"],
        optional: &["parked"],
    },
    // The purge of customers' data, which nothing brings back: of one plan, by its digest, and two besides its planner.
    Act {
        name: "exit.purge",
        proposers: &[Role::ExitPlanner, Role::Operator],
        approvers: &[Role::ExitPlanner, Role::Operator, Role::Commander],
        needed: 2,
        lives: 3 * A_DAY,
        parameters: &["plan", "scope"],
        optional: &[],
    },
];

/// The act of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Act> {
    ACTS.iter().find(|act| act.name == name)
}

impl Act {
    /// Whether these are its parameters: each one there that must be, each fit for its kind, no more.
    #[must_use]
    pub fn takes(&self, parameters: &Map<String, Value>) -> bool {
        let fits = |name: &&str| {
            let text = parameters.get(*name).and_then(Value::as_str);
            match *name {
                "role" => text.is_some_and(|text| text.parse::<Role>().is_ok()),
                // In its one form, so that one epoch or time has one digest.
                "epoch" | "at" => text.is_some_and(|text| {
                    text.parse::<i64>()
                        .is_ok_and(|number| number > 0 && number.to_string() == text)
                }),
                // SHA-256 in its one form.
                "plan" => text.is_some_and(|text| {
                    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
                }),
                // What is released needs no word: so there is one digest for each meaning.
                "parked" => text == Some("cancel"),
                _ => text.is_some_and(is_name),
            }
        };
        let besides = self
            .optional
            .iter()
            .filter(|name| parameters.contains_key(**name));
        let known = self.parameters.len() + besides.clone().count();
        parameters.len() == known && self.parameters.iter().chain(besides).all(fits)
    }
}

/// Parameters in their one form (JCS, RFC 8785), and the SHA-256 of act and
/// parameters together, in hexadecimal: what is approved.
///
/// # Errors
/// [`DbError::Other`] for what has no canonical form.
pub(crate) fn bind(act: &str, parameters: &Map<String, Value>) -> Result<(String, String), DbError> {
    let text = serde_jcs::to_string(parameters)
        .map_err(|error| DbError::Other(format!("parameters have no canonical form: {error}")))?;
    // An act's name has no line break, so no other act and parameters read the same.
    let digest = Sha256::digest(format!("{act}\n{text}").as_bytes());
    Ok((text, hex(&digest)))
}
