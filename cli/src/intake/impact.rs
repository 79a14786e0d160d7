//! `backstop intake impact`

use std::fmt::Write as _;

use base::exit;
use client::http::Request;
use client::operations::{Impact, ImpactGroup};
use gate::Scope;

use super::reach::{Reach, Way, of_gate};
use super::said;
use super::scope::ScopeArg;
use crate::called;

/// Lists what a closing touches, and what becomes of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Before a closing it says what will wait, while intake is closed what does: applications under way, contracts
that are signed and not drawn, draws, and instalments that are due. Amounts are in yuan; ids name the customers.

Exit codes: 0 listed · 2 wrong usage · 5 nothing answers · 6 refused · 7 no clear answer

Example:
  backstop intake impact --url http://127.0.0.1:8080 --token-file etc/tokens.json
  backstop intake impact --scope act=draw,region=330100 --direct sqlite:financing.db
  backstop intake impact --direct sqlite:financing.db --limit 3 --json")]
pub struct Args {
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    scope: ScopeArg,
    /// At most so many of each group by name; all are counted.
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=200))]
    limit: u16,
    /// Print one JSON object; amounts in fen.
    #[arg(long)]
    json: bool,
}

/// Asks and prints.
///
/// # Errors
/// When nothing answers, or it refuses.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let mut impact = match args.reach.open().await? {
        Way::Service(instances) => {
            let asked = instances
                .send(&Request::intake_impact(args.scope.name().as_deref()))
                .await;
            instances.leave().await;
            asked?.body
        }
        Way::Direct(db) => {
            let impact = gate::impact(&db, &args.scope.scope, args.limit).await;
            db.close().await;
            let (status, groups) = impact.map_err(|error| of_gate(&error))?;
            said::impact(&args.scope.scope, &status, &groups)?
        }
    };
    for group in &mut impact.groups {
        group.items.truncate(usize::from(args.limit));
    }
    called::print(args.json, &impact, || lines(&impact))?;
    Ok(exit::OK)
}

fn lines(impact: &Impact) -> String {
    let scope = match impact.scope.as_str() {
        Scope::EVERYTHING => String::new(),
        scope => format!(" ({scope})"),
    };
    let mut text = format!("intake{scope} is {} (epoch {})", impact.state, impact.epoch);
    for group in &impact.groups {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n{} {}: {}, {} yuan: {}",
            group.what,
            group.state,
            group.count,
            yuan(group.amount),
            fate(group)
        );
        for item in &group.items {
            let _ = write!(text, "\n  {}  {}  {}", item.id, item.firm_id, yuan(item.amount));
        }
    }
    if impact.groups.is_empty() {
        text.push_str("\nnothing is under way / 无在途业务");
    }
    text
}

fn fate(group: &ImpactGroup) -> &'static str {
    match (group.what.as_str(), group.fate.as_str()) {
        ("contracts", "waits") => "draws wait until intake is open / 提款暂停，恢复后办理",
        (_, "waits") => "the next step that binds the bank waits / 下一步暂停，恢复后办理",
        (_, "parked") => "kept, and sent once intake is open / 已保留，恢复后付款",
        _ => "goes on / 照常办理",
    }
}

fn yuan(fen: i64) -> String {
    let (whole, part) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{whole}.{part:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_told_in_yuan() {
        for (fen, text) in [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (123_456, "1234.56")] {
            assert_eq!(yuan(fen), text);
        }
    }
}
