//! Where a process takes its firms from: the generator or a file.

use std::borrow::Cow;

use crate::firm::SimFirm;
use crate::generated::Population;
use crate::replay::FirmFile;

/// Generated or replayed firms, behind the same two questions.
#[derive(Debug, Clone)]
pub enum Firms {
    /// Without end, from a seed.
    Generated(Population),
    /// From a file.
    Replayed(FirmFile),
}

impl Firms {
    /// Firm `n`, counted from 0; none beyond the end of a file.
    #[must_use]
    pub fn firm(&self, n: u64) -> Option<Cow<'_, SimFirm>> {
        match self {
            Self::Generated(population) => Some(Cow::Owned(population.firm(n))),
            Self::Replayed(file) => file.firm(n).map(Cow::Borrowed),
        }
    }

    /// The firm with a credit code.
    #[must_use]
    pub fn by_credit_code(&self, credit_code: &str) -> Option<Cow<'_, SimFirm>> {
        match self {
            Self::Generated(population) => population.by_credit_code(credit_code).map(Cow::Owned),
            Self::Replayed(file) => file.by_credit_code(credit_code).map(Cow::Borrowed),
        }
    }

    /// How many there are; none for a population without end.
    #[must_use]
    pub fn count(&self) -> Option<usize> {
        match self {
            Self::Generated(_) => None,
            Self::Replayed(file) => Some(file.len()),
        }
    }
}
