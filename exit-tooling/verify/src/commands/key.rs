//! `backstop-verify key`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use certificate::signing::PrivateKey;

/// Where the pair goes.
#[derive(clap::Args)]
#[command(after_help = "\
Neither file is ever written over.

Exit codes: 0 drawn · 1 it failed · 2 wrong usage

Example:
  backstop-verify key --private exit.key --public exit.pub")]
pub(crate) struct Args {
    /// The key's name, which certificates show.
    #[arg(long, default_value = "backstop/exit")]
    name: String,
    /// The private key's file, which must be new.
    #[arg(long)]
    private: PathBuf,
    /// The public key's file, which must be new.
    #[arg(long)]
    public: PathBuf,
}

/// Draws a pair.
pub(crate) fn run(args: &Args) -> Result<u8> {
    let key = PrivateKey::create(&args.name, &args.private, &args.public)?;
    writeln!(std::io::stdout(), "{}", key.public())?;
    Ok(base::exit::OK)
}
