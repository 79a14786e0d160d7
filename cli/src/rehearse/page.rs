//! The runbook that closes intake, carried out as whoever is on duty does it: begun, stopped where a person has to tell
//! others, answered, and gone on with to its end.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use base::exit;
use serde_json::Value;

use super::cast::Cast;

/// The page, its human step, and the word that says that it is done.
const PAGE: &str = "close-intake";
const STEP: &str = "tell";
const WORD: &str = "已通知";
/// Who sits at the terminal.
const BY: &str = "keeper-1";

/// A closing has two minutes in the page; everything else takes moments.
const PATIENCE: Duration = Duration::from_secs(150);

/// Closes intake by the runbook; answers how long that took until it had taken effect.
pub(super) async fn closes(cast: &Cast, service: &str, control: &str) -> anyhow::Result<Duration> {
    let url = format!("url=http://{service}");
    let tokens = format!("tokens={}", cast.token_file().display());
    let begin = [
        "run",
        PAGE,
        "--yes",
        "--by",
        BY,
        "--set",
        &url,
        "--set",
        &tokens,
        "--set",
        "incident=rehearsal",
        "--set",
        "reason=rehearsal",
    ];
    let begun = Instant::now();
    let (code, run) = runbook(cast, control, &begin).await?;
    let took = begun.elapsed();
    anyhow::ensure!(
        code == Some(i32::from(exit::AMBIGUOUS)),
        "the runbook does not wait for a person: {run}"
    );
    let step = run.get("step").and_then(Value::as_str);
    anyhow::ensure!(step == Some(STEP), "the runbook waits at another step: {run}");
    let id = run
        .get("run")
        .and_then(Value::as_str)
        .context("the runbook's run has no id")?
        .to_owned();
    let (code, said) = runbook(cast, control, &["answer", &id, STEP, "--word", WORD, "--by", BY]).await?;
    anyhow::ensure!(code == Some(0), "the runbook does not take the answer: {said}");
    let (code, ended) = runbook(cast, control, &["resume", &id]).await?;
    anyhow::ensure!(code == Some(0), "the runbook did not come to its end: {ended}");
    Ok(took)
}

async fn runbook(cast: &Cast, control: &str, words: &[&str]) -> anyhow::Result<(Option<i32>, Value)> {
    let output = tokio::process::Command::new(cast.own())
        .arg("tether")
        .arg(std::process::id().to_string())
        .arg(cast.own())
        .arg("runbook")
        .args(words)
        .arg("--json")
        .arg("--store")
        .arg(cast.runs())
        .env("BACKSTOP_CONTROL_URL", format!("http://{control}"))
        .env("BACKSTOP_CONTROL_TOKEN", cast.control_token()?)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(PATIENCE, output)
        .await
        .context("backstop runbook does not end")?;
    let output = output.context("failed to run backstop runbook")?;
    let said = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
        // What it says is no customer's: pages hold none, and names are of this rehearsal.
        Value::String(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    });
    Ok((output.status.code(), said))
}
