//! Fits the population's parameters from the UCI set "Polish Companies
//! Bankruptcy", first year (doi 10.24432/C5F600, CC BY 4.0), and writes them to
//! standard output. The same file always gives the same text.
//!
//! ```text
//! cargo run -p population --example fit -- PATH/polish_1year.arff > platform/population/data/ratios.json
//! ```

mod arff;
mod fit;
mod render;
mod repair;

use std::io::Write;
use std::process::ExitCode;

use sha2::{Digest, Sha256};

/// The file that the shipped parameters were fitted from; another is refused.
const SHA256: &str = "9f5e6b816e3d5fbc00037725d57e91619864c3e473e452eb4db6d8bda610bdc6";

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        return refuse("usage: fit PATH/polish_1year.arff > ratios.json");
    };
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) => return refuse(&format!("{}: {error}", path.display())),
    };
    let found: String = Sha256::digest(&bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    if found != SHA256 {
        return refuse(&format!("{}: SHA-256 is {found}, not {SHA256}", path.display()));
    }
    let table = match arff::parse(&String::from_utf8_lossy(&bytes)) {
        Ok(table) => table,
        Err(error) => return refuse(&format!("{}: {error}", path.display())),
    };
    let text = render::json(&fit::fit(&table, &found));
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&error.to_string()),
    }
}

fn refuse(why: &str) -> ExitCode {
    // Nothing is left to tell it to when standard error is closed too.
    drop(writeln!(std::io::stderr(), "{why}"));
    ExitCode::FAILURE
}
