//! `backstop evidence show`

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base::exit;
use laws::log::Leaf;
use serde_json::{Value, json};

use super::inputs::{self, Place};

/// Lists leaves, or exports a log to a file.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
An export holds the leaves' bodies in order, one a line: leaf N is line N + 1. Leaves that wait for an index
are listed with a dash, and are not exported.

Exit codes: 0 shown · 1 something failed · 2 wrong usage, or no such file · 5 the database can't be reached

Example:
  backstop evidence show --log sqlite:financing.db --last 50
  backstop evidence show --log sqlite:financing.db --act intake.close --json
  backstop evidence show --log postgres://auditor@db/financing --export financing-log.jsonl")]
pub struct Args {
    /// A database, `sqlite:PATH` or `postgres://…`, or an exported log.
    #[arg(long, env = "BACKSTOP_DATABASE", value_name = "LOG", hide_env_values = true)]
    log: String,
    /// The log's name, where a database holds several.
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
    /// Only this act, as in `intake.close`.
    #[arg(long, value_name = "ACT")]
    act: Option<String>,
    /// Only what this account did.
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Only the newest so many.
    #[arg(long, value_name = "N", default_value_t = 20)]
    last: usize,
    /// Write all leaves that have an index to a new file.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["act", "actor", "json"])]
    export: Option<PathBuf>,
    /// Print one JSON object a leaf.
    #[arg(long)]
    json: bool,
}

/// Shows; answers the exit code.
///
/// # Errors
/// When the log can't be read, or the file can't be written.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let place = Place::of(&args.log);
    if let Some(file) = &args.export {
        return export(&place, args.origin.as_deref(), file).await;
    }
    let mut shown: VecDeque<Leaf> = VecDeque::new();
    inputs::leaves(&place, args.origin.as_deref(), |leaf| {
        if args.wants(leaf) {
            shown.push_back(leaf.clone());
            if shown.len() > args.last {
                shown.pop_front();
            }
        }
    })
    .await?;
    let mut out = std::io::stdout().lock();
    for leaf in &shown {
        if args.json {
            let body: Value = serde_json::from_str(&leaf.body).unwrap_or_else(|_| leaf.body.as_str().into());
            writeln!(out, "{}", json!({ "index": leaf.index, "leaf": body }))?;
        } else {
            writeln!(out, "{}", line(leaf))?;
        }
    }
    Ok(exit::OK)
}

impl Args {
    fn wants(&self, leaf: &Leaf) -> bool {
        let facts = leaf.facts();
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        is(&self.act, facts.as_ref().map(|facts| &*facts.act))
            && is(&self.actor, facts.as_ref().map(|facts| &*facts.actor))
    }
}

/// Index, time, act, actor, subject.
fn line(leaf: &Leaf) -> String {
    let index = leaf
        .index
        .map_or_else(|| "-".to_owned(), |index| index.to_string());
    let Some(facts) = leaf.facts() else {
        return format!("{index:>8}  no leaf's body");
    };
    let at = jiff::Timestamp::from_microsecond(facts.at)
        .map_or_else(|_| facts.at.to_string(), |at| at.to_string());
    format!(
        "{index:>8}  {at:<27}  {:<20}  {:<16}  {}",
        facts.act, facts.actor, facts.subject
    )
}

async fn export(place: &Place, origin: Option<&str>, file: &Path) -> anyhow::Result<u8> {
    let failed = || format!("failed to write {}", file.display());
    // A log that was exported before may be the one that shows a later change.
    let out = File::create_new(file).with_context(failed)?;
    let mut out = BufWriter::new(out);
    let (mut written, mut trouble) = (0_u64, Ok(()));
    inputs::leaves(place, origin, |leaf| {
        if leaf.index.is_some() && trouble.is_ok() {
            trouble = writeln!(out, "{}", leaf.body);
            written += 1;
        }
    })
    .await?;
    trouble.with_context(failed)?;
    let out = out.into_inner().context("failed to write the last lines")?;
    out.sync_all().with_context(failed)?;
    writeln!(std::io::stdout(), "{written} leaves in {}", file.display())?;
    Ok(exit::OK)
}
