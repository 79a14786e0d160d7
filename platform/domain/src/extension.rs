//! How far a loan may be extended (展期), by 贷款通则 (中国人民银行令1996年第2号), and when it may be renewed (续贷).
//!
//! Article 8 tells short, medium and long loans apart, article 12 how long all
//! extensions of one may be together. Whether it is extended is the bank's to
//! decide, and the guarantor of a guaranteed loan must have agreed in writing.
//!
//! A renewal without repayment (无还本续贷, 金规〔2024〕13号) is a new loan that takes over what one owes that is
//! about to end: asked for and looked at before, and never for who is behind.
#![deny(clippy::float_arithmetic, clippy::arithmetic_side_effects)]

use jiff::Unit;
use jiff::civil::Date;
use thiserror::Error;

use crate::lifecycle::lifecycle;
use crate::loan::LoanState;
use crate::named::named;
use crate::product::Product;

/// Up to a year a loan is short-term (article 8).
const SHORT: u32 = 12;
/// Up to five years it is medium-term (article 8).
const MEDIUM: u32 = 60;
/// What a long-term loan may be extended by: three years (article 12).
const LONGEST: u32 = 36;

/// How long before its last due date a loan is about to end. The bank's own: a quarter, in which it looks at a renewal
/// beforehand, as 金规〔2024〕13号 wants it.
const ABOUT_TO_END: i64 = 90;

/// The months that all extensions of a loan of this term may have together: as
/// many as the term, half of it, or three years. Of half a month nothing is left.
#[must_use]
pub const fn most_months(term_months: u32) -> u32 {
    if term_months <= SHORT {
        term_months
    } else if term_months <= MEDIUM {
        term_months / 2
    } else {
        LONGEST
    }
}

/// What must be known of a loan to say whether it may be extended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loan {
    /// Where it stands.
    pub state: LoanState,
    /// The product of its contract.
    pub product: Product,
    /// The term that it was made for.
    pub term_months: u32,
    /// Months that earlier extensions brought.
    pub extended_months: u32,
    /// Its last due date.
    pub maturity: Date,
    /// Whether something was due before this day and is unpaid, or not yet told from what is paid.
    pub behind: bool,
}

/// Why a loan is not extended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotExtended {
    /// Nothing is owed.
    #[error("the loan is settled")]
    Settled,
    /// Something is overdue.
    #[error("something is overdue: it is paid first")]
    Overdue,
    /// The last due date has come (article 12: before it).
    #[error("an extension is asked for before the last due date")]
    TooLate,
    /// No month.
    #[error("at least one month")]
    NoMonth,
    /// Longer than article 12 allows.
    #[error(
        "all extensions of a loan may have as many months as a short term, half of a medium one, and 36 of a long one"
    )]
    TooLong,
    /// The loan is not about to end.
    #[error("a renewal is asked for within 90 days before the last due date")]
    TooEarly,
    /// Longer than the loan before it.
    #[error("a renewed loan runs at most as long as the one before was made for")]
    LongerTerm,
    /// The guarantor has not agreed (article 12).
    #[error("the guarantor must have agreed in writing")]
    NoGuarantor,
}

/// Whether a loan may be extended by so many months on a day.
///
/// # Errors
/// The first reason why not.
pub fn check(loan: &Loan, months: u32, guarantor_agrees: bool, on: Date) -> Result<(), NotExtended> {
    runs(loan, months, on)?;
    let all = loan.extended_months.checked_add(months);
    if all.is_none_or(|all| all > most_months(loan.term_months)) {
        return Err(NotExtended::TooLong);
    }
    guaranteed(loan, guarantor_agrees)
}

/// Whether a loan may be renewed on a day, for so many months from then.
///
/// # Errors
/// The first reason why not.
pub fn check_renewal(loan: &Loan, months: u32, guarantor_agrees: bool, on: Date) -> Result<(), NotExtended> {
    runs(loan, months, on)?;
    let left = on
        .until((Unit::Day, loan.maturity))
        .map_err(|_| NotExtended::TooEarly)?;
    if i64::from(left.get_days()) > ABOUT_TO_END {
        return Err(NotExtended::TooEarly);
    }
    if months > loan.term_months {
        return Err(NotExtended::LongerTerm);
    }
    guaranteed(loan, guarantor_agrees)
}

fn runs(loan: &Loan, months: u32, on: Date) -> Result<(), NotExtended> {
    match loan.state {
        LoanState::Settled => Err(NotExtended::Settled),
        LoanState::Overdue => Err(NotExtended::Overdue),
        LoanState::Active if on >= loan.maturity => Err(NotExtended::TooLate),
        LoanState::Active if loan.behind => Err(NotExtended::Overdue),
        LoanState::Active if months == 0 => Err(NotExtended::NoMonth),
        LoanState::Active => Ok(()),
    }
}

fn guaranteed(loan: &Loan, guarantor_agrees: bool) -> Result<(), NotExtended> {
    if loan.product == Product::Guaranteed && !guarantor_agrees {
        return Err(NotExtended::NoGuarantor);
    }
    Ok(())
}

named! {
    /// How a loan is given more time.
    RenewalKind, "kind of renewal" {
        /// It runs for more months (展期).
        Extension = "extension",
        /// A new loan takes over what it owes (无还本续贷).
        Renewal = "renewal",
    }
}

lifecycle! {
    "renewal"
    /// Where a request for more time stands.
    states RenewalState {
        /// Asked for.
        Requested = "requested",
        /// The bank is bound by it.
        Granted = "granted",
        /// The bank said no.
        Declined = "declined",
        /// The loan was settled, or its last due date came, before the bank decided.
        Lapsed = "lapsed",
    }
    /// What happens to a request for more time.
    events RenewalEvent {
        /// An officer says yes.
        Grant = "grant",
        /// An officer says no.
        Decline = "decline",
        /// Nothing is left to decide.
        Lapse = "lapse",
    }
    transitions {
        Requested + Grant => Granted,
        Requested + Decline => Declined,
        Requested + Lapse => Lapsed,
    }
}
