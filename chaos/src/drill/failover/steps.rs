//! The failover itself, a function a step. Each returns when it is done; [`run`](super::run) times them.

use std::time::{Duration, Instant};

use base::clock::Clock;
use lease::{Folder, Lease, Process, Terms, Undo};

use crate::drill::failover::front::DATABASE;
use crate::drill::failover::probe::Probe;
use crate::drill::failover::topology::Topology;
use crate::drill::failover::writers::{Acknowledged, Writers};

/// A probe finds a killed server within a fifth of a second; a minute is a drill that went wrong.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at what others note: small beside what is measured.
const LOOK: Duration = Duration::from_millis(1);

/// Whether to go on; an error is why not.
pub type GoOn<'a> = &'a dyn Fn() -> anyhow::Result<()>;

/// Waits for the first write that is acknowledged at all.
///
/// # Errors
/// When there is none, or somebody wants to stop.
pub fn written(writers: &Writers, go_on: GoOn<'_>) -> anyhow::Result<()> {
    wait("no write was acknowledged", go_on, || {
        (writers.count() > 0).then_some(())
    })
}

/// Kills the primary and its children, as a power cut would, and gives when.
///
/// Nothing brings a lost primary back but [`rejoin`](super::rejoin): to start it unfenced would be the very harm. So its
/// lease ends what is left of the drill: the standby, which else would be served to nobody.
///
/// # Errors
/// When no undo record can be written; then nothing was killed.
pub fn lose(
    topology: &mut Topology,
    folder: &Folder,
    clock: &Clock,
    lasts: Duration,
) -> anyhow::Result<(Instant, Lease)> {
    let pid = i32::try_from(topology.standby.pid())?;
    let standby =
        Process::with_pid(pid)?.ok_or_else(|| anyhow::anyhow!("the standby has ended by itself"))?;
    let terms = Terms {
        fault: format!("kill of the drill's primary, process {}", topology.primary.pid()),
        undo: Undo::End { process: standby },
        lasts,
    };
    let held = folder.hold(terms, clock, |_| -> anyhow::Result<Instant> {
        let at = Instant::now();
        topology.primary.kill();
        Ok(at)
    })?;
    Ok((held.value, held.lease))
}

/// Waits until the probe finds the primary lost.
///
/// # Errors
/// When it does not, or somebody wants to stop.
pub fn detect(probe: &Probe, go_on: GoOn<'_>) -> anyhow::Result<Instant> {
    wait("the loss was not seen", go_on, || probe.lost())
}

/// Cuts every client off, ends what may be left of the primary, and marks its data so that it comes up read-only
/// whoever starts it.
///
/// # Errors
/// What the proxy or the system said: then nobody may be promoted.
pub fn fence(topology: &mut Topology) -> anyhow::Result<()> {
    topology.front.close(DATABASE)?;
    // One that hangs looks lost, too, and would wake up later.
    topology.primary.kill();
    topology.primary.fence()?;
    Ok(())
}

/// Makes the standby a primary; it takes writes when this returns.
///
/// # Errors
/// What the server said.
pub fn promote(topology: &Topology) -> anyhow::Result<()> {
    topology.standby.promote()?;
    Ok(())
}

/// Leads the clients' address to the new primary.
///
/// # Errors
/// What the proxy said.
pub fn switch(topology: &Topology) -> anyhow::Result<()> {
    topology.front.lead(DATABASE, topology.standby.port())
}

/// Waits for the first write that the new primary acknowledged to a client.
///
/// # Errors
/// When there is none, or somebody wants to stop.
pub fn first_write(
    writers: &Writers,
    (topology, since): (&Topology, Instant),
    go_on: GoOn<'_>,
) -> anyhow::Result<Acknowledged> {
    wait("no write was acknowledged after the switch", go_on, || {
        writers.first(topology.standby.port(), since)
    })
}

fn wait<T>(without: &str, go_on: GoOn<'_>, mut look: impl FnMut() -> Option<T>) -> anyhow::Result<T> {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        go_on()?;
        anyhow::ensure!(began.elapsed() < PATIENCE, "{without} within {PATIENCE:?}");
        std::thread::sleep(LOOK);
    }
}
