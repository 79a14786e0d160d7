//! `financing reconcile`

mod act;
mod report;

use std::io::Write;
use std::path::PathBuf;

use base::config::ProcessEnv;
use base::exit;
use base::ids::Ids;
use db::Db;
use gate::Order;
use recovery::{Behind, Comparison, Reader};
use serde_json::json;

use self::report::Report;
use super::database::{self, DatabaseArgs};
use super::{actor, clock};
use crate::cli::{because, stop};

/// Brings a restored or promoted database to where it was, as far as recovery journals tell.
#[derive(clap::Args)]
#[command(
    after_help = "Without --apply it only says what the database lacks. With it, scopes whose closing was lost are closed, \
    consents whose revocation was lost are revoked again, and the gate is no longer `closed (unverified)`, unless something \
    is left for a person. Intake stays closed: two persons reopen it. It may be killed and run again, beside the service \
    or without it. Give the journals of every instance.\n\n\
    Exit codes: 0 nothing to do, or done · 1 something is left to do · 2 wrong usage, or a journal that cannot be \
    believed · 5 database unreachable · 6 refused, nothing changed\n\n\
    Example:\n  financing reconcile --database sqlite:financing.db --recovery-journal /mnt/a/recovery.jsonl --json\n  \
    financing reconcile --database sqlite:financing.db --recovery-journal /mnt/a/recovery.jsonl \
    --apply --actor ann --reason 'restored to 02:00 after the disk failed'"
)]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
    /// A recovery journal of `financing serve`; may be repeated.
    #[arg(
        long = "recovery-journal",
        env = "FINANCING_RECOVERY_JOURNAL",
        value_name = "FILE",
        required = true,
        value_delimiter = ','
    )]
    journals: Vec<PathBuf>,
    /// Do it. Without this, only what the database lacks is said.
    #[arg(long, requires_all = ["actor", "reason"])]
    apply: bool,
    /// Who orders it, for the history and the evidence log.
    #[arg(long, env = "FINANCING_ACTOR", value_name = "NAME", value_parser = actor::name)]
    actor: Option<String>,
    /// Why, 1–200 characters, and no customer's data.
    #[arg(long, value_parser = reason)]
    reason: Option<String>,
    /// Core banking was asked about every draw that left and is unknown here, and the reason says what came of it.
    #[arg(long, requires = "apply")]
    accept_unknown_draws: bool,
    /// Believe a database that is marked, although these journals hold nothing that it lacks.
    #[arg(long, requires = "apply")]
    nothing_is_lost: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Facts that are held against the database at once.
const AT_ONCE: usize = 1000;

/// Compares, and acts if that is meant.
pub(crate) async fn run(args: Args) -> anyhow::Result<u8> {
    let db = database::open(&args.database).await?;
    let outcome = reconcile(&args, &db).await;
    db.close().await;
    let report = outcome?;
    let mut out = std::io::stdout();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
    } else {
        report::print(&mut out, &report)?;
    }
    Ok(if report.done { exit::OK } else { exit::FAILED })
}

async fn reconcile(args: &Args, db: &Db) -> anyhow::Result<Report> {
    let (found, epoch) = compare(args, db).await?;
    let unverified = unverified(db).await?;
    let (Some(actor), Some(reason), true) = (&args.actor, &args.reason, args.apply) else {
        return Ok(Report {
            unverified,
            applied: false,
            done: found.is_nothing() && !unverified,
            found,
        });
    };
    if found.is_nothing() && unverified && !args.nothing_is_lost {
        return Err(stop(
            exit::REFUSED,
            "the database is marked, and these journals hold nothing that it lacks: give those of every instance, \
             or --nothing-is-lost",
        ));
    }
    let clock = clock::of(&ProcessEnv);
    let order = Order {
        actor: actor.clone(),
        reason: reason.clone(),
        incident: None,
        at: clock.now_micros(),
        grace: Order::GRACE,
    };
    if !found.is_nothing() {
        act::act(db, &Ids::system(clock), &order, &found, epoch).await?;
    }
    let (left, _) = compare(args, db).await?;
    let open = left.epochs.is_some() || left.to_close().next().is_some() || !left.consents_live.is_empty();
    let asked = left.draws_unknown.is_empty() || args.accept_unknown_draws;
    let done = !open && asked;
    if done {
        let counts = json!({
            "moves": left.moves.len(),
            "consents": left.consents_revoked.len() + left.consents_unknown.len(),
            "draws_requested": left.draws_requested.len(),
            "draws_unknown": left.draws_unknown.len(),
            "journals": args.journals.len(),
        });
        lending::believe_again(db, &order, left.facts(), counts)
            .await
            .map_err(|refusal| because(exit::UNREACHABLE, "the database stays marked", &refusal))?;
    }
    Ok(Report {
        unverified: self::unverified(db).await?,
        applied: true,
        done,
        found,
    })
}

/// What the database lacks of all journals together, and the newest epoch that was given out.
async fn compare(args: &Args, db: &Db) -> anyhow::Result<(Behind, i64)> {
    let unreachable =
        |error: &dyn std::error::Error| because(exit::UNREACHABLE, "the database cannot be compared", error);
    let identity = db.read(|tx| Box::pin(store::recovery::identity(tx)));
    let identity = identity.await.map_err(|error| unreachable(&error))?;
    let mut comparison = Comparison::thorough();
    for path in &args.journals {
        let damaged = |error| stop(exit::USAGE, format!("{error}"));
        let mut reader = Reader::open(path, &identity).map_err(damaged)?;
        let mut facts = Vec::with_capacity(AT_ONCE);
        while let Some(fact) = reader.next_fact().map_err(damaged)? {
            facts.push(fact);
            if facts.len() == AT_ONCE {
                comparison
                    .add(db, &facts)
                    .await
                    .map_err(|error| unreachable(&error))?;
                facts.clear();
            }
        }
        comparison
            .add(db, &facts)
            .await
            .map_err(|error| unreachable(&error))?;
    }
    let epoch = comparison.epoch();
    let behind = comparison.end(db).await.map_err(|error| unreachable(&error))?;
    Ok((behind, epoch))
}

async fn unverified(db: &Db) -> anyhow::Result<bool> {
    let scopes = gate::scopes(db)
        .await
        .map_err(|error| because(exit::UNREACHABLE, "the intake gate cannot be asked", &error))?;
    Ok(scopes.iter().any(|one| one.unverified_since.is_some()))
}

fn reason(text: &str) -> Result<String, &'static str> {
    let length = text.trim().chars().count();
    ((1..=200).contains(&length) && !text.chars().any(char::is_control))
        .then(|| text.trim().to_owned())
        .ok_or("a reason has 1–200 characters, on one line")
}
