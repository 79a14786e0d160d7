//! `backstop-verify scan`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base::exit;
use certificate::record::{self, Record};
use certificate::verification::{Verdict, Verification};
use verify::ruling::ruling;
use verify::scan::{Where, scan};
use verify::witness::{self, Witness};

use super::{clock, write};

/// Where to look.
#[derive(clap::Args)]
#[command(after_help = "\
Give it every file that the data was ever in: databases, logs of changes, server logs, copies, backups.

Exit codes: 0 clean · 1 it failed · 2 wrong usage · 3 something remains, or something that law keeps is missing ·
4 it could not look everywhere

Example:
  backstop-verify scan --witness /media/usb/witness --secret /media/usb/witness.key --database sqlite:financing.db \\
    --key-store sqlite:keys/keys.db --files financing.db --files keys --files /var/log/financing \\
    --record exit/record.json --archive exit/archive.sealed --archive-key /media/usb/exit.key \\
    --out exit/verification.json --end")]
pub(crate) struct Args {
    /// The witness.
    #[arg(long)]
    witness: PathBuf,
    /// Its key's file.
    #[arg(long)]
    secret: PathBuf,
    /// The lending database's address.
    #[arg(long, env = "FINANCING_DATABASE")]
    database: String,
    /// The key store's address.
    #[arg(long, env = "FINANCING_KEY_STORE")]
    key_store: String,
    /// A file, or a folder with all that is in it; may be given several times.
    #[arg(long = "files", required = true)]
    files: Vec<PathBuf>,
    /// The exit's record. In its folder tokens of the customers may stay.
    #[arg(long)]
    record: PathBuf,
    /// The archive that the record names.
    #[arg(long, requires = "archive_key")]
    archive: Option<PathBuf>,
    /// The archive's key.
    #[arg(long, requires = "archive")]
    archive_key: Option<PathBuf>,
    /// Where to write the verification.
    #[arg(long)]
    out: PathBuf,
    /// Prints law 6's ruling as JSON.
    #[arg(long)]
    json: bool,
    /// Overwrites and removes witness and key afterwards, unless something remains.
    #[arg(long)]
    end: bool,
}

/// Looks, writes what was found, and says it.
pub(crate) async fn run(args: Args) -> Result<u8> {
    let witness = Witness::read(&args.witness, &args.secret)?;
    let record = Record::parse(&write::read(&args.record, record::MAX_BYTES)?)?;
    let papers = args
        .record
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let at = Where {
        database: args.database,
        key_store: args.key_store,
        files: args.files,
        papers: papers.unwrap_or(Path::new(".")).to_owned(),
        archive: args.archive.zip(args.archive_key),
    };
    let found = scan(&at, &witness, &record, &clock::of()).await?;
    let json = serde_json::to_vec_pretty(&found).context("failed to write the verification")?;
    write::file(&args.out, &json)?;
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&ruling(&found))?)?;
    } else {
        say(&mut out, &found)?;
    }
    if args.end && found.verdict == Verdict::Clean {
        witness::destroy(&args.witness, &args.secret)?;
    }
    Ok(match found.verdict {
        Verdict::Clean => exit::OK,
        Verdict::Remains => exit::LAW_BROKEN,
        Verdict::NotLooked => exit::NOT_TOUCHED,
    })
}

fn say(out: &mut impl Write, found: &Verification) -> Result<()> {
    let verdict = match found.verdict {
        Verdict::Clean => "clean 已清除",
        Verdict::Remains => "remains 有留存",
        Verdict::NotLooked => "not looked everywhere 未能全部检索",
    };
    let looked = &found.looked;
    writeln!(
        out,
        "{verdict}: {} tables 表, {} rows 记录, {} files 文件, {} bytes 字节",
        looked.tables, looked.rows, looked.files, looked.bytes
    )?;
    for hit in &found.hits {
        writeln!(
            out,
            "  {}: {} ({}) × {}",
            hit.place, hit.kind, hit.encoding, hit.times
        )?;
    }
    for finding in &found.findings {
        writeln!(out, "  {}: {}: {}", finding.what, finding.subject, finding.detail)?;
    }
    for place in &found.not_looked {
        writeln!(out, "  not looked into 未检索: {place}")?;
    }
    Ok(())
}
