//! `backstop watch call-tree`

use base::exit;
use client::http::Request;
use client::watch::{CallTree, CallTrees};

use super::reach::{Reach, key};
use crate::called;
use crate::ended::stop;

/// Shows the latest test of the call tree, or begins one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The test of each month begins by itself at the time that [notify.call_tree] names. --begin shows who would be called;
with --yes they are called, and the test is on record.

Exit codes: 0 the latest was passed or is under way, or one was begun or shown beforehand · 1 somebody did not answer ·
2 wrong usage · 5 nothing answers · 6 none was held yet, or refused · 7 no clear answer

Example:
  backstop watch call-tree --token-file etc/control/tokens.json
  backstop watch call-tree --begin --yes --token-file etc/control/tokens.json")]
pub struct Args {
    /// Show who would be called now.
    #[arg(long)]
    begin: bool,
    /// Call them.
    #[arg(long, requires = "begin")]
    yes: bool,
    #[command(flatten)]
    reach: Reach,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Asks, begins, prints.
///
/// # Errors
/// When nothing answers, it refuses, or no test was held.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    if args.begin && args.yes {
        let begun = args.reach.send(&Request::begin_call_tree(&key())).await?;
        called::print(args.json, &begun, || lines(&begun).join("\n"))?;
        return Ok(exit::OK);
    }
    let all = args.reach.send(&Request::call_trees()).await?;
    if args.begin {
        return preview(args.json, &all);
    }
    let Some(latest) = all.call_trees.first() else {
        return Err(stop(
            exit::REFUSED,
            "no test of the call tree was held yet 尚未进行过呼叫树演练",
        ));
    };
    called::print(args.json, latest, || lines(latest).join("\n"))?;
    Ok(match latest.state.as_str() {
        "failed" => exit::FAILED,
        _ => exit::OK,
    })
}

fn preview(json: bool, all: &CallTrees) -> anyhow::Result<u8> {
    let none = "there is no [notify.call_tree] in the control plane's configuration";
    let planned = all.planned.as_ref().ok_or_else(|| stop(exit::REFUSED, none))?;
    called::print(json, planned, || {
        format!(
            "would call {} of {}: {}; they have {} min to answer\nnobody was called 未呼叫任何人: --yes calls them",
            planned.people.len(),
            planned.escalation,
            planned.people.join(", "),
            planned.seconds / 60
        )
    })?;
    Ok(exit::OK)
}

fn lines(tree: &CallTree) -> Vec<String> {
    let state = match tree.state.as_str() {
        "passed" => "passed 全员应答",
        "failed" => "failed 有人未应答",
        _ => "under way 进行中",
    };
    let begun = called::when(tree.begun_at);
    let mut lines = vec![format!(
        "{state}: {} begun {begun} by {}, answers until {} [{}]",
        tree.escalation,
        tree.begun_by,
        called::when(tree.ends_at),
        tree.id
    )];
    for call in &tree.calls {
        let answered = match (call.answered_at, &call.way) {
            (Some(at), way) => format!("{} {}", called::when(at), way.as_deref().unwrap_or_default()),
            (None, _) if tree.finished_at.is_none() => "not yet 待应答".to_owned(),
            (None, _) => "no answer 未应答".to_owned(),
        };
        lines.push(format!("  {} {answered}", call.person));
    }
    lines
}

#[cfg(test)]
mod tests {
    use client::watch::TreeCall;

    use super::*;

    #[test]
    fn who_did_not_answer_is_named() {
        let call = |person: &str, answered_at| TreeCall {
            person: person.to_owned(),
            answered_at,
            way: Some("reply".to_owned()).filter(|_| answered_at.is_some()),
        };
        let tree = CallTree {
            id: "t".to_owned(),
            state: "failed".to_owned(),
            escalation: "on-call".to_owned(),
            begun_at: 0,
            begun_by: "calendar".to_owned(),
            ends_at: 1_800_000_000,
            finished_at: Some(1_800_000_000),
            calls: vec![call("li", Some(5_000_000)), call("wang", None)],
        };
        let lines = lines(&tree);
        assert_eq!(lines[1], "  li 1970-01-01T00:00:05Z reply");
        assert_eq!(lines[2], "  wang no answer 未应答");
    }
}
