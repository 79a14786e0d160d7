//! Existing business at a fixed arrival rate, beside new business at another: intake open, and closed.
//!
//! Two services, of which one is open and the other closed all the time, take the same load by turns. While
//! intake is closed every application is refused; nothing that borrowers do may be, or be late.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::bench::Context;
use crate::bench::children::Service;
use crate::bench::load::{self, Measured};
use crate::bench::outcome::{Outcome, Required};
use crate::process;

/// Loans in each database, and how many of them borrowers use.
const LOANS: u32 = 10_000;
const USED: u32 = 256;
/// Requests of borrowers a second: a fifth of what two cores serve beside their clients.
const EXISTING: u32 = 500;
/// Applications a second: new business that comes whether it is taken or not.
const NEW: u32 = 300;
/// Of the 99th percentile while intake is open, at most: 10 % more. As a ratio that must be reached: open
/// over closed.
const KEPT: f64 = 1.0 / 1.1;

pub(crate) fn run(context: &Context<'_>) -> Result<Vec<Outcome>> {
    let start = |name: &str| -> Result<Service> {
        let folder = context.folder(&format!("existing-business-{name}"))?;
        let service = Service::start(context, &folder, "sqlite:financing.db", &[])?;
        let mut seed = Command::new(context.binary("loan-book"));
        seed.arg("seed")
            .arg("--database")
            .arg(folder.join("financing.db"));
        process::capture(seed.args(["--loans", &LOANS.to_string()]))?;
        Ok(service)
    };
    let (open, closed) = (start("open")?, start("closed")?);
    close(context, &closed)?;
    let (mut when_open, mut when_closed) = (Vec::new(), Vec::new());
    for repeat in 0..context.repeats {
        when_open.push(p99(turn(context, &open, repeat, None)?)?);
        when_closed.push(p99(turn(context, &closed, repeat, Some("503"))?)?);
    }
    open.stop()?;
    closed.stop()?;
    let repeats = (when_open, when_closed);
    let outcome = Outcome::judged("existing-business", "us p99", Required::Ratio(KEPT), repeats, context.quick)
        .peer_is("the same load while intake is closed and every application is refused")
        .note(format!(
            "first while intake is open; {EXISTING} requests of borrowers a second, of which two in five are repayments, \
             and {NEW} applications; SQLite; a refused, broken or late answer of a borrower's fails the bench"
        ));
    Ok(vec![outcome])
}

fn close(context: &Context<'_>, service: &Service) -> Result<()> {
    let mut command = Command::new(context.binary("backstop"));
    command.args([
        "intake",
        "close",
        "--reason",
        "bench",
        "--url",
        &service.financing.url(),
    ]);
    command.arg("--token-file").arg(service.tokens());
    process::capture(&mut command).map(drop)
}

/// One load of both kinds; what borrowers saw.
fn turn(context: &Context<'_>, service: &Service, repeat: u32, expect: Option<&str>) -> Result<Measured> {
    let (url, tokens) = (service.financing.url(), service.tokens());
    let seconds = context.seconds();
    let mut new = Command::new(context.binary("backstop-load"));
    new.args(["applications", "--json", "--url", &url, "--consents", "1"]);
    paced(&mut new, &tokens, NEW, seconds + 3);
    let first = (repeat * load::FIRMS).to_string();
    new.args(["--firm-count", &load::FIRMS.to_string(), "--first-firm", &first]);
    if let Some(status) = expect {
        new.args(["--expect", status]);
    }
    let new = new
        .stdout(Stdio::piped())
        .spawn()
        .context("failed to start the load of new business")?;

    let mut existing = Command::new(context.binary("backstop-load"));
    existing.args(["existing", "--json", "--url", &url]);
    paced(&mut existing, &tokens, EXISTING, seconds);
    for number in 1..=USED {
        existing.args(["--loan", &format!("lon_{number:032x}")]);
    }
    let seen = process::capture(&mut existing);
    let beside = new.wait_with_output()?;
    ensure!(
        beside.status.success(),
        "the load of new business failed: {}",
        beside.status
    );
    load::measured(&seen?)
}

/// As many clients as any delay of the service leaves free to send the next request.
fn paced(command: &mut Command, tokens: &Path, rate: u32, seconds: u32) {
    command.arg("--token-file").arg(tokens);
    command.args(["--clients", "64", "--rate", &rate.to_string()]);
    command.args(["--duration", &seconds.to_string()]);
}

fn p99(seen: Measured) -> Result<f64> {
    let micros = seen.p99_us.context("no answer had a time")?;
    #[expect(clippy::cast_precision_loss, reason = "a time of a request is far below 2^52")]
    Ok(micros as f64)
}
