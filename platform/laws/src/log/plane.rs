//! The two planes, each with a database and a log of its own.

use super::Key;
use super::witnesses::{self, Witness};

/// Whose log it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plane {
    /// The lending service.
    Financing,
    /// The operations toolkit.
    Control,
}

impl Plane {
    /// The name of its log.
    #[must_use]
    pub const fn origin(self) -> &'static str {
        match self {
            Self::Financing => "backstop/financing",
            Self::Control => "backstop/control",
        }
    }

    /// The plane that the first of the keys belongs to; the lending service's if none does.
    #[must_use]
    pub fn of(keys: &[Key]) -> Self {
        let first = keys.iter().find_map(|key| {
            [Self::Financing, Self::Control]
                .into_iter()
                .find(|plane| plane.origin() == key.name())
        });
        first.unwrap_or(Self::Financing)
    }

    pub(super) const fn witnesses(self) -> &'static [Witness] {
        match self {
            Self::Financing => witnesses::FINANCING,
            Self::Control => witnesses::CONTROL,
        }
    }
}
