//! The first tokens of a new place: hashes for the service, the tokens themselves for who gets them.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::mint::mint;
use crate::principal::Role;

/// Mints a token for each holder; writes their hashes to `hashes`, a [token file](crate::token_file),
/// and the tokens to `clear`, a JSON object by name. Both must be new, and only their owner reads them.
///
/// # Errors
/// A file exists or can't be written, or there is no randomness.
pub fn create_tokens(holders: &[(&str, Role)], hashes: &Path, clear: &Path) -> io::Result<()> {
    let mut lines = String::new();
    let mut tokens = serde_json::Map::new();
    for (name, role) in holders {
        let (token, sha256) = mint().map_err(io::Error::other)?;
        lines.push_str(&format!(
            "[[token]]\nname = \"{name}\"\nrole = \"{}\"\nsha256 = \"{sha256}\"\n\n",
            role.as_str()
        ));
        tokens.insert((*name).to_owned(), token.into());
    }
    write(hashes, &lines)?;
    write(clear, &serde_json::to_string_pretty(&tokens)?)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
