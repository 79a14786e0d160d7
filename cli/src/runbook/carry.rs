//! Carries a run on, until it has ended, waits for somebody, or is interrupted.

use std::io::Write as _;
use std::time::Duration;

use anyhow::Context as _;
use base::exit;
use base::shutdown::Shutdown;
use runbooks::{Engine, Hands, RunError};
use saga::{Interrupt, Ran, SagaError, StoreError};

use super::kept::{Kept, refused};
use super::told;
use crate::ended::stop;

/// Beyond a lease's end, for two clocks that differ a little.
const BEYOND: Duration = Duration::from_millis(300);

/// Carries it on and says how it stands; answers the exit code.
pub(super) async fn carry(
    kept: &Kept,
    run: &str,
    hands: &dyn Hands,
    interrupt: &Interrupt,
    json: bool,
) -> anyhow::Result<u8> {
    let ran = go(kept, run, hands, interrupt).await?;
    told::tell(&kept.show(run).await?, ran.as_ref(), json)
}

/// Nothing, if somebody had it ended at once.
async fn go(kept: &Kept, run: &str, hands: &dyn Hands, interrupt: &Interrupt) -> anyhow::Result<Option<Ran>> {
    let engine = kept.telling(&kept.show(run).await?);
    let first = Shutdown::on_signals().context("failed to listen for signals")?;
    let running = freed(kept, &engine, run, hands, interrupt);
    tokio::pin!(running);
    tokio::select! {
        biased;
        ran = &mut running => return ran.map(Some),
        () = first.cancelled() => interrupt.pause(),
    }
    let second = Shutdown::on_signals().context("failed to listen for signals")?;
    let text = "本步骤结束后暂停；再按一次立即中断 · pausing after this step; once more ends it at once";
    drop(writeln!(std::io::stderr(), "{text}"));
    tokio::select! {
        biased;
        ran = &mut running => ran.map(Some),
        () = second.cancelled() => Ok(None),
    }
}

/// Runs it, once whoever held it is surely gone.
async fn freed(
    kept: &Kept,
    engine: &Engine,
    run: &str,
    hands: &dyn Hands,
    interrupt: &Interrupt,
) -> anyhow::Result<Ran> {
    let mut waited = false;
    loop {
        let held = match engine.run(run, hands, interrupt).await {
            Err(RunError::Saga(SagaError::Store(StoreError::Held { until, .. }))) if !waited => until,
            // Whoever carries it out has renewed the lease meanwhile, and so is alive.
            ran => return ran.map_err(|error| refused(&error)),
        };
        waited = true;
        let left = u64::try_from(held.saturating_sub(kept.clock().now_micros())).unwrap_or_default();
        let left = Duration::from_micros(left).saturating_add(BEYOND);
        let text = format!(
            "另一进程持有此次运行，等待 {s} 秒确认其是否存活 · another process holds this run: waiting {s} s to see whether it lives",
            s = left.as_secs().max(1)
        );
        drop(writeln!(std::io::stderr(), "{text}"));
        let interrupted = async {
            while !interrupt.paused() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::select! {
            () = tokio::time::sleep(left) => {}
            () = interrupted => return Err(stop(exit::REFUSED, "another process holds this run")),
        }
    }
}
