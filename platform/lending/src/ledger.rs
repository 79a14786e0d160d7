//! Which accounts a business event moves. Every entry balances by construction.

use store::ledger::Posting;

/// Principal that customers owe (asset).
pub(crate) const PRINCIPAL: &str = "loan_principal";
/// Interest that customers owe (asset).
pub(crate) const INTEREST: &str = "interest_receivable";
/// Penalty interest that customers owe (asset).
pub(crate) const PENALTY: &str = "penalty_receivable";
/// Interest earned (income).
pub(crate) const INTEREST_INCOME: &str = "interest_income";
/// Penalty interest earned (income).
pub(crate) const PENALTY_INCOME: &str = "penalty_income";
/// What passes from a loan to the one that renews it; always at zero when both are booked.
pub(crate) const TRANSFER: &str = "renewal_transfer";
/// Money at core banking (asset).
pub(crate) const CLEARING: &str = "core_clearing";

/// Moves `amount` fen from the credited to the debited account; nothing for zero.
pub(crate) fn transfer(debit: &str, credit: &str, amount: i64) -> Vec<Posting> {
    if amount == 0 {
        return Vec::new();
    }
    vec![
        Posting {
            account: debit.to_owned(),
            debit: amount,
            credit: 0,
        },
        Posting {
            account: credit.to_owned(),
            debit: 0,
            credit: amount,
        },
    ]
}

/// A repayment: money comes in and the three receivables go down.
pub(crate) fn repayment(principal: i64, interest: i64, penalty: i64) -> Vec<Posting> {
    let postings = [
        transfer(CLEARING, PRINCIPAL, principal),
        transfer(CLEARING, INTEREST, interest),
        transfer(CLEARING, PENALTY, penalty),
    ]
    .concat();
    #[cfg(feature = "chaos")]
    let postings = crate::failpoint::one_leg(postings);
    postings
}

/// The same postings the other way round.
pub(crate) fn mirror(postings: &[Posting]) -> Vec<Posting> {
    postings
        .iter()
        .map(|posting| Posting {
            account: posting.account.clone(),
            debit: posting.credit,
            credit: posting.debit,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn balance(postings: &[Posting]) -> (i64, i64) {
        (
            postings.iter().map(|p| p.debit).sum(),
            postings.iter().map(|p| p.credit).sum(),
        )
    }

    proptest! {
        #[test]
        fn every_entry_balances_and_its_mirror_undoes_it(
            principal in 0_i64..1_000_000_000_000,
            interest in 0_i64..1_000_000_000_000,
            penalty in 0_i64..1_000_000_000_000,
        ) {
            let postings = repayment(principal, interest, penalty);
            let (debits, credits) = balance(&postings);
            prop_assert_eq!(debits, credits);
            prop_assert_eq!(debits, principal + interest + penalty);
            prop_assert!(postings.iter().all(|p| (p.debit == 0) != (p.credit == 0)));
            prop_assert_eq!(mirror(&mirror(&postings)), postings);
        }
    }
}
