//! Identity codes with check digits: of enterprises and of persons.

use thiserror::Error;

pub use crate::credit_code::CreditCode;
pub use crate::resident_id::ResidentId;

/// Why a code is refused. It never repeats the code, which is customer data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CodeError {
    /// Too short or too long.
    #[error("must have {0} characters")]
    Length(usize),
    /// A character that the standard does not use there.
    #[error("has a character that is not allowed at position {0}")]
    Character(usize),
    /// The region's province does not exist.
    #[error("has no existing region")]
    Region,
    /// The date of birth does not exist.
    #[error("has no existing date of birth")]
    Birth,
    /// The check character does not fit the rest.
    #[error("has a wrong check character")]
    Check,
}
