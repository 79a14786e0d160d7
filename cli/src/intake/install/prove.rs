//! `backstop intake install prove`

use std::path::PathBuf;
use std::time::Duration;

use adopt::{Proof, Proved};
use base::clock::Clock;
use base::exit;

use super::super::close;
use super::place::{Database, text};
use super::refused::refused;
use crate::called;

/// Closes and reopens a test copy under load, and counts what commits late.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
For a test copy, never for the database in use: intake is shut again and again, rows are written, and it is reopened
by this command alone. It starts only while intake is open, reopens only what it closed itself, and each reopening is
on record as `intake.prove`. If it is cut off, starting it again finishes what it left shut.

--statement is a file with one SQL statement that makes one binding insert, with {id} (a UUID as text, as in
{id}::uuid) or {n} (a new number) where its key is. Clients run it in transactions that they hold open for up to --hold
milliseconds before and after. Late is what a fresh snapshot after the acknowledgement does not have, and a fresh
snapshot before the reopening has. --undo is a statement that takes such a row back; without it the rows stay.

Exit codes: 0 nothing was late · 1 failed · 2 wrong usage · 3 something committed late · 4 too little load to tell ·
5 nothing answers · 6 refused

Example:
  echo \"INSERT INTO lending.loan_request (id, status) VALUES ({id}::uuid, 'new')\" >insert.sql
  backstop intake install prove --test-copy --direct postgres://dba@test.bank.example/core --statement insert.sql \\
    --actor ann --closes 20")]
pub struct Args {
    #[command(flatten)]
    database: Database,
    /// This is a copy that nobody works on.
    #[arg(long, required = true)]
    test_copy: bool,
    /// File with the binding insert.
    #[arg(long, value_name = "FILE")]
    statement: PathBuf,
    /// File with a statement that takes such a row back.
    #[arg(long, value_name = "FILE")]
    undo: Option<PathBuf>,
    /// Who orders it, for the history and the evidence.
    #[arg(long, env = "BACKSTOP_ACTOR", value_name = "NAME", value_parser = close::name)]
    actor: String,
    /// Clients, each with a connection.
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=100))]
    clients: u16,
    /// How often to close and reopen.
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    closes: u16,
    /// The longest that a client holds its transaction before, and again after, its insert, in milliseconds.
    #[arg(long, default_value_t = 300, value_name = "MS", value_parser = clap::value_parser!(u64).range(0..=5000))]
    hold: u64,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Proves and prints.
///
/// # Errors
/// When nothing answers, or it refuses.
pub(super) async fn run(args: Args) -> anyhow::Result<u8> {
    let undo = args.undo.as_ref().map(|path| text("--undo", path)).transpose()?;
    let proof = Proof {
        statement: text("--statement", &args.statement)?,
        undo,
        clients: args.clients.into(),
        closes: args.closes.into(),
        hold: Duration::from_millis(args.hold),
        actor: args.actor.clone(),
    };
    let proved = adopt::prove(&args.database.direct, &proof, &Clock::system()).await;
    let proved = proved.map_err(|error| refused(&error))?;
    called::print(args.json, &proved, || lines(&proved))?;
    Ok(code(&proved))
}

fn code(proved: &Proved) -> u8 {
    if !proved.late.is_empty() {
        exit::LAW_BROKEN
    } else if !proved.is_telling() {
        exit::NOT_TOUCHED
    } else {
        exit::OK
    }
}

fn lines(proved: &Proved) -> String {
    let verdict = match code(proved) {
        exit::OK => "nothing committed late / 无迟到提交",
        exit::LAW_BROKEN => "COMMITTED LATE / 存在迟到提交",
        _ => "too little load to tell, which is no pass / 负载不足，不算通过",
    };
    let mut text = format!(
        "{verdict}: {} late in {} closings\n\
         {} attempts: {} committed, {} refused, {} failed; {} sessions ended\n\
         closing took p50 {} ms, p99 {} ms; {} rows of the proof are left",
        proved.late.len(),
        proved.closes,
        proved.attempts,
        proved.committed,
        proved.refused,
        proved.failed,
        proved.terminated,
        proved.p50_ms,
        proved.p99_ms,
        proved.left,
    );
    for id in proved.late.iter().take(20) {
        text.push_str(&format!("\nlate: {id}"));
    }
    if let Some(failure) = &proved.failure {
        text.push_str(&format!("\nthe first failure: {failure}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_late_under_no_load_is_no_pass() {
        let mut proved = Proved {
            attempts: 40,
            committed: 30,
            refused: 10,
            failed: 0,
            failure: None,
            closes: 10,
            late: Vec::new(),
            p50_ms: 1,
            p99_ms: 2,
            terminated: 0,
            left: 30,
        };
        assert_eq!(code(&proved), exit::OK);
        proved.refused = 9;
        assert_eq!(code(&proved), exit::NOT_TOUCHED);
        proved.late.push("x".to_owned());
        assert_eq!(code(&proved), exit::LAW_BROKEN);
        assert!(lines(&proved).contains("late: x"));
    }
}
