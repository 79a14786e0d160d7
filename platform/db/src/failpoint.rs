//! Planted bugs, compiled in by the feature `chaos` only, armed by name.
//!
//! They prove that the checks from outside can fail. Without the feature nothing
//! here does anything, and [`arm`] says so.

use rusqlite::Connection;

/// Answers callers before their commit; a kill in between loses what they saw.
pub const ACK_BEFORE_COMMIT: &str = "ack_before_commit";

/// Every commit fails, as it does on a disk that breaks.
pub const COMMIT_FAILS: &str = "commit_fails";

/// Databases opened from now on do not sync their commits.
pub const WEAK_SYNC: &str = "weak_sync";

/// Arms a failpoint for the rest of the process.
///
/// Gives `false` for an unknown name, and always when the feature is off.
pub fn arm(name: &str) -> bool {
    switches::arm(name)
}

/// Whether a failpoint is armed; constantly `false` when the feature is off.
pub(crate) fn armed(name: &str) -> bool {
    switches::armed(name)
}

/// Lets [`COMMIT_FAILS`] turn the connection's commits into rollbacks.
pub(crate) fn hook(conn: &Connection) {
    switches::hook(conn);
}

#[cfg(feature = "chaos")]
mod switches {
    use super::{ACK_BEFORE_COMMIT, COMMIT_FAILS, WEAK_SYNC};
    use rusqlite::Connection;
    use std::sync::atomic::{AtomicBool, Ordering};

    static SWITCHES: [(&str, AtomicBool); 3] = [
        (ACK_BEFORE_COMMIT, AtomicBool::new(false)),
        (COMMIT_FAILS, AtomicBool::new(false)),
        (WEAK_SYNC, AtomicBool::new(false)),
    ];

    pub(super) fn arm(name: &str) -> bool {
        let found = SWITCHES.iter().find(|(known, _)| *known == name);
        if let Some((_, switch)) = found {
            tracing::warn!(name, "failpoint armed");
            switch.store(true, Ordering::Relaxed);
        }
        found.is_some()
    }

    pub(super) fn armed(name: &str) -> bool {
        SWITCHES
            .iter()
            .any(|(known, switch)| *known == name && switch.load(Ordering::Relaxed))
    }

    pub(super) fn hook(conn: &Connection) {
        if let Err(error) = conn.commit_hook(Some(|| armed(COMMIT_FAILS))) {
            tracing::error!(%error, "the failpoint for commits could not be placed");
        }
    }
}

#[cfg(not(feature = "chaos"))]
mod switches {
    use rusqlite::Connection;

    pub(super) fn arm(_name: &str) -> bool {
        false
    }

    pub(super) fn armed(_name: &str) -> bool {
        false
    }

    pub(super) fn hook(_conn: &Connection) {}
}
