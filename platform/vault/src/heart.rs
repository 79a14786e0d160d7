//! The tasks that keep a vault fresh: one looks at the key store, one tells it that the
//! instance lives, one makes subjects ahead.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::Instant;

use crate::custody::Inner;

/// Between two looks: three may fail before the lease of a second lapses.
const LOOK: Duration = Duration::from_millis(250);
/// Between two signs of life; a sweep takes an instance for dead after many of them.
const BEAT: Duration = Duration::from_secs(10);

/// Starts them. They hold no strong reference, so they end with the vault.
pub(crate) fn start(vault: &Arc<Inner>) {
    tokio::spawn(look(Arc::downgrade(vault)));
    tokio::spawn(beat(Arc::downgrade(vault)));
    tokio::spawn(fill(Arc::downgrade(vault)));
}

async fn look(vault: Weak<Inner>) {
    let mut silent = false;
    loop {
        tokio::time::sleep(LOOK).await;
        let Some(vault) = vault.upgrade() else { return };
        let looked = vault.look().await;
        if let (Err(error), false) = (&looked, silent) {
            tracing::error!(%error, "the key store cannot be looked at; without it keys are refused within a second");
        }
        silent = looked.is_err();
    }
}

/// Apart from the looks: a write may wait behind a checkpoint, and the lease must not.
async fn beat(vault: Weak<Inner>) {
    let mut beaten = Instant::now();
    // Nothing yet: the first look may have found another KEK since the vault announced itself.
    let mut told = None;
    loop {
        tokio::time::sleep(LOOK).await;
        let Some(vault) = vault.upgrade() else { return };
        // What a rotation waits for is told at once.
        let held = Some(vault.store.held());
        if vault.lease.holds() && (beaten.elapsed() >= BEAT || held != told) {
            match vault.store.beat(&vault.name, false).await {
                Ok(()) => (beaten, told) = (Instant::now(), held),
                Err(error) => tracing::warn!(%error, "the key store took no sign of life"),
            }
        }
    }
}

async fn fill(vault: Weak<Inner>) {
    loop {
        let Some(strong) = vault.upgrade() else { return };
        // Woken at least now and then, to see that the vault is gone.
        let woken = tokio::time::timeout(BEAT, strong.filling.notified())
            .await
            .is_ok();
        if woken && let Err(error) = strong.fill_up().await {
            tracing::error!(%error, "no subjects can be made ahead");
            tokio::time::sleep(LOOK).await;
        }
    }
}
