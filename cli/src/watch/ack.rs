//! `backstop watch ack`

use base::exit;
use client::http::Request;
use client::watch::NewAck;

use super::reach::{Reach, key};
use super::span;
use crate::called;

/// Says that somebody works on an alert, so that nobody else is woken.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The alert itself goes on. Once the time is over, an alert that still fires escalates as if nobody had answered.

Exit codes: 0 done · 2 wrong usage · 5 nothing answers · 6 refused, as there is no such alert · 7 no clear answer

Example:
  backstop watch ack 5d41402abc4b2a76 --for 30m --token-file etc/control/tokens.json")]
pub struct Args {
    /// The alert, as `watch alerts` and each page name it.
    fingerprint: String,
    /// For how long, as in 30m or 2h.
    #[arg(long = "for", value_name = "SPAN", default_value = "1h", value_parser = span::seconds)]
    seconds: u32,
    #[command(flatten)]
    reach: Reach,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Does it and prints until when.
///
/// # Errors
/// When nothing answers, or it refuses.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let body = NewAck {
        fingerprint: args.fingerprint,
        seconds: args.seconds,
    };
    let ack = args.reach.send(&Request::acknowledge(&key(), &body)).await?;
    called::print(args.json, &ack, || {
        format!(
            "{} acknowledged until {}",
            ack.fingerprint,
            called::when(ack.until)
        )
    })?;
    Ok(exit::OK)
}
