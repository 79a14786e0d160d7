//! `backstop audit`: the laws against a database and the clients' journal. It
//! reads the database itself and never asks the service.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base::clock::Clock;
use base::exit;
use laws::closed::{Point, Scope, Snapshot, save, windows};
use laws::journal::record::{CLOSED, REOPEN};
use laws::journal::{Journal, Mark, append_mark};
use laws::leaks::{Sweep, Wanted};
use laws::log::{Plane, every_act_is_logged};
use laws::source::DatabaseError;
use laws::verdict::{Ruling, not_touched};
use laws::{Minimums, audit};
use serde_json::json;

use crate::ended::{judged, stop};
use crate::evidence::inputs;
use crate::{rulings, values};

/// Checks the laws against a database and the clients' journal.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The database may be running or stopped; all of it is read in one snapshot, and nothing is written.
Law 2 needs two snapshots for each time of closed intake: take one with --take closed once the close is
acknowledged, and one with --take reopen before the reopen; --epoch is the one that the close answered, --scope
what was closed. With --journal each is marked there, too, as an audit wants it.
Law 5 needs customers' values, each a line {\"subject\",\"kind\",\"value\"} of JSON and a last line {\"values\":N},
from a door that logs who asked, such as `financing vault draw`: they are piped in, kept in memory, and looked
for in every table and in the folders of --files.
Law 7 is judged when the evidence log's public key is given, and for the plane whose key comes first; anchors that were copied off the machine count most.

Exit codes: 0 every law asked for was touched and held · 2 wrong usage · 3 a law is broken ·
4 a law asked for was not touched · 5 the database can't be reached

Example:
  backstop audit --database sqlite:lending.db --journal journal.jsonl --law 1 --law 3
  backstop audit --database sqlite:lending.db --journal journal.jsonl --take closed --epoch 7 \
    --scope act=draw --snapshots snapshots
  backstop audit --database sqlite:lending.db --journal journal.jsonl --snapshots snapshots --json
  DOOR | backstop audit --database sqlite:lending.db --law 5 --values --files logs
  backstop audit --database sqlite:lending.db --law 7 \
    --evidence-key etc/evidence.pub --anchors anchors.jsonl")]
pub struct Args {
    /// `sqlite:PATH` or `postgres://…`.
    #[arg(long, env = "BACKSTOP_DATABASE", value_name = "URL", hide_env_values = true)]
    database: String,
    /// What the clients saw, as the load generator wrote it; laws 1 to 3 need it.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Folder of the snapshots from after a close and before its reopen.
    #[arg(long, value_name = "DIR")]
    snapshots: Option<PathBuf>,
    /// A law that must be touched and held; several may be given.
    #[arg(long = "law", value_name = "N", default_values_t = [1, 2, 3], value_parser = law)]
    laws: Vec<u8>,
    /// Law 5: read customers' values from standard input.
    #[arg(long)]
    values: bool,
    /// A folder to look through for them; several may be given.
    #[arg(long = "files", value_name = "DIR", requires = "values")]
    files: Vec<PathBuf>,
    /// The evidence log's public key, or its file; several may be given.
    #[arg(long, value_name = "KEY")]
    evidence_key: Vec<String>,
    /// File of the evidence log's checkpoints; several may be given.
    #[arg(long, value_name = "FILE", requires = "evidence_key")]
    anchors: Vec<PathBuf>,
    /// Only take a snapshot into --snapshots.
    #[arg(long, value_enum, requires = "snapshots", requires = "epoch")]
    take: Option<Take>,
    /// The intake gate's epoch that the close brought.
    #[arg(long, value_name = "N", requires = "take")]
    epoch: Option<i64>,
    /// Which new business was closed.
    #[arg(long, value_name = "SCOPE", default_value = "everything", requires = "take")]
    scope: Scope,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Which snapshot.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Take {
    /// After the close was acknowledged.
    Closed,
    /// Before the reopen is asked for.
    Reopen,
}

/// Audits, prints, and answers the exit code.
///
/// # Errors
/// When the journal, a snapshot or the database can't be read.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    if let (Some(take), Some(dir), Some(epoch)) = (args.take, &args.snapshots, args.epoch) {
        return snapshot(&args, take, (dir, epoch)).await;
    }
    let mut rulings = match &args.journal {
        Some(path) => against(&args, path).await?,
        None if args.laws.iter().all(|law| !(1..=3).contains(law)) => Vec::new(),
        None => {
            let text = "laws 1 to 3 need what the clients saw: --journal FILE, or other laws with --law N";
            return Err(stop(exit::USAGE, text));
        }
    };
    if args.values {
        rulings.push(clear(&args.database, &args.files).await?);
    } else if args.laws.contains(&5) {
        rulings.push(not_touched(
            5,
            "no customers' values were given: pipe them in, with --values",
        ));
    }
    if args.laws.contains(&7) || !args.evidence_key.is_empty() {
        let keys = inputs::keys(&args.evidence_key)?;
        let anchors = inputs::anchors(&args.anchors, &keys)?;
        let ruling = every_act_is_logged(Plane::of(&keys), &args.database, &keys, &anchors, 1).await;
        rulings.push(ruling.map_err(unreadable)?);
    }
    print(&rulings, args.json).context("failed to print")?;
    Ok(judged(&rulings, &args.laws))
}

/// Laws 1 to 3, with what the clients saw.
async fn against(args: &Args, path: &Path) -> anyhow::Result<Vec<Ruling>> {
    let journal =
        Journal::read(path).with_context(|| format!("failed to read the journal {}", path.display()))?;
    let windows = match &args.snapshots {
        Some(dir) => windows(dir, &journal).context("failed to read the snapshots")?,
        None => Vec::new(),
    };
    let rulings = audit(&args.database, &journal, &windows, Minimums::ANY);
    rulings.await.map_err(unreadable)
}

/// Law 5, with the values that are piped in.
async fn clear(database: &str, folders: &[PathBuf]) -> anyhow::Result<Ruling> {
    let given = values::read(std::io::stdin().lock())?;
    let subjects: Vec<&str> = given.subjects.iter().map(String::as_str).collect();
    let mut sweep = Sweep::new(&given.needles, &subjects, given.drawn)?;
    drop(given.needles);
    sweep
        .tables("the tables", database, true)
        .await
        .map_err(unreadable)?;
    for folder in folders {
        let name = folder.display().to_string();
        // Which folder ought to name a subject, nobody here knows.
        sweep
            .files(&name, folder, false)
            .context("failed to look for customer data")?;
    }
    Ok(sweep.ruling(Wanted { subjects: 1 }))
}

/// A law that an audit can check.
fn law(text: &str) -> Result<u8, String> {
    match text.parse() {
        Ok(law @ (1..=3 | 5 | 7)) => Ok(law),
        _ => Err("1, 2, 3, 5 or 7".to_owned()),
    }
}

async fn snapshot(args: &Args, take: Take, (dir, epoch): (&Path, i64)) -> anyhow::Result<u8> {
    let (point, mark) = match take {
        Take::Closed => (Point::Closed, CLOSED),
        Take::Reopen => (Point::Reopen, REOPEN),
    };
    std::fs::create_dir_all(dir).with_context(|| format!("failed to make {}", dir.display()))?;
    let clock = Clock::system();
    let before = clock.now_micros();
    let taken = Snapshot::take(&args.database, before).await.map_err(unreadable)?;
    save(dir, point, epoch, &taken).context("failed to keep the snapshot")?;
    if let Some(journal) = &args.journal {
        let mark = Mark {
            mark: mark.to_owned(),
            // A window lies around its snapshots.
            at: match point {
                Point::Closed => before,
                Point::Reopen => clock.now_micros(),
            },
            epoch: Some(epoch),
            scope: Some(args.scope.clone()),
        };
        append_mark(journal, &mark).context("failed to mark the journal")?;
    }
    writeln!(std::io::stdout(), "{} rows that bind the bank", taken.size())?;
    Ok(exit::OK)
}

/// Tells a wrong address from a database that doesn't answer.
pub(crate) fn unreadable(error: DatabaseError) -> anyhow::Error {
    let code = match error {
        DatabaseError::Url | DatabaseError::Missing(_) => exit::USAGE,
        DatabaseError::Connect(_) | DatabaseError::Slow => exit::UNREACHABLE,
        _ => exit::FAILED,
    };
    let cause = std::error::Error::source(&error)
        .map(|cause| format!(": {cause}"))
        .unwrap_or_default();
    stop(code, format!("failed to read the database: {error}{cause}"))
}

fn print(rulings: &[Ruling], as_json: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if as_json {
        writeln!(out, "{}", json!({ "laws": rulings }))
    } else {
        rulings::print(&mut out, rulings)
    }
}
