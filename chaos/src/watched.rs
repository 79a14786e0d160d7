//! Sees to it that a keeper holds the leases of a folder before anything is injected: a tool cannot undo what it did
//! after it was killed.

use std::fs::OpenOptions;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use base::clock::Clock;
use base::exit;
use lease::Folder;

use base::ended::stop;

/// The keeper that we start ends when there has been no fault for so many seconds.
const IDLE: &str = "10";
/// It starts within milliseconds; a machine under stress takes longer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Rarely is it gone, and to look costs little.
const LOOKS: Duration = Duration::from_secs(1);

/// Returns once a keeper looks after the folder. It is the sibling executable `backstop-watchdog`, started here unless
/// one runs already; it outlives us.
///
/// # Errors
/// When there is none and none can be started: then nothing may be injected.
pub fn ensure(folder: &Folder, clock: &Clock) -> anyhow::Result<()> {
    if folder.is_kept(clock) {
        return Ok(());
    }
    let own = std::env::current_exe().context("failed to find this executable")?;
    let dog = own.with_file_name("backstop-watchdog");
    let nobody = |why: String| {
        let place = folder.path().display();
        let message = format!(
            "nobody holds the leases in {place}, so nothing is injected: {why}; run backstop-watchdog --leases {place}"
        );
        stop(exit::REFUSED, message)
    };
    if !dog.is_file() {
        return Err(nobody(format!("there is no {}", dog.display())));
    }
    let log = folder.path().join("keeper.log");
    let log = OpenOptions::new().append(true).create(true).open(&log);
    let started = Command::new(&dog)
        .arg("--leases")
        .arg(folder.path())
        .args(["--until-empty", IDLE])
        // Not for this one: it pages nobody.
        .env_remove("BACKSTOP_WATCH")
        .env_remove("BACKSTOP_WATCHDOG_TELL")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log.context("failed to open the keeper's log")?)
        // What ends us from a terminal must not end it.
        .process_group(0)
        .spawn();
    let mut dog = started.map_err(|error| nobody(format!("{}: {error}", dog.display())))?;
    let began = Instant::now();
    while !folder.is_kept(clock) {
        if began.elapsed() > PATIENCE {
            return Err(nobody("the watchdog that was started does not look".to_owned()));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    // It may have found another one at work, and ended.
    std::thread::spawn(move || dog.wait());
    Ok(())
}

/// Sees to it that a keeper stays as long as there are faults: if it dies, another one is started within a second or two.
/// Runs until it is dropped.
pub async fn stay(folder: Folder, clock: Clock) {
    loop {
        tokio::time::sleep(LOOKS).await;
        let (folder, clock) = (folder.clone(), clock.clone());
        let looked = tokio::task::spawn_blocking(move || {
            let nothing = folder.entries().is_ok_and(|entries| entries.is_empty());
            if nothing || folder.is_kept(&clock) {
                return Ok(());
            }
            tracing::warn!("the watchdog is gone: another one is started");
            ensure(&folder, &clock)
        });
        match looked.await {
            Ok(Ok(())) => {}
            // The fault goes on: whoever injected it lives, and ends it.
            Ok(Err(error)) => tracing::error!("{error:#}"),
            Err(error) => tracing::error!(%error, "cannot look for the watchdog"),
        }
    }
}
