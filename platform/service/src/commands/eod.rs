//! `financing eod`

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use base::config::ProcessEnv;
use base::exit;
use base::problem::Code;
use client::operations::Day;
use jiff::civil::Date;
use lending::DayOrder;

use super::actor;
use super::clock;
use super::database::{self, DatabaseArgs};
use crate::cli::stop;

/// Runs the end of one business day; may be killed and run again.
#[derive(clap::Args)]
#[command(
    after_help = "Prints what the day did, as JSON. A second run posts nothing and prints the same.\n\n\
    Example:\n  financing eod --date 2026-03-02 --database sqlite:financing.db"
)]
pub(crate) struct Args {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The business date.
    #[arg(long, value_name = "YYYY-MM-DD")]
    date: Date,
    /// Who runs it, for the evidence log.
    #[arg(
        long,
        env = "FINANCING_ACTOR",
        value_name = "NAME",
        default_value = "command-line",
        value_parser = actor::name
    )]
    actor: String,
}

/// Runs the day in this process, beside a service if one runs.
pub(crate) async fn run(args: Args) -> anyhow::Result<u8> {
    let db = database::open(&args.database).await?;
    let clock = clock::of(&ProcessEnv);
    let order = DayOrder {
        actor: args.actor,
        via: "command line",
        at: clock.now_micros(),
    };
    let mut shown = Instant::now();
    let day = lending::run_day(&db, &clock, args.date, order, |day| {
        if shown.elapsed() >= Duration::from_secs(1) {
            shown = Instant::now();
            progress(day.accrued);
        }
    })
    .await
    .map_err(|refusal| stop(exit_code(refusal.code), refusal.to_string()))?;
    db.close().await;
    let day = Day {
        business_date: day.business_date,
        state: day.state,
        accrued: day.accrued,
        due: day.due,
        overdue: day.overdue,
    };
    writeln!(std::io::stdout(), "{}", serde_json::to_string(&day)?)?;
    Ok(exit::OK)
}

fn progress(loans: i64) {
    let mut terminal = std::io::stderr();
    if terminal.is_terminal() {
        // A terminal that went away does not matter to the day.
        let _gone = writeln!(terminal, "{loans} loans");
    }
}

fn exit_code(code: Code) -> u8 {
    match code {
        Code::Unavailable | Code::Overloaded => exit::UNREACHABLE,
        Code::Ambiguous | Code::Timeout => exit::AMBIGUOUS,
        Code::Internal => exit::FAILED,
        _ => exit::REFUSED,
    }
}
