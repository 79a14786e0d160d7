//! What knowing a bearer costs: `cargo run --release -p auth --example lookup_speed`.
//!
//! With 256 accounts, the most that a token file may hold.

use std::fs::{self, Permissions};
use std::hint::black_box;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

const ACCOUNTS: usize = 256;
const ROUNDS: usize = 100_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("tokens.toml");
    let (mut text, mut tokens) = (String::new(), Vec::new());
    for account in 0..ACCOUNTS {
        let (token, sha256) = auth::mint()?;
        text += &format!("[[token]]\nname = \"a{account}\"\nrole = \"channel\"\nsha256 = \"{sha256}\"\n");
        tokens.push(token);
    }
    fs::write(&path, text)?;
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    let known = auth::Tokens::load(&path)?;

    let mut times: Vec<Duration> = tokens
        .iter()
        .cycle()
        .take(ROUNDS)
        .map(|token| {
            let began = Instant::now();
            black_box(known.principal(black_box(token)));
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    let at = |share: usize| times.get(ROUNDS * share / 100).copied().unwrap_or_default();
    writeln!(
        std::io::stdout(),
        "one of {ACCOUNTS} accounts: median {:.2?}  p99 {:.2?}",
        at(50),
        at(99)
    )?;
    Ok(())
}
