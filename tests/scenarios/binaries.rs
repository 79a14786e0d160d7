//! Where the executables are. No test builds anything: `cargo xtask test`
//! does, before it runs them.

use std::path::PathBuf;

use base::config::{Env, ProcessEnv};

/// An executable as it ships: in `BACKSTOP_BIN_DIR`, or beside the tests.
#[track_caller]
pub(crate) fn shipped(name: &str) -> PathBuf {
    let path = match ProcessEnv.get("BACKSTOP_BIN_DIR") {
        Some(dir) => PathBuf::from(dir).join(name),
        None => beside().join(name),
    };
    assert!(
        path.is_file(),
        "{} is not built: cargo build -p service -p sources -p loadtest -p cli",
        path.display()
    );
    path
}

/// `financing` with its planted bugs, if there is such a build.
pub(crate) fn with_bugs() -> Option<PathBuf> {
    let path = match ProcessEnv.get("BACKSTOP_CHAOS_BIN") {
        Some(path) => PathBuf::from(path),
        None => beside().parent()?.join("chaos/financing"),
    };
    path.is_file().then_some(path)
}

/// A folder of this name that is kept from run to run, beside what cargo builds.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let mut path = beside();
    path.pop();
    path.join(name)
}

/// The profile's folder: the test executable is in its `deps`.
fn beside() -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path
}
