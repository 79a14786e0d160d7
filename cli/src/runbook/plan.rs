//! `backstop runbook plan`

use std::fmt::Write as _;

use base::clock::Clock;
use base::config::ProcessEnv;
use base::exit;
use runbooks::{Bound, Hands, Known, Line, preview};
use serde_json::{Value, json};

use super::asked::Asked;
use super::chosen::PageArgs;
use super::hands::HandsArgs;
use crate::called;

/// Shows what a run would do, and what is known of it now; changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A condition is looked at as long as no step that acts comes before it: what is seen now says nothing about then.

Exit codes: 0 shown, also with what cannot be told · 2 no such page, or a value is wrong

Example:
  backstop runbook plan close-intake --set incident=INC-7 --set reason='core banking is down'")]
pub struct Args {
    #[command(flatten)]
    page: PageArgs,
    #[command(flatten)]
    hands: HandsArgs,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Looks and prints.
///
/// # Errors
/// When the page or a value is wrong, or standard output is gone.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let bound = args.page.bound(args.page.plan()?, args.hands.reach.holder())?;
    let hands = args.hands.real(&ProcessEnv, &Clock::system(), Asked::Nobody)?;
    let lines = preview(&bound, &hands as &dyn Hands).await;
    called::print(args.json, &object(&bound, &lines)?, || words(&bound, &lines))?;
    Ok(exit::OK)
}

fn object(bound: &Bound, lines: &[Line]) -> anyhow::Result<Value> {
    let steps: Vec<Value> = lines
        .iter()
        .map(|line| {
            let (known, zh_en) = known(&line.known);
            json!({
                "number": line.number, "step": line.step, "kind": line.kind, "would": line.would,
                "undo": line.undo, "known": known, "told": zh_en,
            })
        })
        .collect();
    Ok(json!({
        "page": bound.plan.id,
        "plan_sha256": bound.plan.hash()?,
        "bound_sha256": bound.digest()?,
        "steps": steps,
    }))
}

/// As one word, and as a person reads it.
fn known(known: &Known) -> (&'static str, String) {
    match known {
        Known::WouldDo => ("would-do", "将执行 · would be done".to_owned()),
        Known::Holds => ("holds", "现在已成立 · it is so now".to_owned()),
        Known::NotYet(seen) => ("not-yet", format!("现在不成立 · it is not so now: {seen}")),
        Known::CannotTell(why) => ("cannot-tell", format!("无法判断 · cannot be told: {why}")),
        Known::StandsOn(number) => (
            "unknown",
            format!("未知，取决于第 {number} 步 · unknown, stands on step {number}"),
        ),
    }
}

/// A dry run, as a person reads it.
pub(super) fn words(bound: &Bound, lines: &[Line]) -> String {
    let plan = &bound.plan;
    let mut text = format!("{}  {} · {}\n", plan.id, plan.title_zh, plan.title_en);
    if let Ok(digest) = bound.digest() {
        text.push_str(&format!("计划与参数 · plan and values: {digest}\n"));
    }
    for line in lines {
        let (_, told) = known(&line.known);
        let would = line.would.trim_end().replace('\n', "\n      ");
        let undo = line.undo.trim_end().replace('\n', "\n      ");
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n{:>3}. {}  ({})\n      {would}\n      撤销 · undo: {undo}\n      {told}\n",
            line.number, line.step, line.kind
        );
    }
    text
}
