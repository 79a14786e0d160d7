//! `backstop-verify certificate`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use base::exit;
use certificate::document::{MAX_BYTES, verify};
use certificate::signing::PublicKey;

use super::write;

/// What to verify.
#[derive(clap::Args)]
#[command(after_help = "\
Offline: it needs the file and the public key of who should have issued it.

Exit codes: 0 as it was signed · 1 it failed · 2 wrong usage · 3 altered, or another's

Example:
  backstop-verify certificate exit/certificate.html --public-key exit.pub")]
pub(crate) struct Args {
    /// The certificate: certificate.json or certificate.html.
    file: PathBuf,
    /// The public key of who should have issued it.
    #[arg(long)]
    public_key: PathBuf,
}

/// Says whether every byte is as it was signed.
pub(crate) fn run(args: &Args) -> Result<u8> {
    let key = PublicKey::load(&args.public_key)?;
    let bytes = write::read(&args.file, MAX_BYTES)?;
    match verify(&bytes, &key) {
        Ok(certificate) => {
            let rehearsal = if certificate.record.rehearsal {
                " (REHEARSAL 演练)"
            } else {
                ""
            };
            writeln!(
                std::io::stdout(),
                "valid 有效: {}{rehearsal}",
                certificate.record.exit_id
            )?;
            Ok(exit::OK)
        }
        Err(error) => {
            writeln!(std::io::stderr(), "backstop-verify: {error}")?;
            Ok(exit::LAW_BROKEN)
        }
    }
}
