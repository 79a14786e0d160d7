//! `backstop evidence prove`

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base::exit;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use evidence::proof;
use evidence::tree::Hash;
use laws::log::{Anchor, Leaf, database};
use serde_json::json;

use super::inputs::{self, Place};
use crate::audit::unreadable;
use crate::ended::stop;

/// The first line of a proof, as <https://c2sp.org/tlog-proof> has it.
pub(super) const PROOF: &str = "c2sp.org/tlog-proof@v1";

/// Proves that a leaf is in a log, or that a log has only grown.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A proof of inclusion (--index, --id) is in the C2SP form and holds the checkpoint that it leads to; with the
leaf's body, `backstop evidence verify --proof` needs the public key and nothing else. A proof of consistency
(--from SIZE) is a JSON object with two checkpoints.

Exit codes: 0 proved · 1 something failed · 2 wrong usage · 4 no signed checkpoint covers it yet ·
5 the database can't be reached

Example:
  backstop evidence prove --log sqlite:financing.db --key etc/evidence.pub --index 41 --out close-41
  backstop evidence prove --log log.jsonl --anchors anchors.jsonl --key etc/evidence.pub --from 40")]
pub struct Args {
    /// A database, `sqlite:PATH` or `postgres://…`, or an exported log.
    #[arg(long, env = "BACKSTOP_DATABASE", value_name = "LOG", hide_env_values = true)]
    log: String,
    /// The log's public key, or its file.
    #[arg(long, value_name = "KEY")]
    key: String,
    /// File of checkpoints; those in a database are looked at, too.
    #[arg(long, value_name = "FILE")]
    anchors: Vec<PathBuf>,
    /// The leaf's index.
    #[arg(long, value_name = "N", required_unless_present_any = ["id", "from"])]
    index: Option<u64>,
    /// The leaf's id.
    #[arg(long, value_name = "ID", conflicts_with = "index")]
    id: Option<String>,
    /// Size of an earlier checkpoint.
    #[arg(long, value_name = "SIZE", conflicts_with_all = ["index", "id"])]
    from: Option<u64>,
    /// Write PREFIX.leaf and PREFIX.tlog-proof, or PREFIX.json, instead of printing.
    #[arg(long, value_name = "PREFIX")]
    out: Option<PathBuf>,
}

/// Proves; answers the exit code.
///
/// # Errors
/// When something can't be read, or nothing signed covers it.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let key = inputs::key(&args.key)?;
    let keys = [key.clone()];
    let place = Place::of(&args.log);
    let mut anchors = inputs::anchors(&args.anchors, &keys)?;
    if let Place::Database(url) = &place {
        let mut source = inputs::open(url).await?;
        let (kept, _) = database::checkpoints(&mut source, &keys)
            .await
            .map_err(unreadable)?;
        source.close().await;
        anchors.extend(kept);
    }
    let (mut hashes, mut wanted) = (Vec::new(), None);
    inputs::leaves(
        &place,
        Some(key.name()).filter(|_| matches!(place, Place::Database(_))),
        |leaf| {
            if leaf.index.is_some() {
                if args.is(leaf) {
                    wanted = Some((hashes.len(), leaf.body.clone()));
                }
                hashes.push(evidence::leaf_hash(leaf.body.as_bytes()));
            }
        },
    )
    .await?;
    anchors.retain(|anchor| anchor.origin == key.name() && anchor.head.size <= hashes.len() as u64);
    let newest = anchors.iter().max_by_key(|anchor| anchor.head.size);
    let uncovered = || stop(exit::NOT_TOUCHED, "no signed checkpoint covers it yet");
    let newest = newest.ok_or_else(uncovered)?;
    let size = usize::try_from(newest.head.size)?;
    if let Some(from) = args.from {
        return consistency(&args, &anchors, newest, &hashes[..size], from);
    }
    let (index, body) = wanted.ok_or_else(|| stop(exit::USAGE, "the log has no such leaf"))?;
    let path = proof::inclusion(index, &hashes[..size]).ok_or_else(uncovered)?;
    let text = format!("{PROOF}\nindex {index}\n{}\n{}", lines(&path), newest.note);
    match &args.out {
        Some(prefix) => {
            write(prefix, "leaf", body.as_bytes())?;
            write(prefix, "tlog-proof", text.as_bytes())?;
        }
        None => write!(std::io::stdout(), "{text}")?,
    }
    Ok(exit::OK)
}

impl Args {
    fn is(&self, leaf: &Leaf) -> bool {
        let id = || leaf.facts().map(|facts| facts.id.into_owned());
        match &self.id {
            Some(wanted) => id().as_ref() == Some(wanted),
            None => self.index.is_some() && leaf.index == self.index,
        }
    }
}

fn consistency(
    args: &Args,
    anchors: &[Anchor],
    newest: &Anchor,
    hashes: &[Hash],
    from: u64,
) -> anyhow::Result<u8> {
    let old = anchors.iter().find(|anchor| anchor.head.size == from);
    let old = old.ok_or_else(|| {
        stop(
            exit::NOT_TOUCHED,
            format!("no checkpoint of {from} leaves was given"),
        )
    })?;
    let path = proof::consistency(usize::try_from(from)?, hashes).unwrap_or_default();
    let path: Vec<String> = path.iter().map(|hash| BASE64.encode(hash)).collect();
    let text = json!({ "old": old.note, "new": newest.note, "proof": path }).to_string();
    match &args.out {
        Some(prefix) => write(prefix, "json", text.as_bytes())?,
        None => writeln!(std::io::stdout(), "{text}")?,
    }
    Ok(exit::OK)
}

fn lines(hashes: &[Hash]) -> String {
    hashes
        .iter()
        .map(|hash| format!("{}\n", BASE64.encode(hash)))
        .collect()
}

fn write(prefix: &Path, end: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let path = PathBuf::from(format!("{}.{end}", prefix.display()));
    fs::write(&path, bytes).with_context(|| format!("failed to write {}", path.display()))
}
