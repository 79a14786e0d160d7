//! `financing vault status`

use std::io::Write;

use base::config::ProcessEnv;
use base::exit;
use serde_json::json;
use vault::Status;

use crate::commands::clock;
use crate::commands::keys::{self, KeysArgs};

/// Says how many keys there are, and how far rotations are.
#[derive(clap::Args)]
#[command(after_help = "Reads every row of the key store once.\n\n\
    Example:\n  financing vault status --keys etc --key-store sqlite:keys/keys.db")]
pub(crate) struct Args {
    #[command(flatten)]
    keys: KeysArgs,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Counts and prints.
pub(crate) async fn run(args: Args) -> anyhow::Result<u8> {
    let store = keys::open(&args.keys, "", clock::of(&ProcessEnv)).await?;
    let status = store.status().await.map_err(|error| keys::failed(&error))?;
    store.close().await;
    let mut out = std::io::stdout();
    if args.json {
        writeln!(out, "{}", as_json(&status))?;
        return Ok(exit::OK);
    }
    writeln!(out, "subjects: {}", status.subjects)?;
    writeln!(out, "keys destroyed: {}", status.destroyed)?;
    writeln!(out, "instances: {}", status.instances)?;
    for kek in &status.keks {
        writeln!(
            out,
            "{}: epoch {}, the file holds {:?}{}, {} subjects behind",
            kek.custodian.as_str(),
            kek.epoch,
            kek.held,
            match &kek.step {
                Some(step) => format!(", a rotation is at step {step}"),
                None if kek.rotating => ", a rotation is under way".to_owned(),
                None => String::new(),
            },
            kek.behind
        )?;
    }
    Ok(exit::OK)
}

/// The status as a program reads it.
pub(super) fn as_json(status: &Status) -> serde_json::Value {
    let keks: Vec<_> = status
        .keks
        .iter()
        .map(|kek| {
            json!({
                "custodian": kek.custodian.as_str(),
                "epoch": kek.epoch,
                "held": kek.held,
                "rotating": kek.rotating,
                "step": kek.step,
                "behind": kek.behind,
            })
        })
        .collect();
    json!({
        "subjects": status.subjects,
        "destroyed": status.destroyed,
        "instances": status.instances,
        "keks": keks,
    })
}
