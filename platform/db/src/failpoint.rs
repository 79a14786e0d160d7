//! Planted bugs, compiled in by the feature `chaos` only, armed by name.

/// Arms a failpoint: `ack_before_commit`, `commit_fails` or `weak_sync`.
///
/// Gives `false` for an unknown name, and always when the feature is off.
pub fn arm(name: &str) -> bool {
    let _ = name;
    false
}
