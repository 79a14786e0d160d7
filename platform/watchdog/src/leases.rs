//! The other job: ends injected faults on time, whatever became of the tool that injected them.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use base::clock::Clock;
use base::shutdown::Shutdown;
use lease::{Folder, Keeper};

use crate::Stopped;

/// Until it is shut down, or the folder has been empty for so many seconds.
pub(crate) async fn run(folder: &Path, until_empty: Option<u64>, shutdown: &Shutdown) -> Result<(), Stopped> {
    let folder = Folder::open(folder)
        .context("failed to open the folder of leases")
        .map_err(Stopped::Usage)?;
    Keeper::new(folder, Clock::system())
        .run(until_empty.map(Duration::from_secs), shutdown)
        .await;
    Ok(())
}
