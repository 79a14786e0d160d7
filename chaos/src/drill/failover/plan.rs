//! What a drill is to do.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

/// How the standby stands to the primary when it is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Every commit waits for the standby: nothing acknowledged may be lost.
    Sync,
    /// Nothing waits for the standby, and it is cut off before the primary is killed: what was acknowledged meanwhile
    /// is lost, and the drill must find all of it. A kill alone would lose nothing: the kernel still sends what the
    /// dead server wrote.
    AsyncPartition,
}

/// What a drill is to do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How the standby stands to the primary.
    pub mode: Mode,
    /// How many write at once.
    pub writers: u32,
    /// How long they write before the fault; without meaning if `served`.
    pub before: Duration,
    /// How long they write after the first write that the new primary acknowledged.
    pub after: Duration,
    /// How long the standby is cut off before the primary is killed, in [`Mode::AsyncPartition`].
    pub partition: Duration,
    /// The longest time from the kill to the first acknowledged write; none is not judged.
    pub within: Option<Duration>,
    /// A file that each acknowledged id is written to, a line each, as it is acknowledged.
    pub acknowledged: Option<PathBuf>,
    /// Databases made beside the drill's own for other clients, behind the same address.
    pub databases: Vec<String>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            mode: Mode::Sync,
            // More than one, so that commits overlap; two cores are busy with two servers.
            writers: 4,
            before: Duration::from_secs(2),
            after: Duration::from_secs(1),
            partition: Duration::from_millis(500),
            within: None,
            acknowledged: None,
            databases: Vec::new(),
        }
    }
}
