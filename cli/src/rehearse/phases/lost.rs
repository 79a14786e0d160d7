//! What is taken away: everything outside, the service or its database, and the monitor.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use laws::journal::record::{KILL, MONITOR_KILL, MONITOR_RESTART, RESTART};

use super::{Players, Stage, locked};
use crate::rehearse::cast::END;
use crate::rehearse::outage::Outage;
use crate::rehearse::paged::{
    MONITOR_SILENT, PAGED, SERVICE_KILLED, SILENCE_PAGED, SOURCES_GONE, SOURCES_PAGED, nobody_was_paged,
};
use crate::rehearse::pair::{DATABASE, Pair};

/// Between two looks whether the database's primary is gone.
const PROBE: Duration = Duration::from_millis(20);

impl Stage {
    /// Everything outside falls away, and somebody is paged for it.
    pub(super) async fn outage(&mut self) -> anyhow::Result<()> {
        nobody_was_paged(&self.folder.pages())?;
        self.record.fault("reset", "sources").await?;
        let Players { cast, proxy, .. } = &self.players;
        let tool = cast.outage(proxy)?;
        let (outage, at) = Outage::began(tool, proxy, self.folder.faults(), &self.clock).await?;
        self.outage = Some(outage);
        self.show
            .happened("took everything outside away (connections reset by the proxy)");
        self.measured.outage_paged = Some(self.paged(SOURCES_GONE, at, SOURCES_PAGED).await?);
        Ok(())
    }

    /// The database's primary is lost, and its standby takes its place; the service is told nothing.
    pub(super) async fn failover(&mut self, pair: &Mutex<Pair>) -> anyhow::Result<()> {
        self.record.fault("kill", "postgresql").await?;
        self.killed_at = self.mark(KILL, None)?;
        let port = locked(pair).port();
        let begun = Instant::now();
        locked(pair).kill();
        self.show.happened("killed the database's primary (SIGKILL)");
        gone(port).await?;
        let proxy = &self.players.proxy;
        proxy.leads(DATABASE, None).await?;
        locked(pair).fence()?;
        // Nobody is acknowledged anything by the old one from here on.
        self.mark(RESTART, None)?;
        locked(pair).promote()?;
        let port = locked(pair).port();
        proxy.leads(DATABASE, Some(port)).await?;
        let took = begun.elapsed();
        self.measured.restart_took = Some(took);
        self.show.happened(&format!(
            "its standby was promoted, and the address leads there, after {} ms",
            took.as_millis()
        ));
        let begun = Instant::now();
        locked(pair).rejoin()?;
        self.show.happened(&format!(
            "the old primary was rewound and follows, after {} ms",
            begun.elapsed().as_millis()
        ));
        Ok(())
    }

    pub(super) async fn kill(&mut self) -> anyhow::Result<()> {
        self.record.fault("kill", "financing").await?;
        self.killed_at = self.mark(KILL, None)?;
        self.players.service.kill()?;
        self.show.happened("killed the service (SIGKILL)");
        // Its end was seen: whatever is acknowledged from here on, the new process says.
        self.mark(RESTART, None)?;
        let begun = Instant::now();
        let Players {
            cast,
            sources,
            control,
            address,
            ..
        } = &self.players;
        let (service, _) = cast.service(sources, control, Some(address)).await?;
        self.players.service = service;
        let took = begun.elapsed();
        self.measured.restart_took = Some(took);
        self.show
            .happened(&format!("ready again after {} ms", took.as_millis()));
        Ok(())
    }

    /// Goes on until writes are acknowledged that were not before, and somebody was paged for the kill.
    pub(super) async fn recovered(&mut self) -> anyhow::Result<()> {
        let killed = self.killed_at;
        // A failover is over before a scrape has seen it.
        if self.pair.is_none() {
            self.measured.kill_paged = Some(self.paged(SERVICE_KILLED, killed, PAGED).await?);
        }
        self.more_writes(self.pace.recovered).await
    }

    /// The tool is killed amid its fault, which ends by its watchdog's hands.
    pub(super) async fn outage_ends(&mut self) -> anyhow::Result<()> {
        let outage = self.outage.take().context("no outage is under way")?;
        self.record.fault("kill", "backstop-chaos").await?;
        let took = outage.ends(&self.players.proxy).await?;
        self.measured.fault_reverted = Some(took);
        self.show.happened(&format!(
            "killed what injected the outage (SIGKILL): it ended {} ms later",
            took.as_millis()
        ));
        Ok(())
    }

    /// The monitor is killed, its watchdog says so, and it comes back with what it knew.
    pub(super) async fn silence(&mut self) -> anyhow::Result<()> {
        self.record.fault("kill", "backstop").await?;
        let killed = self.mark(MONITOR_KILL, None)?;
        self.record.kill_plane()?;
        self.show.happened("killed the control plane (SIGKILL)");
        self.measured.silence_paged = Some(self.paged(&[MONITOR_SILENT], killed, SILENCE_PAGED).await?);
        self.mark(MONITOR_RESTART, None)?;
        let Players {
            cast,
            control,
            address,
            ..
        } = &self.players;
        let plane = cast.control(control, address, true).await?;
        self.record.replace_plane(plane);
        Ok(())
    }
}

/// Returns once nobody answers at a port of loopback, twice: one refusal may be a full queue.
async fn gone(port: u16) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut refused = 0;
    while refused < 2 {
        anyhow::ensure!(begun.elapsed() < END, "the killed server still answers");
        match tokio::net::TcpStream::connect(("127.0.0.1", port)).await {
            Ok(_) => refused = 0,
            Err(_) => refused += 1,
        }
        tokio::time::sleep(PROBE).await;
    }
    Ok(())
}
