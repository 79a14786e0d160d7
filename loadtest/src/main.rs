//! Entry point.

use std::process::ExitCode;

fn main() -> ExitCode {
    loadtest::executable::main()
}
