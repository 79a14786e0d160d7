//! Planted bugs, each of which a law's checker must find. Only in builds with
//! feature `chaos`, and only when armed.

use std::sync::atomic::{AtomicBool, Ordering};

use store::ledger::Posting;

static ONE_LEG: AtomicBool = AtomicBool::new(false);
static LOSE_UPDATE: AtomicBool = AtomicBool::new(false);

/// Arms a bug by its name; false if this crate has none of that name.
pub fn arm(name: &str) -> bool {
    match name {
        // Law 3: an entry whose debit side is missing.
        "one_leg" => ONE_LEG.store(true, Ordering::SeqCst),
        // Law 1: the row is there under its id, but not what was acknowledged.
        "lose_update" => LOSE_UPDATE.store(true, Ordering::SeqCst),
        _ => return false,
    }
    true
}

pub(crate) fn one_leg(mut postings: Vec<Posting>) -> Vec<Posting> {
    if ONE_LEG.load(Ordering::SeqCst) {
        postings.truncate(1);
    }
    postings
}

/// Keeps the id and loses what was asked for. An application is in no book, so
/// this is law 1's to find and no other's.
pub(crate) fn lose_update(amount: i64) -> i64 {
    if LOSE_UPDATE.load(Ordering::SeqCst) && amount > 1 {
        amount - 1
    } else {
        amount
    }
}
