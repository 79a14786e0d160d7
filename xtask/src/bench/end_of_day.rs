//! End of day on SQLite: every loan accrues (two postings), 5 % fall due, 2 % are overdue; the same day again
//! posts nothing.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::bench::Context;
use crate::bench::outcome::{Outcome, Required};
use crate::process;

/// The day that `loan-book` prepares for.
const DAY: &str = "2025-06-16";
/// Enough that the process's start is lost in the figure.
const LOANS: u32 = 200_000;
/// Loans a second, at least.
const PER_SECOND: f64 = 20_000.0;

/// One database a repeat: a day can be run only once.
pub(crate) fn run(context: &Context<'_>) -> Result<Vec<Outcome>> {
    let loans = if context.quick { LOANS / 20 } else { LOANS };
    let (mut ours, mut again) = (Vec::new(), Vec::new());
    for _ in 0..context.repeats {
        let folder = context.folder("end-of-day")?;
        let run = |program: &str, arguments: &[&str]| {
            process::capture(
                Command::new(context.binary(program))
                    .args(arguments)
                    .current_dir(&folder),
            )
        };
        let database = ["--database", "sqlite:financing.db"];
        let file = ["--database", "financing.db"];
        run("financing", &[&["migrate"], &database[..]].concat())?;
        run(
            "loan-book",
            &[&["seed", "--loans", &loans.to_string()], &file[..]].concat(),
        )?;
        let postings = || -> Result<u64> {
            run("loan-book", &[&["postings"], &file[..]].concat())?
                .trim()
                .parse()
                .context("failed to count postings")
        };
        let day = || -> Result<f64> {
            let started = Instant::now();
            run("financing", &[&["eod", "--date", DAY], &database[..]].concat())?;
            Ok(started.elapsed().as_secs_f64())
        };

        let before = postings()?;
        ours.push(f64::from(loans) / day()?);
        let after = postings()?;
        // Two for each loan's interest, two for the penalty of each that is overdue.
        let expected = u64::from(loans) * 2 + u64::from(loans / 50) * 2;
        if after - before != expected {
            bail!("the day posted {} lines instead of {expected}", after - before);
        }
        again.push(day()?);
        if postings()? != after {
            bail!("the second run of the same day posted");
        }
    }
    let worst = again.iter().copied().fold(0.0, f64::max);
    let outcome = Outcome::judged(
        "end-of-day",
        "loans/s",
        Required::AtLeast(PER_SECOND),
        (ours, Vec::new()),
        context.quick,
    )
    .note(format!(
        "{loans} loans, 5 % fall due, 2 % overdue; wall clock of `financing eod`, start included"
    ))
    .note(format!("a second run posted nothing, in {worst:.2} s at worst"));
    Ok(vec![outcome])
}
