//! `backstop runbook show`

use std::fmt::Write as _;

use base::exit;
use runbooks::Shown;
use saga::Header;
use serde_json::{Value, json};

use super::kept::{StoreArgs, refused};
use super::{progress, told};
use crate::called;

/// Runs that are listed: beyond a screen or two nobody reads on.
const LISTED: u32 = 50;

/// Shows a run with its journal, or lists the newest runs.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes: 0 shown · 1 its journal was changed by somebody else · 2 no such run or store · 5 the store cannot be used

Example:
  backstop runbook show
  backstop runbook show run_0199f0c1d2e3f405a6b7c8d9e0f10213 --json")]
pub struct Args {
    /// The run; without one the newest 50 are listed.
    #[arg(value_name = "RUN")]
    run: Option<String>,
    #[command(flatten)]
    store: StoreArgs,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Reads and prints.
///
/// # Errors
/// When there is no such run, or the store is gone.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let kept = args.store.open().await?;
    let told = match &args.run {
        Some(run) => {
            let shown = kept.show(run).await;
            shown.and_then(|shown| called::print(args.json, &object(&shown), || words(&shown)))
        }
        None => {
            let all = kept.engine().list(LISTED).await.map_err(|error| refused(&error));
            all.and_then(|all| called::print(args.json, &listed(&all), || lines(&all)))
        }
    };
    kept.close().await;
    told?;
    Ok(exit::OK)
}

fn object(shown: &Shown) -> Value {
    let mut object = told::standing(shown, None);
    let entries = shown.entries.iter();
    let entries: Vec<Value> = entries
        .map(|entry| json!({ "seq": entry.seq, "at": entry.at, "event": entry.event }))
        .collect();
    object["values"] = json!(shown.bound.values);
    object["journal"] = Value::from(entries);
    object
}

fn words(shown: &Shown) -> String {
    let steps: Vec<String> = shown
        .bound
        .plan
        .steps
        .iter()
        .map(|step| step.id.clone())
        .collect();
    let mut text = String::new();
    for entry in &shown.entries {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{}  {}",
            called::when(entry.at),
            progress::line(&entry.event, &steps)
        );
    }
    text + &told::words(shown, &told::standing(shown, None))
}

fn listed(all: &[Header]) -> Value {
    let each = all.iter().map(|header| {
        json!({
            "run": header.id, "page": page(header), "state": header.standing, "by": header.by, "begun_at": header.at,
        })
    });
    json!({ "runs": each.collect::<Vec<_>>() })
}

fn page(header: &Header) -> &str {
    header.kind.split_once(':').map_or("", |(_, page)| page)
}

fn lines(all: &[Header]) -> String {
    if all.is_empty() {
        return "no run / 没有运行记录".to_owned();
    }
    let each = all.iter().map(|header| {
        let (at, by) = (called::when(header.at), &header.by);
        format!("{at}  {}  {}  {}  {by}", header.id, page(header), header.standing)
    });
    each.collect::<Vec<_>>().join("\n")
}
