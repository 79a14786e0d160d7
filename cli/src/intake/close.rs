//! `backstop intake close`

use std::time::Duration;

use base::clock::Clock;
use base::exit;
use base::ids::Ids;
use client::http::Request;
use client::operations::{Intake, IntakeOrder};
use db::Db;
use gate::Order;
use serde::Serialize;

use super::reach::{Instances, Reach, Way, of_gate};
use super::said;
use crate::ended::stop;

/// Closes intake; returns once no new business can commit.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Existing business goes on. When this returns with 0, nothing new commits by any path until a reopening.
What is in flight gets its grace; on PostgreSQL, what then still holds the gate is ended and counted.
Closing what is closed changes nothing and answers its epoch, so that closing again is always right.

--direct goes to the database with the same gate and the same evidence, when no instance answers. On SQLite
another process may hold the file: a service that hangs has to be ended first.

Exit codes: 0 closed · 1 not closed, close again · 2 wrong usage · 5 nothing answers · 6 refused ·
7 the outcome is unknown, close again

Example:
  backstop intake close --reason 'core banking is down' --incident INC-7 \\
    --url https://a.bank.example --url https://b.bank.example --account ann
  backstop intake close --reason 'core banking is down' --direct postgres://closer@db.bank.example/financing --actor ann")]
pub struct Args {
    #[command(flatten)]
    reach: Reach,
    /// Why, 1–200 characters, and no customer's data.
    #[arg(long, value_parser = reason)]
    reason: String,
    /// The incident's reference, at most 64 characters.
    #[arg(long, value_name = "REFERENCE", value_parser = name)]
    incident: Option<String>,
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
    said::print(args.json, &closed, || lines(&closed))?;
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
    };
    Ok(instances.send(&Request::close_intake(&key, &order)).await?.body)
}

async fn by_hand(args: &Args, db: &Db) -> anyhow::Result<Intake> {
    let shown = async |terminated| {
        let status = gate::status(db).await.map_err(|error| of_gate(&error))?;
        anyhow::Ok(said::of(status, terminated))
    };
    let Some(actor) = &args.actor else {
        return Err(stop(exit::USAGE, "--direct needs --actor NAME: who orders it"));
    };
    if args.dry_run {
        return shown(0).await;
    }
    let order = Order {
        actor: actor.clone(),
        reason: args.reason.clone(),
        incident: args.incident.clone(),
        at: Clock::system().now_micros(),
        grace: Duration::from_millis(args.grace),
    };
    let closed = gate::close(db, order).await.map_err(|error| of_gate(&error))?;
    shown(closed.terminated.len()).await
}

fn lines(closed: &Closed) -> String {
    let mut text = said::lines(&closed.intake);
    if closed.dry_run {
        text.push_str("\nnothing was done: without --dry-run intake would be closed / 演练模式，未执行");
        return text;
    }
    if closed.intake.terminated > 0 {
        let ended = format!("\nended {} transactions in flight", closed.intake.terminated);
        text.push_str(&ended);
    }
    text.push_str(&format!("\ntook {} ms", closed.took_ms));
    text
}

fn reason(text: &str) -> Result<String, String> {
    let length = text.trim().chars().count();
    if (1..=200).contains(&length) && !text.chars().any(char::is_control) {
        Ok(text.trim().to_owned())
    } else {
        Err("a reason has 1–200 characters, on one line".to_owned())
    }
}

fn name(text: &str) -> Result<String, String> {
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
    fn reasons_and_names_are_bounded() {
        assert_eq!(reason(" 核心系统故障 ").unwrap(), "核心系统故障");
        for bad in ["", "  ", "a\nb", &"x".repeat(201)] {
            assert!(reason(bad).is_err(), "{bad:?}");
        }
        assert_eq!(name("INC-7").unwrap(), "INC-7");
        for bad in ["", "a b", "a\n", &"x".repeat(65)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }
}
