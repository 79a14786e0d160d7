//! `backstop-verify certify`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use base::exit;
use certificate::document::{CertificateError, Signed};
use certificate::page::page;
use certificate::record::{self, Record};
use certificate::signing::PrivateKey;
use certificate::verification::{self, Verification};

use super::{clock, write};

/// What to certify.
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 signed · 1 it failed · 2 wrong usage · 6 refused: the verification is not clean, or of another exit

Example:
  backstop-verify certify --record exit/record.json --verification exit/verification.json --signing-key exit.key \\
    --out exit/certificate.json")]
pub(crate) struct Args {
    /// The exit's record.
    #[arg(long)]
    record: PathBuf,
    /// What the scan wrote.
    #[arg(long)]
    verification: PathBuf,
    /// The private key that signs.
    #[arg(long)]
    signing_key: PathBuf,
    /// The certificate, a name that ends in .json; the page lies beside it.
    #[arg(long)]
    out: PathBuf,
}

/// Signs; a verification that is not clean is refused.
pub(crate) fn run(args: &Args) -> Result<u8> {
    let json = args.out.extension().is_some_and(|end| end == "json");
    ensure!(
        json,
        "--out must end in .json: the page for people is written beside it, with .html"
    );
    let record = Record::parse(&write::read(&args.record, record::MAX_BYTES)?)?;
    let found = Verification::parse(&write::read(&args.verification, verification::MAX_BYTES)?)?;
    let key = PrivateKey::load(&args.signing_key)?;
    let signed = match Signed::issue(record, found, clock::of().now_micros(), &key) {
        Err(error @ (CertificateError::NotClean | CertificateError::OtherRecord)) => {
            writeln!(std::io::stderr(), "backstop-verify: {error}")?;
            return Ok(exit::REFUSED);
        }
        signed => signed?,
    };
    write::file(&args.out, &signed.json()?)?;
    write::file(&args.out.with_extension("html"), page(&signed)?.as_bytes())?;
    writeln!(std::io::stdout(), "certified 已签发: {}", args.out.display())?;
    Ok(exit::OK)
}
