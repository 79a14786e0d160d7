//! What the journal keeps of an answer.

use client::applications::Application;
use client::contracts::{Contract, Draw};
use client::firms::{Consent, Firm};
use client::loans::{Loan, Payoff, Repayment, Statement};

/// The parts of an answer that an audit compares with the database.
pub trait Answered {
    /// Its id, where it has one.
    fn id(&self) -> Option<&str> {
        None
    }
    /// Its state, where it has one.
    fn state(&self) -> Option<&str> {
        None
    }
    /// Its amount in fen: for a contract the limit.
    fn amount(&self) -> Option<i64> {
        None
    }
}

impl Answered for Firm {
    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }
}

impl Answered for Payoff {
    fn amount(&self) -> Option<i64> {
        Some(self.total)
    }
}

impl Answered for Statement {
    fn id(&self) -> Option<&str> {
        Some(&self.loan.id)
    }
}

impl Answered for Consent {
    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }
    fn state(&self) -> Option<&str> {
        Some(&self.state)
    }
}

macro_rules! answered {
    ($($answer:ident, $amount:ident;)+) => {$(
        impl Answered for $answer {
            fn id(&self) -> Option<&str> {
                Some(&self.id)
            }
            fn state(&self) -> Option<&str> {
                Some(&self.state)
            }
            fn amount(&self) -> Option<i64> {
                Some(self.$amount)
            }
        }
    )+};
}

answered! {
    Application, amount;
    Contract, limit;
    Draw, amount;
    Loan, amount;
    Repayment, amount;
}
