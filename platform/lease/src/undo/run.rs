//! Runs a program that undoes a fault, such as `nft delete table`.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longest, in seconds: an undo that takes longer is no undo.
const LONGEST: u64 = 30;

pub(super) fn run(argv: &[String], check: Option<&[String]>, seconds: u64) -> Result<(), String> {
    let most = Duration::from_secs(seconds.min(LONGEST));
    let done = one(argv, most);
    match check {
        // What it undoes may be undone already, and it may say so by failing.
        Some(check) => one(check, most).map_err(|why| match done {
            Ok(()) => why,
            Err(first) => format!("{first}; {why}"),
        }),
        None => done,
    }
}

fn one(argv: &[String], most: Duration) -> Result<(), String> {
    let (program, arguments) = argv.split_first().ok_or("no program is named")?;
    let told = argv.join(" ");
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| format!("{told}: {error}"))?;
    let began = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("{told}: {status}")),
            Ok(None) if began.elapsed() < most => std::thread::sleep(Duration::from_millis(2)),
            Ok(None) => {
                // It did not end by itself; there is nothing more to do if it cannot be killed.
                drop(child.kill());
                drop(child.wait());
                return Err(format!("{told}: not done after {} s", most.as_secs()));
            }
            Err(error) => return Err(format!("{told}: {error}")),
        }
    }
}
