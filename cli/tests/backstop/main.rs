//! The executable, as a person at a terminal meets it.

#[cfg(test)]
mod audit;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod orphans;
#[cfg(test)]
mod runbooks;
#[cfg(test)]
mod tether;
#[cfg(test)]
mod watching;

/// The executable under test, and a way to run it.
#[cfg(test)]
mod run {
    use std::process::{Command, Output};

    pub(crate) const BACKSTOP: &str = env!("CARGO_BIN_EXE_backstop");

    pub(crate) fn backstop(args: &[&str]) -> Output {
        Command::new(BACKSTOP).args(args).output().unwrap()
    }

    pub(crate) fn stderr(output: &Output) -> String {
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    pub(crate) fn stdout(output: &Output) -> String {
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}
