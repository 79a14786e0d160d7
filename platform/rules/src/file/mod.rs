//! The rule file, the only source of rules: [`rule`] is what it says, [`read`] reads it and names everything that
//! is wrong, [`expression`] checks one expression.

pub(crate) mod expression;
pub mod read;
pub mod rule;

pub use read::{load, load_paths};
pub use rule::{Alerting, Group, Kind, Place, Rule};
