//! `backstop watch silence`

use base::exit;
use client::http::Request;
use client::watch::{NewSilence, Silence};

use super::reach::{Reach, key};
use super::span;
use crate::called;
use crate::ended::stop;

/// Silences alerts for a time, lists silences, or ends one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A silence keeps people from being paged; alerts go on, and are counted. It is on record, with who and why.

Exit codes: 0 done · 2 wrong usage · 5 nothing answers · 6 refused · 7 no clear answer

Example:
  backstop watch silence 'instance=\"10.0.0.7:7000\"' --for 2h --reason planned-maintenance \\
    --token-file etc/control/tokens.json
  backstop watch silence --list --token-file etc/control/tokens.json
  backstop watch silence --end sil_0190 --token-file etc/control/tokens.json")]
pub struct Args {
    /// What to silence, as in `alertname=\"DiskFull\"` or `instance=~\"10.*\"`; all have to match.
    #[arg(value_name = "MATCHER", required_unless_present_any = ["list", "end"])]
    matchers: Vec<String>,
    /// For how long, as in 30m or 2h.
    #[arg(long = "for", value_name = "SPAN", value_parser = span::seconds, required_unless_present_any = ["list", "end"])]
    seconds: Option<u32>,
    /// Why: a word of a-z, 0-9 and -.
    #[arg(long, value_name = "WORD", required_unless_present_any = ["list", "end"])]
    reason: Option<String>,
    /// List those that are not over.
    #[arg(long, conflicts_with_all = ["matchers", "seconds", "reason", "end"])]
    list: bool,
    /// End this one.
    #[arg(long, value_name = "ID", conflicts_with_all = ["matchers", "seconds", "reason"])]
    end: Option<String>,
    #[command(flatten)]
    reach: Reach,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Does it and prints what stands.
///
/// # Errors
/// When nothing answers, or it refuses.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    if args.list {
        let all = args.reach.send(&Request::silences()).await?;
        called::print(args.json, &all, || match all.silences.as_slice() {
            [] => "no silence 无静默".to_owned(),
            silences => silences.iter().map(line).collect::<Vec<_>>().join("\n"),
        })?;
        return Ok(exit::OK);
    }
    let silence = match (args.end, args.seconds, args.reason) {
        (Some(id), ..) => args.reach.send(&Request::expire_silence(&key(), &id)).await?,
        (None, Some(seconds), Some(reason)) => {
            let body = NewSilence {
                matchers: args.matchers,
                seconds,
                reason,
            };
            args.reach.send(&Request::silence(&key(), &body)).await?
        }
        _ => return Err(stop(exit::USAGE, "a silence needs --for and --reason")),
    };
    called::print(args.json, &silence, || line(&silence))?;
    Ok(exit::OK)
}

fn line(silence: &Silence) -> String {
    format!(
        "{} {} until {} by {}: {}",
        silence.id,
        silence.matchers.join(" "),
        called::when(silence.ends_at),
        silence.by,
        silence.reason
    )
}
