//! A planted bug that law 7 must find. Only in builds with feature `chaos`, and only
//! when armed.

use std::sync::atomic::{AtomicBool, Ordering};

static UNLOGGED_ACT: AtomicBool = AtomicBool::new(false);

/// Arms the bug by its name; false if this crate has none of that name.
#[must_use]
pub fn arm(name: &str) -> bool {
    let known = name == "unlogged_act";
    if known {
        UNLOGGED_ACT.store(true, Ordering::SeqCst);
    }
    known
}

/// Whether what people order is done, and the log does not know it.
pub(crate) fn unlogged_act() -> bool {
    UNLOGGED_ACT.load(Ordering::SeqCst)
}
