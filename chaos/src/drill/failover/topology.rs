//! What is harmed: a primary, a standby that follows through a proxy, and the address that clients know.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use cluster::{Cluster, Following, Options};
use tokio::runtime::Handle;

use crate::drill::failover::front::{DATABASE, Front, LINK};
use crate::drill::failover::plan::{Mode, Plan};

/// The standby's name and slot; the old primary takes them over when it comes back.
pub const STANDBY: &str = "s1";

/// Settings of both servers: hint bits in WAL are what `pg_rewind` needs, from the first start on.
const SETTINGS: [(&str, &str); 1] = [("wal_log_hints", "on")];

/// A standby streams within a second; a machine under stress takes longer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks, each of which starts a program.
const LOOK: Duration = Duration::from_millis(20);

/// The drill's servers. They end with this, and with this process however it dies.
pub struct Topology {
    /// The server that is lost.
    pub primary: Cluster,
    /// The one that takes over.
    pub standby: Cluster,
    /// The proxies.
    pub front: Front,
    /// The port that clients know.
    pub port: u16,
}

impl Topology {
    /// Starts all of it: the standby streams, and is synchronous if the mode says so, when this returns.
    ///
    /// # Errors
    /// When PostgreSQL is missing or does not do as it is told.
    pub fn start(plan: &Plan, runtime: &Handle) -> anyhow::Result<Self> {
        let options = Options {
            settings: SETTINGS.to_vec(),
            ..Options::default()
        };
        let primary = Cluster::start(options).context("failed to start the primary")?;
        primary.sql("postgres", "CREATE TABLE ledger (id BIGINT PRIMARY KEY)")?;
        for name in &plan.databases {
            primary.create_database(name)?;
        }
        let front = Front::begin(runtime)?;
        let link = front.add(LINK, primary.port())?;
        let port = front.add(DATABASE, primary.port())?.port();
        let following = Following {
            name: STANDBY.to_owned(),
            slot: Some(STANDBY.to_owned()),
            through: Some(link.port()),
            settings: SETTINGS.to_vec(),
        };
        let standby = primary
            .standby_by(&following)
            .context("failed to start the standby")?;
        wait_until(&primary, STANDBY, "state = 'streaming'")?;
        if plan.mode == Mode::Sync {
            synchronous(&primary, STANDBY)?;
        }
        Ok(Self {
            primary,
            standby,
            front,
            port,
        })
    }
}

/// Has every commit wait for a standby, and returns once they do.
pub(super) fn synchronous(primary: &Cluster, name: &str) -> anyhow::Result<()> {
    primary.set("synchronous_standby_names", &format!("FIRST 1 ({name})"))?;
    wait_until(primary, name, "sync_state = 'sync'")
}

/// Waits until a standby is seen in a state.
pub(super) fn wait_until(primary: &Cluster, name: &str, condition: &str) -> anyhow::Result<()> {
    let question =
        format!("SELECT 1 FROM pg_stat_replication WHERE application_name = '{name}' AND {condition}");
    let began = Instant::now();
    while primary.rows("postgres", &question)?.is_empty() {
        anyhow::ensure!(
            began.elapsed() < PATIENCE,
            "standby {name} did not reach {condition} within {PATIENCE:?}"
        );
        std::thread::sleep(LOOK);
    }
    Ok(())
}
