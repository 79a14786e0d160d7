//! Loan reads a second over HTTP, against a bare axum handler that answers the same bytes to the same client.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::bench::children::{Running, Service, pinned};
use crate::bench::outcome::{Outcome, Required};
use crate::bench::{Context, http, load};
use crate::process;

/// Loans in the database: more than fit one page of an index, few enough to seed in a second.
const LOANS: u32 = 10_000;
/// Loans that are read in turn.
const READ: u32 = 64;

/// The tokens that `financing init` wrote.
#[derive(Deserialize)]
struct Tokens {
    channel: String,
}

/// Interleaves ours and the peer's. Server and client have a core each, the same for both sides: otherwise the
/// ratio would be that of the scheduler's moods.
pub(crate) fn run(context: &Context<'_>) -> Result<Vec<Outcome>> {
    let folder = context.folder("reads")?;
    let (server, client) = pins();
    let service = Service::start(context, &folder, "sqlite:financing.db", &server)?;
    let mut seed = Command::new(context.binary("loan-book"));
    seed.arg("seed")
        .arg("--database")
        .arg(folder.join("financing.db"))
        .args(["--loans", &LOANS.to_string()]);
    process::capture(&mut seed)?;
    let paths: Vec<String> = (1..=READ)
        .map(|number| format!("/v1/loans/lon_{number:032x}"))
        .collect();

    let tokens: Tokens =
        serde_json::from_slice(&fs::read(service.tokens())?).context("failed to read the tokens")?;
    let body =
        http::get(service.financing.address, &paths[0], Some(&tokens.channel)).context("no loan to read")?;
    let (answer, ready) = (folder.join("answer.json"), folder.join("peer.ready"));
    fs::write(&answer, &body).context("failed to keep the answer for the peer")?;
    let mut bare = pinned(&context.binary("peer-axum"), &server);
    bare.arg("--body").arg(&answer).arg("--ready-file").arg(&ready);
    let bare = Running::start(&mut bare, &ready, Some(&paths[0]))?;

    let (mut ours, mut peer, mut client_cpu) = (Vec::new(), Vec::new(), 0.0_f64);
    for _ in 0..context.repeats {
        let seen = load::reads(
            context,
            &service.financing.url(),
            &paths,
            Some(&service.tokens()),
            &client,
        )?;
        client_cpu = client_cpu.max(seen.client_cpu_us);
        ours.push(seen.ok_per_second);
        peer.push(load::reads(context, &bare.url(), &paths, None, &client)?.ok_per_second);
    }
    bare.stop()?;
    service.stop()?;
    let pinning = if server.is_empty() {
        "not pinned"
    } else {
        "server on core 0, client on core 1"
    };
    let outcome = Outcome::judged("reads", "1/s", Required::Ratio(0.5), (ours, peer), context.quick)
        .peer_is(
            "axum 0.8, one handler, the bytes of the service's own answer, no authorisation, no database",
        )
        .note(format!(
            "{} bytes an answer; {pinning}; {client_cpu:.1} µs of the client's CPU an answer",
            body.len()
        ));
    Ok(vec![outcome])
}

fn pins() -> (Vec<&'static str>, Vec<&'static str>) {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if cores < 2 || process::find("taskset").is_none() {
        return (Vec::new(), Vec::new());
    }
    (vec!["taskset", "-c", "0"], vec!["taskset", "-c", "1"])
}
