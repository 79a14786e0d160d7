//! The loans that exist and are not being worked on.

use std::sync::{Mutex, PoisonError};

use rand::Rng;

/// Loans kept at most. Ten thousand loans take a megabyte, and give every user
/// of a large run a loan of their own a hundred times over.
pub const MOST: usize = 10_000;
/// Loans below which none is paid off early, so that existing business can go
/// on through a long closure: it takes about a hundred repayments to wear one out.
pub const KEEP: usize = 64;

/// A loan as its customer knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveLoan {
    /// `lon_…`.
    pub id: String,
    /// `ctr_…`.
    pub contract_id: String,
    /// `app_…`.
    pub application_id: String,
    /// `frm_…`.
    pub firm_id: String,
    /// Principal outstanding in fen: never more than the service knows of,
    /// for every repayment that may have been booked is taken off.
    pub principal: i64,
    /// Repayments tried.
    pub repayments: u32,
}

/// A bounded pool: who takes a loan has it alone until it is put back.
#[derive(Debug, Default)]
pub struct Pool(Mutex<Vec<LiveLoan>>);

impl Pool {
    /// Takes any loan.
    pub fn take(&self, rng: &mut impl Rng) -> Option<LiveLoan> {
        let mut loans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if loans.is_empty() {
            return None;
        }
        let place = rng.random_range(0..loans.len());
        Some(loans.swap_remove(place))
    }

    /// Puts a loan in or back; a full pool gives it back to the caller.
    pub fn put(&self, loan: LiveLoan) -> Option<LiveLoan> {
        let mut loans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if loans.len() >= MOST {
            return Some(loan);
        }
        loans.push(loan);
        None
    }

    /// Loans in it now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether one may be paid off without starving those who live on the pool.
    #[must_use]
    pub fn can_spare_one(&self) -> bool {
        self.len() > KEEP
    }
}
