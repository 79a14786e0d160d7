//! `financing vault draw`

use std::fs;
use std::io::Write;
use std::os::unix::fs::FileTypeExt;

use base::exit;
use lending::sample::{self, Subject, Value};
use serde::Serialize;
use serde_json::json;
use vault::Vault;

use super::order::{Order, OrderArgs};
use crate::cli::{because, stop};
use crate::commands::keys;

/// Gives customers' values to a pipe, for law 5's search.
#[derive(clap::Args)]
#[command(
    after_help = "Firms are drawn at random, each with all that can be revealed of it: a line of JSON a value. They go \
    into a pipe and nowhere else, never to a terminal or a file, and the order is in the evidence log before the first \
    of them is opened.\n\n\
    Example:\n  financing vault draw --reference AUD-17 --database sqlite:financing.db --keys etc \
    --key-store sqlite:keys/keys.db --actor aud-1 --yes \\\n    | backstop audit --database sqlite:financing.db --law 5 \
    --values --files logs"
)]
pub(crate) struct Args {
    /// Firms to draw, at most.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1000))]
    subjects: u32,
    /// The case that it is for, such as AUD-17.
    #[arg(long, value_name = "CASE", value_parser = case)]
    reference: String,
    #[command(flatten)]
    order: OrderArgs,
}

/// A line of what `backstop audit --values` reads; the last one says how many came.
#[derive(Serialize)]
struct Line<'a> {
    subject: &'a str,
    kind: &'a str,
    value: &'a str,
}

fn case(text: &str) -> Result<String, &'static str> {
    evidence::is_reference(text)
        .then(|| text.to_owned())
        .ok_or(evidence::REFERENCE)
}

/// Draws, records, opens.
pub(crate) async fn run(args: Args) -> anyhow::Result<u8> {
    let order = args.order.open().await?;
    let drawn = sample::draw(&order.db, args.subjects)
        .await
        .map_err(|refusal| because(exit::UNREACHABLE, "no firms can be drawn", &refusal))?;
    let body = json!({ "subjects": drawn.len(), "reference": args.reference });
    if order.is_meant() && !into_a_pipe() {
        return Err(stop(
            exit::REFUSED,
            "customers' values go into a pipe only: … | backstop audit --law 5 --values",
        ));
    }
    if order.stands("vault.draw", "law-5", body.clone(), &body).await? {
        let vault = Vault::open(order.keys.clone()).await;
        let vault = vault.map_err(|error| keys::failed(&error))?;
        let given = give(&order, &vault, &drawn).await;
        vault.close().await.map_err(|error| keys::failed(&error))?;
        given?;
    }
    order.done(None).await
}

/// Whether standard output is a pipe: what a file or a terminal shows, stays.
fn into_a_pipe() -> bool {
    fs::metadata("/proc/self/fd/1").is_ok_and(|output| output.file_type().is_fifo())
}

/// Opens and writes, one subject at a time, so that memory holds no more than one.
async fn give(order: &Order, vault: &Vault, drawn: &[Subject]) -> anyhow::Result<()> {
    let (mut given, mut erased, mut keyless) = (0_u64, 0_u64, 0_u64);
    for subject in drawn {
        let values = sample::values(&order.db, vault, subject).await;
        let values: Option<Vec<Value>> = values
            .map_err(|refusal| because(exit::UNREACHABLE, "a firm's values cannot be opened", &refusal))?;
        let Some(values) = values else {
            keyless += 1;
            continue;
        };
        erased += u64::from(values.is_empty());
        for Value { kind, value } in &values {
            let line = Line {
                subject: subject.id(),
                kind,
                value,
            };
            let mut out = std::io::stdout().lock();
            serde_json::to_writer(&mut out, &line)?;
            out.write_all(b"\n")?;
            given += 1;
        }
    }
    // Whoever reads to here knows that nothing is missing.
    writeln!(std::io::stdout(), "{}", json!({ "values": given }))?;
    std::io::stdout().flush()?;
    let firms = drawn.len();
    writeln!(
        std::io::stderr(),
        "{given} values of {firms} firms were given; {erased} firms are erased, {keyless} have no keys here"
    )?;
    Ok(())
}
