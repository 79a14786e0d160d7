//! When to take over, number and sign.
//!
//! Of several instances on one database only one holds the log. The others look
//! on, and take over when work waits and nothing has moved for a while by their
//! own clock, so that no instance's clock is compared with another's.

use std::time::Duration;

use base::shutdown::Shutdown;
use db::DbError;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{Duty, Seen, SequenceError, Sequencer, batch_of};

/// Ten looks a second: a leaf waits 0.1 s, a twentieth of what alarms, for one
/// indexed read of at most one row.
const LOOK: Duration = Duration::from_millis(100);
/// Work that waits for so long is nobody's: half of what alarms, and ten times
/// what the holder takes between two batches.
const STALLED: Duration = Duration::from_secs(1);
/// A checkpoint is due after so long even while leaves keep coming: five syncs a
/// second of the anchor file, and a tenth of the time that alarms.
const SIGN: Duration = Duration::from_millis(200);

/// What a process that looks on saw last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Standing {
    term: i64,
    size: i64,
}

/// What decides whether a look leads to taking over.
#[derive(Debug, Default)]
struct Watch(Option<(Standing, Instant)>);

impl Watch {
    /// Whether work has waited, with nothing moving, for [`STALLED`].
    fn stalled(&mut self, waiting: Option<Standing>, now: Instant) -> bool {
        match (waiting, self.0) {
            (None, _) => {
                self.0 = None;
                false
            }
            (Some(seen), Some((before, since))) if seen == before => {
                now.saturating_duration_since(since) >= STALLED
            }
            (Some(seen), _) => {
                self.0 = Some((seen, now));
                false
            }
        }
    }
}

impl Sequencer {
    /// Does the log's work until shutdown, and once more after it, for what was
    /// left while the process drained.
    pub async fn run(mut self, seen: watch::Sender<Seen>, until: Shutdown) {
        let mut ticks = interval(LOOK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut watch, mut failing) = (Watch::default(), false);
        loop {
            let ending = tokio::select! {
                () = until.cancelled() => true,
                _ = ticks.tick() => false,
            };
            match self.turn(&mut watch, &seen).await {
                Ok(()) => failing = false,
                Err(SequenceError::Fenced) => {
                    tracing::info!("another process took the evidence log over");
                }
                Err(error) if error.is_final() => {
                    tracing::error!(%error, "the evidence log is not what was anchored: nothing is signed until a person has looked");
                    seen.send_modify(|seen| seen.duty = Duty::Refused);
                    until.cancelled().await;
                    return;
                }
                Err(error) => {
                    // Once per change: ten lines a second would bury what matters.
                    if !failing {
                        let cause = std::error::Error::source(&error).map(ToString::to_string);
                        tracing::error!(%error, cause, "the evidence log does not go on");
                    }
                    failing = true;
                }
            }
            if self.holding.is_none() {
                seen.send_modify(|seen| seen.duty = Duty::Standby);
            }
            if ending {
                return;
            }
        }
    }

    async fn turn(&mut self, watch: &mut Watch, seen: &watch::Sender<Seen>) -> Result<(), SequenceError> {
        if self.holding.is_none() {
            self.look_on().await?;
            let waiting = self.waiting().await?;
            if !watch.stalled(waiting, Instant::now()) {
                return Ok(());
            }
            self.take_over().await?;
            *watch = Watch::default();
            tracing::info!(log = self.origin(), "numbering the evidence log's leaves");
        }
        let begun = Instant::now();
        let most = batch_of(self.db.dialect()).unsigned_abs();
        while self.any_pending().await? {
            let numbered = self.integrate().await?;
            if numbered < most || begun.elapsed() >= SIGN {
                break;
            }
        }
        let signed = self.sign().await?;
        let size = self.head().map_or(0, |head| head.size);
        seen.send_if_modified(|seen| {
            let changed = seen.duty != Duty::Holding || seen.size != size || signed.is_some();
            seen.duty = Duty::Holding;
            seen.size = size;
            if let Some(signed) = signed {
                seen.signed = Some(signed);
            }
            changed
        });
        Ok(())
    }

    async fn any_pending(&self) -> Result<bool, DbError> {
        let sql = "SELECT id FROM evidence_leaves WHERE origin = $1 AND idx IS NULL LIMIT 1";
        Ok(self.db.one(sql, &[self.origin().into()]).await?.is_some())
    }

    /// The head, if leaves wait for an index or indexed ones for a signature.
    async fn waiting(&self) -> Result<Option<Standing>, DbError> {
        let sql = "SELECT COALESCE(MAX(term), 0), COALESCE(MAX(size), 0), \
                   COALESCE((SELECT MAX(size) FROM evidence_checkpoints WHERE origin = $1), 0) \
                   FROM evidence_heads WHERE origin = $1";
        let Some(row) = self.db.one(sql, &[self.origin().into()]).await? else {
            return Ok(None);
        };
        let standing = Standing {
            term: row.int(0)?,
            size: row.int(1)?,
        };
        let unsigned = row.int(2)? < standing.size;
        Ok((unsigned || self.any_pending().await?).then_some(standing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_moves_is_left_to_whoever_moves_it() {
        let mut watch = Watch::default();
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let head = |size| Some(Standing { term: 1, size });
        assert!(!watch.stalled(head(0), at(0)));
        assert!(!watch.stalled(head(5), at(900)), "it moved");
        assert!(!watch.stalled(head(5), at(1800)));
        assert!(watch.stalled(head(5), at(1900)));
        assert!(!watch.stalled(None, at(2000)), "nothing waits");
        assert!(!watch.stalled(head(5), at(5000)));
        assert!(watch.stalled(head(5), at(6000)));
    }
}
