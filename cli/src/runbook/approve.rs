//! `backstop runbook approve`

use std::fmt::Write as _;

use base::exit;
use client::http::Request;
use client::runs::{JudgeRun, Run, RunApproval};

use crate::called;
use crate::ended::stop;
use crate::watch::reach::{Reach, key};

/// Says yes or no to a step of somebody else's run; without a digest it shows what is asked.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The digest is over the run, the step, the plan and the values: `runbook plan PAGE --set … --json` prints what plan and
values come to (bound_sha256), which has to be what is shown here. A word counts for the token that it is said with, once,
and never for whoever began the run. `runbook resume` then goes on.

Exit codes: 0 shown, or taken down · 2 wrong usage · 5 nothing answers · 6 refused: it is your own run, another digest,
too late, or nobody is asked · 7 no clear answer

Example:
  backstop runbook approve run_0199f0c1d2e3f405a6b7c8d9e0f10213 agree --token-file etc/control/tokens.json --as bob
  backstop runbook approve run_0199f0c1d2e3f405a6b7c8d9e0f10213 agree --digest 5d41402a… --as bob")]
pub struct Args {
    /// The run.
    #[arg(value_name = "RUN")]
    run: String,
    /// The step that it asks about.
    #[arg(value_name = "STEP")]
    step: String,
    /// The digest of what is approved, as whoever runs it was shown it.
    #[arg(long, value_name = "SHA256")]
    digest: Option<String>,
    /// Say no: one is enough.
    #[arg(long, requires = "digest")]
    deny: bool,
    #[command(flatten)]
    reach: Reach,
    /// Print the run on record as one JSON object.
    #[arg(long)]
    json: bool,
}

/// Shows or says it.
///
/// # Errors
/// When nothing answers, or it refuses.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let run = match &args.digest {
        None => args.reach.send(&Request::run(&args.run)).await?,
        Some(digest) => {
            let said = JudgeRun {
                step: args.step.clone(),
                digest: digest.clone(),
                approves: !args.deny,
            };
            args.reach
                .send(&Request::judge_run(&key(), &args.run, &said))
                .await?
        }
    };
    let asked = run.approvals.iter().find(|asked| asked.step == args.step);
    let asked = asked.ok_or_else(|| stop(exit::REFUSED, "nobody is asked about this step"))?;
    called::print(args.json, &run, || words(&run, asked))?;
    Ok(exit::OK)
}

fn words(run: &Run, asked: &RunApproval) -> String {
    let mut text = format!(
        "{}  {}  {} · begun by {}\n步骤 · step: {}\n计划与参数 · plan and values: {}\n摘要 · digest: {}\n须 {} 人，截止 {} · {} people, until {}",
        run.id,
        run.page,
        called::when(run.begun_at),
        run.begun_by,
        asked.step,
        run.bound_sha256,
        asked.digest,
        asked.people,
        called::when(asked.ends_at),
        asked.people,
        called::when(asked.ends_at),
    );
    for said in &asked.verdicts {
        let (zh, en) = if said.approves {
            ("同意", "yes")
        } else {
            ("不同意", "no")
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{}  {}  {zh} · {en}", called::when(said.at), said.by);
    }
    text
}
