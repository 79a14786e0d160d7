//! `backstop watch test-receiver`

use base::exit;
use client::http::Request;
use client::watch;

use super::reach::{Reach, key};
use crate::called;

/// Sends a test page to a receiver.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The page says that it is a test. That it was taken means that the receiver said so, not that somebody read it.

Exit codes: 0 taken · 1 not taken · 2 wrong usage · 5 the control plane does not answer · 6 refused · 7 no clear answer

Example:
  backstop watch test-receiver on-call --token-file etc/control/tokens.json")]
pub struct Args {
    /// Its name in the configuration.
    receiver: String,
    #[command(flatten)]
    reach: Reach,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Sends it and prints what came of it.
///
/// # Errors
/// When nothing answers, or it refuses.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let body = watch::TestReceiver {
        receiver: args.receiver,
    };
    let tested = args.reach.send(&Request::test_receiver(&key(), &body)).await?;
    called::print(args.json, &tested, || {
        let outcome = match (&tested.error, tested.delivered) {
            (_, true) => "taken 已送达".to_owned(),
            (Some(error), false) => format!("not taken 未送达: {error}"),
            (None, false) => "not taken 未送达".to_owned(),
        };
        format!("{}: {outcome}", tested.receiver)
    })?;
    Ok(if tested.delivered { exit::OK } else { exit::FAILED })
}
