//! The one place of this crate that reads the environment.

use std::path::PathBuf;

/// Set by continuous integration: a skipped test is then a failure.
pub(crate) fn is_ci() -> bool {
    read("CI").is_some_and(|value| !value.is_empty() && value != "false" && value != "0")
}

/// The cargo that started this program, so that a toolchain override holds for what it starts.
pub(crate) fn cargo() -> String {
    read("CARGO").unwrap_or_else(|| "cargo".to_owned())
}

/// The folders of `PATH`.
pub(crate) fn path() -> Vec<PathBuf> {
    std::env::split_paths(&read("PATH").unwrap_or_default()).collect()
}

/// Names of the variables that `cargo run` sets about *this* package. Build scripts that watch them would see a
/// change between `cargo xtask test` and a bare `cargo test`, and compile their crate again each time.
pub(crate) fn about_this_package() -> impl Iterator<Item = String> {
    std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
}

fn read(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "xtask stands outside the product and cannot wait for base"
    )]
    std::env::var(name).ok()
}
