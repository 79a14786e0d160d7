//! `backstop watch status`

use base::exit;
use client::http::Request;
use client::watch::WatchStatus;

use super::reach::Reach;
use crate::called;

/// Says whether the watcher itself works, and what it sees.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A target whose last answer is older than two intervals is `unknown`, which is not `up`.

Exit codes: 0 it watches, whatever it sees · 1 it is blind: rules are not evaluated, or nobody can be paged ·
2 wrong usage · 5 it does not answer · 6 refused · 7 no clear answer

Example:
  backstop watch status --token-file etc/control/tokens.json")]
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
    let status = args.reach.send(&Request::watch_status()).await?;
    called::print(args.json, &status, || lines(&status).join("\n"))?;
    Ok(match status.state.as_str() {
        "watching" => exit::OK,
        _ => exit::FAILED,
    })
}

fn lines(status: &WatchStatus) -> Vec<String> {
    let state = match status.state.as_str() {
        "watching" => "watching 监控正常".to_owned(),
        _ => format!("{} 监控失效", status.state),
    };
    let evaluated = status.evaluated_at.map_or("never".to_owned(), called::when);
    let mut lines = vec![format!("{state}, rules last evaluated {evaluated}")];
    lines.extend(
        status
            .complaints
            .iter()
            .map(|complaint| format!("  ! {complaint}")),
    );
    for target in &status.targets {
        let seen = target.seen_at.map_or("never".to_owned(), called::when);
        let error = target.error.as_deref().unwrap_or_default();
        lines.push(format!(
            "  {:7} {} {} (seen {seen}) {error}",
            target.health, target.job, target.instance
        ));
    }
    for group in &status.groups {
        lines.push(format!(
            "  rules   {}: {} every {} s",
            group.name, group.rules, group.interval
        ));
        lines.extend(
            group
                .failures
                .iter()
                .map(|failure| format!("          ! {failure}")),
        );
    }
    let counts = |counts: &std::collections::BTreeMap<String, u64>| {
        let each: Vec<String> = counts
            .iter()
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        each.join(", ")
    };
    lines.push(format!("alerts: {}", counts(&status.alerts)));
    lines.push(format!(
        "pages: {}; series: {}",
        counts(&status.pages),
        status.series
    ));
    lines
}
