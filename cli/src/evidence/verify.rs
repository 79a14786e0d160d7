//! `backstop evidence verify`

use std::io::Write as _;
use std::path::PathBuf;

use base::exit;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use laws::log::{Anchor, Checker, Key, Verified, database, export};
use laws::verdict::Finding;
use serde::Serialize;
use serde_json::json;

use super::inputs::{self, Place};
use super::proofs::{self, Shown};
use crate::audit::unreadable;
use crate::ended::stop;

/// Finds every edit, deletion, insertion, reordering and truncation behind an anchor.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Everything is read from the logs, the keys and the anchors that are given; no service is asked. Several logs
are verified at once, and the checkpoints that one database keeps of another's log count as anchors of that log.
What was added after the last checkpoint is protected by nothing yet: it is counted, and found in no fault.

Exit codes: 0 verified · 1 something failed · 2 wrong usage · 3 a log was changed, or a proof does not hold ·
4 no signed checkpoint says anything about a log · 5 the database can't be reached

Example:
  backstop evidence verify --log sqlite:financing.db --key etc/evidence.pub --anchors anchors.jsonl
  backstop evidence verify --log financing.jsonl --log control.jsonl --key financing.pub --key control.pub \\
    --anchors copied-off-the-machine.jsonl --json
  backstop evidence verify --key etc/evidence.pub --proof close-41.tlog-proof --leaf close-41.leaf")]
pub struct Args {
    /// A database, `sqlite:PATH` or `postgres://…`, or an exported log; several may be given.
    #[arg(long, env = "BACKSTOP_DATABASE", value_name = "LOG", hide_env_values = true,
        required_unless_present_any = ["proof", "consistency"])]
    log: Vec<String>,
    /// A log's public key, or its file; several may be given.
    #[arg(long, value_name = "KEY", required = true)]
    key: Vec<String>,
    /// File of checkpoints, such as one that was copied off the machine; several may be given.
    #[arg(long, value_name = "FILE")]
    anchors: Vec<PathBuf>,
    /// A proof that a leaf is in a log.
    #[arg(long, value_name = "FILE", requires = "leaf", conflicts_with_all = ["log", "consistency"])]
    proof: Option<PathBuf>,
    /// The body of the leaf that the proof is about.
    #[arg(long, value_name = "FILE", requires = "proof")]
    leaf: Option<PathBuf>,
    /// A proof that a log has only grown.
    #[arg(long, value_name = "FILE", conflicts_with = "log")]
    consistency: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What was found out about one log.
#[derive(Debug, Serialize)]
struct Report {
    log: String,
    found_in: String,
    leaves: u64,
    anchored: u64,
    waiting_for_an_index: u64,
    root: String,
    findings: Vec<Finding>,
    findings_total: u64,
}

/// Verifies; answers the exit code.
///
/// # Errors
/// When something can't be read.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let keys = inputs::keys(&args.key)?;
    if let (Some(proof), Some(leaf)) = (&args.proof, &args.leaf) {
        return said(&args, proofs::inclusion(proof, leaf, &keys)?);
    }
    if let Some(file) = &args.consistency {
        return said(&args, proofs::consistency(file, &keys)?);
    }
    let reports = logs(&args, &keys).await?;
    print(&args, &reports)?;
    let unknown = |report: &Report| report.anchored == 0 || !keys.iter().any(|key| key.name() == report.log);
    Ok(if reports.iter().any(|report| report.findings_total > 0) {
        exit::LAW_BROKEN
    } else if reports.is_empty() || reports.iter().any(unknown) {
        exit::NOT_TOUCHED
    } else {
        exit::OK
    })
}

async fn logs(args: &Args, keys: &[Key]) -> anyhow::Result<Vec<Report>> {
    let places: Vec<Place> = args.log.iter().map(|log| Place::of(log)).collect();
    let outside = inputs::anchors(&args.anchors, keys)?;
    let mut anchors = outside.clone();
    let mut forged = vec![0; places.len()];
    // First what every database remembers of every log, then the logs.
    for (place, forged) in places.iter().zip(&mut forged) {
        if let Place::Database(url) = place {
            let mut source = inputs::open(url).await?;
            let (kept, unsigned) = database::checkpoints(&mut source, keys)
                .await
                .map_err(unreadable)?;
            source.close().await;
            anchors.extend(kept);
            *forged = unsigned;
        }
    }
    let mut reports = Vec::new();
    for (place, forged) in places.iter().zip(forged) {
        match place {
            Place::File(path) => {
                let verified = export::verify(path, &anchors).map_err(|error| {
                    stop(
                        exit::USAGE,
                        format!("failed to read the log {}: {error}", path.display()),
                    )
                })?;
                reports.extend(verified.map(|verified| report(place, verified, 0)));
            }
            Place::Database(url) => reports.extend(in_database(place, url, &anchors, forged).await?),
        }
    }
    reports.extend(missing(keys, &outside, &reports));
    Ok(reports)
}

async fn in_database(
    place: &Place,
    url: &str,
    anchors: &[Anchor],
    forged: u64,
) -> anyhow::Result<Vec<Report>> {
    let mut source = inputs::open(url).await?;
    let mut reports = Vec::new();
    for origin in database::logs(&mut source).await.map_err(unreadable)? {
        let mut checker = Checker::new(&origin, anchors);
        if forged > 0 && reports.is_empty() {
            let detail = format!("{forged} checkpoints in the database are not signed by their log's key");
            checker.against("checkpoint-forged", origin.as_str(), detail);
        }
        let waiting = database::check(&mut source, &origin, &mut checker, |_| {})
            .await
            .map_err(unreadable)?;
        reports.push(report(place, checker.finish(), waiting));
    }
    source.close().await;
    Ok(reports)
}

/// Logs that were anchored outside and are nowhere among those that were given.
fn missing(keys: &[Key], outside: &[Anchor], reports: &[Report]) -> Vec<Report> {
    let gone = keys
        .iter()
        .filter(|key| !reports.iter().any(|report| report.log == key.name()));
    gone.filter(|key| outside.iter().any(|anchor| anchor.origin == key.name()))
        .map(|key| {
            let nowhere = Place::File("none of the given logs".into());
            report(&nowhere, Checker::new(key.name(), outside).finish(), 0)
        })
        .collect()
}

fn report(place: &Place, verified: Verified, waiting: u64) -> Report {
    let ruling = verified.tally.ruling(7, None);
    Report {
        log: verified.origin,
        found_in: place.name(),
        leaves: verified.leaves,
        anchored: verified.anchored,
        waiting_for_an_index: waiting,
        root: BASE64.encode(verified.root),
        findings: ruling.findings,
        findings_total: ruling.findings_total,
    }
}

fn print(args: &Args, reports: &[Report]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", json!({ "logs": reports }))?;
        return Ok(());
    }
    for report in reports {
        let verdict = match (report.findings_total, report.anchored) {
            (1.., _) => "CHANGED",
            (0, 0) => "not anchored",
            (0, _) => "verified",
        };
        writeln!(
            out,
            "{}  {verdict}: {} leaves, {} of them under a checkpoint, {} wait for an index ({})",
            report.log, report.leaves, report.anchored, report.waiting_for_an_index, report.found_in
        )?;
        for finding in &report.findings {
            writeln!(out, "  {}: {}: {}", finding.what, finding.subject, finding.detail)?;
        }
        let listed = report.findings.len() as u64;
        if report.findings_total > listed {
            writeln!(out, "  and {} more", report.findings_total - listed)?;
        }
    }
    if reports.is_empty() {
        writeln!(out, "no log was found")?;
    }
    Ok(())
}

fn said(args: &Args, shown: Shown) -> anyhow::Result<u8> {
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", json!({ "holds": shown.holds, "what": shown.what }))?;
    } else {
        writeln!(
            out,
            "{}: {}",
            if shown.holds { "holds" } else { "DOES NOT HOLD" },
            shown.what
        )?;
    }
    Ok(if shown.holds { exit::OK } else { exit::LAW_BROKEN })
}
