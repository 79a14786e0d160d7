//! `backstop init`: there is no default secret, so a new control plane gets its own.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;

use anyhow::Context as _;
use auth::Role;
use base::exit;
use evidence::key_file;

use super::{CLEAR, HASHES, KEY, PUBLIC};
use crate::ended::stop;

/// Makes the keys and tokens of a new control plane; never overwrites.
#[derive(Debug, clap::Args)]
#[command(after_help = "Writes, with mode 0600:\n  \
    evidence.key  the key that signs the control plane's evidence log\n  \
    tokens.toml   what tokens are checked against: hashes only\n  \
    tokens.json   the tokens themselves; hand them out, then delete the file\n\
    and, for everybody:\n  \
    evidence.pub  the evidence log's public key; hand it to whoever audits\n\n\
    Exit codes: 0 made · 1 failed · 6 a file is there already, nothing changed\n\n\
    Example:\n  backstop init etc/control")]
pub struct Args {
    /// Directory to write to; made if absent.
    dir: PathBuf,
}

/// Who gets a token at first.
const HOLDERS: &[(&str, Role)] = &[
    ("operator", Role::Operator),
    ("commander", Role::Commander),
    ("auditor", Role::Auditor),
    ("financing", Role::Plane),
    ("alertmanager", Role::Plane),
    ("gateway", Role::Plane),
    ("firewall", Role::Plane),
];

/// Writes the files, or nothing when one is there already.
///
/// # Errors
/// See the exit codes.
pub fn run(args: &Args) -> anyhow::Result<u8> {
    let dir = &args.dir;
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.with_context(|| format!("failed to make {}", dir.display()))?;
    for name in [KEY, PUBLIC, HASHES, CLEAR] {
        if dir.join(name).exists() {
            let text = format!("{name} is there already, and is never overwritten");
            return Err(stop(exit::REFUSED, text));
        }
    }
    key_file::create(evidence::CONTROL, &dir.join(KEY), &dir.join(PUBLIC)).context("no evidence key")?;
    auth::create_tokens(HOLDERS, &dir.join(HASHES), &dir.join(CLEAR)).context("no tokens")?;
    writeln!(
        std::io::stdout(),
        "wrote {KEY}, {PUBLIC}, {HASHES} and {CLEAR} in {}",
        dir.display()
    )?;
    Ok(exit::OK)
}
