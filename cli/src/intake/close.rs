//! `backstop intake close`

use std::time::Duration;

use base::clock::Clock;
use base::exit;
use base::ids::Ids;
use client::http::Request;
use client::operations::{Intake, IntakeOrder};
use db::Db;
use gate::{Closing, Order, Scope};
use serde::Serialize;

use super::reach::{Instances, Reach, Way, of_gate};
use super::said;
use super::scope::ScopeArg;
use crate::called;
use crate::ended::stop;

/// Closes intake; returns once no new business can commit.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Existing business goes on. When this returns with 0, nothing new commits by any path until a reopening.
What is in flight gets its grace; on PostgreSQL, what then still holds the gate is ended and counted.
Closing what is closed changes nothing and answers its epoch, so that closing again is always right.
With --scope only a part is closed; what belongs to several scopes is taken only where all of them are open.

--direct goes to the database with the same gate and the same evidence, when no instance answers. On SQLite
another process may hold the file: it is named, and if it hangs it has to be ended first.

Exit codes: 0 closed · 1 not closed, close again · 2 wrong usage · 5 nothing answers · 6 refused ·
7 the outcome is unknown, close again

Example:
  backstop intake close --reason 'core banking is down' --incident INC-7 \\
    --url https://a.bank.example --url https://b.bank.example --account ann
  backstop intake close --scope act=draw,product=credit --clause 'article 12' --reason 'fraud ring' \\
    --until 2026-03-02T08:00:00+08:00 --url https://a.bank.example --account ann
  backstop intake close --reason 'core banking is down' --direct postgres://backstop_closer@db.bank.example/financing --actor ann")]
pub struct Args {
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    scope: ScopeArg,
    /// Why, 1–200 characters, and no customer's data.
    #[arg(long, value_parser = reason)]
    reason: String,
    /// The incident's reference, at most 64 characters.
    #[arg(long, value_name = "REFERENCE", value_parser = name)]
    incident: Option<String>,
    /// The contract's clause by which draws may be held back, at most 100 characters; needed where the act is draw.
    #[arg(long, value_name = "CLAUSE", value_parser = clause)]
    clause: Option<String>,
    /// Until when, as far as is known, as in 2026-03-02T08:00:00+08:00. Nothing opens by itself then.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<i64>,
    /// With --direct: who orders it, for the history and the evidence.
    #[arg(long, env = "BACKSTOP_ACTOR", value_name = "NAME", value_parser = name)]
    actor: Option<String>,
    /// With --direct: milliseconds that transactions in flight may take to finish.
    #[arg(long, default_value_t = 1000, value_name = "MS", value_parser = clap::value_parser!(u64).range(0..=30_000))]
    grace: u64,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What was done.
#[derive(Serialize)]
struct Closed {
    #[serde(flatten)]
    intake: Intake,
    /// Whether nothing was meant to be done.
    dry_run: bool,
    /// From the order to the durable commit.
    took_ms: u128,
}

/// Closes, and prints.
///
/// # Errors
/// When nothing answers, or it refuses; then nothing is promised.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let began = std::time::Instant::now();
    let intake = match args.reach.open().await? {
        Way::Service(instances) => {
            let done = by_service(&args, &instances).await;
            instances.leave().await;
            done?
        }
        Way::Direct(db) => {
            let done = by_hand(&args, &db).await;
            db.close().await;
            done?
        }
    };
    let closed = Closed {
        intake,
        dry_run: args.dry_run,
        took_ms: began.elapsed().as_millis(),
    };
    called::print(args.json, &closed, || lines(&closed, &args.scope.scope))?;
    Ok(exit::OK)
}

async fn by_service(args: &Args, instances: &Instances) -> anyhow::Result<Intake> {
    if args.dry_run {
        return Ok(instances.send(&Request::<Intake>::intake()).await?.body);
    }
    let key = Ids::system(Clock::system()).next().simple().to_string();
    let order = IntakeOrder {
        reason: args.reason.clone(),
        incident: args.incident.clone(),
        scope: args.scope.name(),
        clause: args.clause.clone(),
        until: args.until,
    };
    Ok(instances.send(&Request::close_intake(&key, &order)).await?.body)
}

async fn by_hand(args: &Args, db: &Db) -> anyhow::Result<Intake> {
    let shown = async |scope: &Scope, terminated| {
        let scopes = gate::scopes(db).await.map_err(|error| of_gate(&error))?;
        said::of(scopes, scope, terminated)
    };
    let Some(actor) = &args.actor else {
        return Err(stop(exit::USAGE, "--direct needs --actor NAME: who orders it"));
    };
    if args.dry_run {
        return shown(&Scope::everything(), 0).await;
    }
    let order = Order {
        actor: actor.clone(),
        reason: args.reason.clone(),
        incident: args.incident.clone(),
        at: Clock::system().now_micros(),
        grace: Duration::from_millis(args.grace),
    };
    let closing = Closing {
        scope: args.scope.scope.clone(),
        clause: args.clause.clone(),
        until: args.until,
    };
    let closed = gate::close(db, order, closing)
        .await
        .map_err(|error| args.reach.of_gate(&error))?;
    shown(&args.scope.scope, closed.terminated.len()).await
}

fn lines(closed: &Closed, scope: &Scope) -> String {
    let mut text = said::lines(&closed.intake);
    if closed.dry_run {
        let would = format!(
            "\nnothing was done: without --dry-run intake ({scope}) would be closed / 演练模式，未执行"
        );
        text.push_str(&would);
        return text;
    }
    if scope.covers_draws() && closed.intake.clause.is_none() {
        text.push_str(
            "\ndraws under signed contracts are held\nback, and no clause is cited: close\n\
             again with --clause / 未引用合同条款",
        );
    }
    if closed.intake.terminated > 0 {
        let ended = format!("\nended {} transactions in flight", closed.intake.terminated);
        text.push_str(&ended);
        if scope.covers_draws() {
            text.push_str(": look at\nbackstop intake doubts / 请核对存疑付款");
        }
    }
    text.push_str(&format!("\ntook {} ms", closed.took_ms));
    text
}

pub(super) fn reason(text: &str) -> Result<String, String> {
    let length = text.trim().chars().count();
    if (1..=200).contains(&length) && !text.chars().any(char::is_control) {
        Ok(text.trim().to_owned())
    } else {
        Err("a reason has 1–200 characters, on one line".to_owned())
    }
}

fn clause(text: &str) -> Result<String, String> {
    match reason(text) {
        Ok(clause) if clause.chars().count() <= 100 => Ok(clause),
        _ => Err("a clause has 1–100 characters, on one line".to_owned()),
    }
}

/// Microseconds since the Unix epoch.
pub(super) fn moment(text: &str) -> Result<i64, String> {
    let at = text.parse::<jiff::Timestamp>();
    at.map(jiff::Timestamp::as_microsecond)
        .map_err(|_| "a time with its offset, as in 2026-03-02T08:00:00+08:00".to_owned())
}

pub(super) fn name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@:/".contains(c);
    if (1..=64).contains(&text.len()) && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err("1–64 characters: letters, digits, '-', '_', '.', '@', ':', '/'".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_closing_answers_fits_the_forty_columns_of_a_telephone() {
        let closed = Closed {
            intake: Intake {
                scope: Scope::EVERYTHING.to_owned(),
                state: "closed".to_owned(),
                epoch: 12,
                reason: "core banking is down".to_owned(),
                actor: "night-shift".to_owned(),
                incident: Some("INC-2026-0007".to_owned()),
                clause: None,
                until: None,
                changed_at: 1_772_416_800_500_000,
                terminated: 12,
                shut: Vec::new(),
            },
            dry_run: false,
            took_ms: 1_234,
        };
        // A Chinese character takes two columns.
        let width = |line: &str| -> usize { line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum() };
        for line in lines(&closed, &Scope::everything()).lines() {
            assert!(width(line) <= 40, "{line}");
        }
    }

    #[test]
    fn reasons_and_names_are_bounded() {
        assert_eq!(reason(" 核心系统故障 ").unwrap(), "核心系统故障");
        for bad in ["", "  ", "a\nb", &"x".repeat(201)] {
            assert!(reason(bad).is_err(), "{bad:?}");
        }
        assert_eq!(clause("第12条").unwrap(), "第12条");
        assert!(clause(&"x".repeat(101)).is_err());
        assert_eq!(
            moment("2026-03-02T08:00:00+08:00").unwrap(),
            1_772_409_600_000_000
        );
        assert!(moment("tomorrow").is_err() && moment("2026-03-02T08:00:00").is_err());
        assert_eq!(name("INC-7").unwrap(), "INC-7");
        for bad in ["", "a b", "a\n", &"x".repeat(65)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }
}
