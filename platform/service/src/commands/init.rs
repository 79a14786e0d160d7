//! `financing init`: there is no default secret, so a new place gets its own.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context;
use auth::Role;
use base::exit;

use super::evidence;
use crate::cli::{because, stop};

/// Makes a key file and tokens in a new place; never overwrites.
#[derive(clap::Args)]
#[command(
    after_help = "Writes, with mode 0600:\n  vault.key     the keys that seal customer data; keep a copy apart\n  \
    evidence.key  the key that signs the evidence log\n  \
    tokens.toml   what the service checks tokens against: hashes only\n  \
    tokens.json   the tokens themselves; hand them out, then delete the file\n\n\
    and, for everybody:\n  evidence.pub  the evidence log's public key; hand it to whoever audits\n\nExample:\n  financing init etc"
)]
pub(crate) struct Args {
    /// Directory to write to; made if absent.
    dir: PathBuf,
}

/// Who gets a token at first.
const HOLDERS: &[(&str, Role)] = &[
    ("channel", Role::Channel),
    ("officer1", Role::Officer),
    ("officer2", Role::Officer),
    ("operator", Role::Operator),
    ("auditor", Role::Auditor),
    ("control-plane", Role::Plane),
];

const KEY: &str = "vault.key";
const HASHES: &str = "tokens.toml";
const CLEAR: &str = "tokens.json";

/// Writes the files, or none when one is there already.
pub(crate) fn run(args: &Args) -> anyhow::Result<u8> {
    let dir = &args.dir;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .with_context(|| format!("failed to make {}", dir.display()))?;
    for name in [KEY, evidence::KEY, evidence::PUBLIC, HASHES, CLEAR] {
        if dir.join(name).exists() {
            return Err(stop(
                exit::REFUSED,
                format!("{name} is there already, and is never overwritten"),
            ));
        }
    }
    vault::create_key_file(dir.join(KEY)).map_err(|error| because(exit::FAILED, "no key file", &error))?;
    let (private, public) = (dir.join(evidence::KEY), dir.join(evidence::PUBLIC));
    ::evidence::key_file::create(::evidence::FINANCING, &private, &public)
        .map_err(|error| because(exit::FAILED, "no evidence key", &error))?;
    let mut hashes = String::new();
    let mut clear = serde_json::Map::new();
    for (name, role) in HOLDERS {
        let (token, sha256) = auth::mint().context("no randomness from the operating system")?;
        hashes.push_str(&format!(
            "[[token]]\nname = \"{name}\"\nrole = \"{}\"\nsha256 = \"{sha256}\"\n\n",
            role.as_str()
        ));
        clear.insert((*name).to_owned(), token.into());
    }
    write(&dir.join(HASHES), &hashes)?;
    write(&dir.join(CLEAR), &serde_json::to_string_pretty(&clear)?)?;
    writeln!(
        io::stdout(),
        "wrote {KEY}, {}, {}, {HASHES} and {CLEAR} in {}",
        evidence::KEY,
        evidence::PUBLIC,
        dir.display()
    )?;
    Ok(exit::OK)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("failed to make {}", path.display()))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(())
}
