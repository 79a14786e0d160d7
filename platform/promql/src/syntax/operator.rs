//! The operators between two expressions.

use std::fmt;

use crate::mutant::planted;

/// What stands between two expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Arithmetic(Arithmetic),
    Comparison(Comparison),
    Set(Set),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Atan2,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Set {
    And,
    Or,
    Unless,
}

impl Operator {
    /// How strongly it binds, as in Prometheus.
    pub(crate) fn strength(self) -> u8 {
        match self {
            Self::Set(Set::And) if planted("and binds as or") => 1,
            Self::Arithmetic(Arithmetic::Multiply) if planted("* binds as +") => 4,
            Self::Comparison(_) if planted("a comparison binds as +") => 4,
            Self::Set(Set::Or) => 1,
            Self::Set(Set::And | Set::Unless) => 2,
            Self::Comparison(_) => 3,
            Self::Arithmetic(Arithmetic::Add | Arithmetic::Subtract) => 4,
            Self::Arithmetic(Arithmetic::Power) => POWER,
            Self::Arithmetic(_) => 5,
        }
    }

    /// Whether `a ∘ b ∘ c` is `a ∘ (b ∘ c)`.
    pub(crate) fn leans_right(self) -> bool {
        matches!(self, Self::Arithmetic(Arithmetic::Power)) && !planted("^ leans left")
    }
}

/// The strength of `^`: only that binds more strongly than a sign.
pub(crate) const POWER: u8 = 6;

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Arithmetic(Arithmetic::Add) => "+",
            Self::Arithmetic(Arithmetic::Subtract) => "-",
            Self::Arithmetic(Arithmetic::Multiply) => "*",
            Self::Arithmetic(Arithmetic::Divide) => "/",
            Self::Arithmetic(Arithmetic::Modulo) => "%",
            Self::Arithmetic(Arithmetic::Power) => "^",
            Self::Arithmetic(Arithmetic::Atan2) => "atan2",
            Self::Comparison(Comparison::Equal) => "==",
            Self::Comparison(Comparison::NotEqual) => "!=",
            Self::Comparison(Comparison::Less) => "<",
            Self::Comparison(Comparison::LessOrEqual) => "<=",
            Self::Comparison(Comparison::Greater) => ">",
            Self::Comparison(Comparison::GreaterOrEqual) => ">=",
            Self::Set(Set::And) => "and",
            Self::Set(Set::Or) => "or",
            Self::Set(Set::Unless) => "unless",
        })
    }
}
