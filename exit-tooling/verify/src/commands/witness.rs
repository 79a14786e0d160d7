//! `backstop-verify witness`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use certificate::key_file::Key;
use rand::{TryRngCore, rngs::OsRng};
use verify::gather::{Where, gather};
use verify::tokens;

use super::clock;

/// What to note of whom.
#[derive(clap::Args)]
#[command(after_help = "\
Made before the exit, of everybody who leaves; sealed under a key of its own. Changes no row.

Exit codes: 0 noted · 1 it failed · 2 wrong usage

Example:
  backstop-verify witness --database sqlite:financing.db --key-store sqlite:keys/keys.db --keys etc \\
    --firm frm_0190f2c3d4e5f7000800000000000000 --out /media/usb/witness --secret /media/usb/witness.key")]
pub(crate) struct Args {
    /// The lending database's address.
    #[arg(long, env = "FINANCING_DATABASE")]
    database: String,
    /// The key store's address.
    #[arg(long, env = "FINANCING_KEY_STORE")]
    key_store: String,
    /// The folder with the custodians' KEK files.
    #[arg(long, env = "FINANCING_KEYS")]
    keys: PathBuf,
    /// A customer's id; may be given several times.
    #[arg(long = "firm", required = true)]
    firms: Vec<String>,
    /// The witness' file, which must be new.
    #[arg(long)]
    out: PathBuf,
    /// The file for its key, which must be new.
    #[arg(long)]
    secret: PathBuf,
}

/// Makes the witness.
pub(crate) async fn run(args: Args) -> Result<u8> {
    let mut firms = args.firms;
    for (place, firm) in firms.iter().enumerate() {
        let good = firm.starts_with("frm_") && tokens::uuid(firm).is_some();
        ensure!(
            good,
            "customer {} is no id of the form frm_ and 32 hexadecimal digits",
            place + 1
        );
    }
    firms.sort_unstable();
    firms.dedup();
    let mut salt = Key::default();
    OsRng.try_fill_bytes(salt.as_mut_slice())?;
    let at = Where {
        database: args.database,
        key_store: args.key_store,
        keys: args.keys,
    };
    let witness = gather(&at, firms, &clock::of(), &salt).await?;
    witness.write(&args.out, &args.secret)?;
    let rows: usize = witness.rows.values().map(|rows| rows.len()).sum();
    let values: usize = witness.texts.values().map(Vec::len).sum();
    writeln!(
        std::io::stdout(),
        "witness 取证: {} customers 客户, {rows} rows 记录, {values} values 值, {} tokens 标识号, {} postings 分录行",
        witness.firms.len(),
        witness.tokens.len(),
        witness.ledger.postings.len()
    )?;
    Ok(base::exit::OK)
}
