//! `backstop intake history`

use std::fmt::Write as _;

use base::exit;
use client::http::Request;
use client::operations::{IntakeHistory, IntakeMove};
use gate::Scope;

use super::reach::{Reach, Way, of_gate};
use super::said;
use crate::called;

/// Lists who closed and reopened intake, when and why.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The newest first. An instance tells the newest 200; the database itself up to 1000.

Exit codes: 0 listed · 2 wrong usage · 5 nothing answers · 6 refused · 7 no clear answer

Example:
  backstop intake history --url http://127.0.0.1:8080 --token-file etc/tokens.json
  backstop intake history --direct sqlite:financing.db --limit 5 --json")]
pub struct Args {
    #[command(flatten)]
    reach: Reach,
    /// At most so many.
    #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    limit: u16,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Asks and prints.
///
/// # Errors
/// When nothing answers, or it refuses.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let mut history = match args.reach.open().await? {
        Way::Service(instances) => {
            let asked = instances.send(&Request::intake_history()).await;
            instances.leave().await;
            asked?.body
        }
        Way::Direct(db) => {
            let moves = gate::history(&db, args.limit).await;
            db.close().await;
            let moves = moves.map_err(|error| of_gate(&error))?;
            IntakeHistory {
                moves: moves.into_iter().map(said::moved).collect(),
            }
        }
    };
    history.moves.truncate(usize::from(args.limit));
    called::print(args.json, &history, || lines(&history.moves))?;
    Ok(exit::OK)
}

fn lines(moves: &[IntakeMove]) -> String {
    if moves.is_empty() {
        return "intake was never closed / 从未关闭过".to_owned();
    }
    let mut text = String::new();
    for one in moves {
        let break_before = if text.is_empty() { "" } else { "\n" };
        let at = called::when(one.at);
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{break_before}{at}  {}  epoch {}  {}",
            one.state, one.epoch, one.actor
        );
        if one.scope != Scope::EVERYTHING {
            let _ = write!(text, "  {}", one.scope);
        }
        if let Some(incident) = &one.incident {
            let _ = write!(text, "  {incident}");
        }
        if one.terminated > 0 {
            let _ = write!(text, "  ended {}", one.terminated);
        }
        let _ = write!(text, "  {}", one.reason);
    }
    text
}
