//! `backstop watch alerts`

use base::exit;
use client::http::Request;
use client::watch::WatchAlert;

use super::reach::Reach;
use crate::called;

/// Lists alerts that are pending, firing or just over.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
An alert whose data has gone stays firing, and says since when it is unknown whether it still holds.

Exit codes: 0 answered, whatever fires · 2 wrong usage · 5 nothing answers · 6 refused · 7 no clear answer

Example:
  backstop watch alerts --token-file etc/control/tokens.json")]
pub struct Args {
    #[command(flatten)]
    reach: Reach,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Asks and prints.
///
/// # Errors
/// When nothing answers, or it refuses.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let answer = args.reach.send(&Request::watch_alerts()).await?;
    called::print(args.json, &answer, || match answer.alerts.as_slice() {
        [] => "no alert 无告警".to_owned(),
        alerts => alerts.iter().flat_map(lines).collect::<Vec<_>>().join("\n"),
    })?;
    Ok(exit::OK)
}

fn lines(alert: &WatchAlert) -> Vec<String> {
    let label = |name: &str| alert.labels.get(name).map_or("", String::as_str);
    let mut head = format!(
        "{:8} {:8} {} since {} [{}]",
        alert.state,
        label("severity"),
        label("alertname"),
        called::when(alert.active_at),
        alert.fingerprint
    );
    if let Some(since) = alert.unknown_since {
        head.push_str(&format!(", not known since {} 数据缺失", called::when(since)));
    }
    let texts = ["summary_zh", "summary_en", "runbook"];
    let texts = texts.iter().filter_map(|name| alert.annotations.get(*name));
    std::iter::once(head)
        .chain(texts.map(|text| format!("         {text}")))
        .collect()
}
