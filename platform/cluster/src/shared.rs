//! One cluster per test process, one database per test.

use crate::{Cluster, ClusterError, Options};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Never dropped, as statics are not: its guard stops it when the process ends.
static SHARED: OnceLock<Cluster> = OnceLock::new();

/// Starts in turn, so that a failure is tried again and a success is not repeated.
static STARTING: Mutex<()> = Mutex::new(());

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The address of an empty database in this process's cluster, which the first call
/// starts.
///
/// # Errors
/// As [`Cluster::start`].
pub fn fresh_database() -> Result<String, ClusterError> {
    let cluster = shared()?;
    let name = format!("test{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    cluster.create_database(&name)?;
    Ok(cluster.url(&name))
}

fn shared() -> Result<&'static Cluster, ClusterError> {
    if let Some(cluster) = SHARED.get() {
        return Ok(cluster);
    }
    let _turn = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(cluster) = SHARED.get() {
        return Ok(cluster);
    }
    let cluster = Cluster::start(Options::default())?;
    Ok(SHARED.get_or_init(|| cluster))
}
