//! A PostgreSQL primary and its synchronous standby, behind addresses that a proxy keeps: the service knows one of them.

use std::path::PathBuf;

use cluster::{Cluster, ClusterError, Following, Options};

/// The proxies before the database, and between the two servers.
pub(super) const DATABASE: &str = "database";
pub(super) const REPLICATION: &str = "replication";

/// The database's name.
const NAME: &str = "lending";
/// The standby's, and the old primary's when it has become one.
const STANDBY: &str = "s1";
const REJOINED: &str = "s2";

/// Two servers, of which one takes writes.
pub(super) struct Pair {
    primary: Cluster,
    standby: Option<Cluster>,
    /// Whether the standby was promoted.
    promoted: bool,
}

impl Pair {
    /// A primary, which has no standby yet.
    pub(super) fn start() -> Result<Self, ClusterError> {
        // Without hints a server that crashed cannot be rewound; what a standby has not got yet is kept for it.
        let settings = vec![("wal_log_hints", "on"), ("wal_keep_size", "256MB")];
        let primary = Cluster::start(Options {
            settings,
            ..Options::default()
        })?;
        primary.create_database(NAME)?;
        Ok(Self {
            primary,
            standby: None,
            promoted: false,
        })
    }

    /// The address of the database itself.
    pub(super) fn url(&self) -> String {
        self.now().url(NAME)
    }

    /// The same behind another port of loopback.
    pub(super) fn url_at(address: &str) -> String {
        format!("postgres://postgres@{address}/{NAME}")
    }

    /// The port of the server that takes writes.
    pub(super) fn port(&self) -> u16 {
        self.now().port()
    }

    /// The folder of the server that takes writes.
    pub(super) fn folder(&self) -> PathBuf {
        self.now().folder().to_owned()
    }

    fn now(&self) -> &Cluster {
        match &self.standby {
            Some(standby) if self.promoted => standby,
            _ => &self.primary,
        }
    }

    /// Gives the primary a synchronous standby, which follows through another port; waits until it does.
    pub(super) fn replicate(&mut self, through: u16) -> Result<(), ClusterError> {
        let standby = self.primary.standby_by(&Following {
            name: STANDBY.to_owned(),
            through: Some(through),
            ..Following::default()
        })?;
        // After the copy was made: promoted, it must not wait for a standby of that name.
        self.primary
            .set("synchronous_standby_names", &format!("FIRST 1 ({STANDBY})"))?;
        follows(&self.primary, "sync")?;
        self.standby = Some(standby);
        Ok(())
    }

    /// Kills the primary (SIGKILL).
    pub(super) fn kill(&mut self) {
        self.primary.kill();
    }

    /// Fences the old primary: whoever starts it from now on gets a server that takes no writes.
    pub(super) fn fence(&self) -> Result<(), ClusterError> {
        self.primary.fence()
    }

    /// Makes the standby the primary.
    pub(super) fn promote(&mut self) -> Result<(), ClusterError> {
        if let Some(standby) = &self.standby {
            standby.promote()?;
            self.promoted = true;
        }
        Ok(())
    }

    /// Rewinds the old primary, which follows the new one then; waits until it does.
    pub(super) fn rejoin(&mut self) -> Result<(), ClusterError> {
        let Some(new) = &self.standby else { return Ok(()) };
        // Only a server that stopped in order can be rewound; started, it takes no writes.
        self.primary.restart()?;
        self.primary.pause();
        // What was written since the histories parted is kept for it.
        let slot = format!("SELECT pg_create_physical_replication_slot('{REJOINED}', true)");
        new.sql("postgres", &slot)?;
        self.primary.rewind(
            new,
            &Following {
                name: REJOINED.to_owned(),
                slot: Some(REJOINED.to_owned()),
                ..Following::default()
            },
        )?;
        self.primary.restart()?;
        follows(new, "async")
    }

    /// Ends the old primary and removes its files, and the slot that keeps the log for it: an exit cleans the one that
    /// takes writes, and what follows is made anew after it.
    pub(super) fn end_the_old(&mut self) -> Result<(), ClusterError> {
        let (Some(new), true) = (&self.standby, self.promoted) else {
            return Ok(());
        };
        self.primary.stop();
        let drop = format!(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '{REJOINED}'"
        );
        new.sql("postgres", &drop)
    }
}

fn follows(primary: &Cluster, state: &str) -> Result<(), ClusterError> {
    let sql = format!(
        "DO $$ BEGIN FOR look IN 1..200 LOOP \
         IF EXISTS (SELECT 1 FROM pg_stat_replication WHERE sync_state = '{state}' AND state = 'streaming') THEN RETURN; \
         END IF; PERFORM pg_sleep(0.05); PERFORM pg_stat_clear_snapshot(); END LOOP; \
         RAISE 'the standby does not follow'; END $$"
    );
    primary.sql("postgres", &sql)
}
