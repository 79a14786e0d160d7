//! `backstop intake install draft`

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use base::exit;

use super::place::{Database, on};
use crate::ended::stop;

/// Writes a description of a live schema, in which everything has still to be decided.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
It reads the catalog and changes nothing. Every insert is in it, and every value of a column that is an enum, that a
CHECK limits to a list, or that is called state or status. What a schema does not tell, as limits that may be raised,
a person adds.

Exit codes: 0 written · 2 wrong usage · 5 nothing answers · 6 refused: no such schema

Example:
  backstop intake install draft --direct postgres://dba@db.bank.example/core --schema lending --out lending.toml")]
pub struct Args {
    #[command(flatten)]
    database: Database,
    /// The schema.
    #[arg(long, value_name = "NAME")]
    schema: String,
    /// A new file for it; without this it is printed.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Reads and writes.
///
/// # Errors
/// When nothing answers, there is no such schema, or the file is there already.
pub(super) async fn run(args: Args) -> anyhow::Result<u8> {
    let text = on(&args.database, async |db| adopt::draft(db, &args.schema).await).await?;
    let Some(out) = args.out else {
        std::io::stdout().write_all(text.as_bytes())?;
        return Ok(exit::OK);
    };
    let file = OpenOptions::new().write(true).create_new(true).open(&out);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| stop(exit::USAGE, format!("--out {}: {error}", out.display())))?;
    let open = text.matches("\n[[decide]]").count();
    writeln!(
        std::io::stdout(),
        "{}: {open} changes to be decided / {open} 项变更待定",
        out.display()
    )?;
    Ok(exit::OK)
}
