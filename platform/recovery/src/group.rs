//! One sync for all who wait: what comes while the disk is busy goes with the next write.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio::task;

use crate::fact::Fact;
use crate::journal::Journal;
use crate::reader::JournalError;

/// Facts that may wait: a share that hangs for two seconds, after which nobody waits any longer, has met so many only
/// if five thousand a second came. A few megabytes.
const MOST: usize = 10_000;

/// Whether facts are on disk.
pub(crate) type Kept = Result<(), Arc<JournalError>>;

/// A journal, and who waits for it.
#[derive(Debug)]
pub(crate) struct Group {
    journal: Journal,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<Waiting>,
    /// One thread writes until nobody waits, so a share that hangs holds one thread and no more.
    busy: bool,
}

#[derive(Debug)]
struct Waiting {
    facts: Vec<Fact>,
    told: oneshot::Sender<Kept>,
}

impl Group {
    pub(crate) fn new(journal: Journal) -> Self {
        Self {
            journal,
            queue: Mutex::default(),
        }
    }

    /// Hands facts in; what comes back tells once they are on disk, or can't be. Who does not wait for that any
    /// longer has not handed them in.
    pub(crate) fn add(self: &Arc<Self>, facts: Vec<Fact>) -> oneshot::Receiver<Kept> {
        let (told, kept) = oneshot::channel();
        let mut queue = self.queue();
        queue.waiting.push(Waiting { facts, told });
        if queue.facts() > MOST {
            queue.waiting.retain(|one| !one.told.is_closed());
        }
        // Still: then who came last is turned away, by the drop of what tells.
        if queue.facts() > MOST {
            drop(queue.waiting.pop());
        }
        if !mem::replace(&mut queue.busy, true) {
            let group = Arc::clone(self);
            drop(task::spawn_blocking(move || group.write()));
        }
        kept
    }

    /// Writes until nobody waits.
    fn write(&self) {
        while let Some(batch) = self.next() {
            let facts: Vec<&Fact> = batch.iter().flat_map(|one| &one.facts).collect();
            let kept: Kept = self.journal.append(&facts).map_err(Arc::new);
            for one in batch {
                // Who stopped waiting hands it in again.
                drop(one.told.send(kept.clone()));
            }
        }
    }

    fn next(&self) -> Option<Vec<Waiting>> {
        let mut queue = self.queue();
        let mut batch = mem::take(&mut queue.waiting);
        batch.retain(|one| !one.told.is_closed());
        queue.busy = !batch.is_empty();
        queue.busy.then_some(batch)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing under the lock can panic halfway.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn facts(&self) -> usize {
        self.waiting.iter().map(|one| one.facts.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::journal::Opening;

    fn closed(epoch: i64) -> Fact {
        Fact::parse(&format!(
            r#"{{"epoch":{epoch},"scope":"everything","state":"closed","at":5}}"#
        ))
        .unwrap()
    }

    /// A group of a new journal, which a lock of the file keeps from writing.
    fn held(dir: &tempfile::TempDir) -> (Arc<Group>, fs::File) {
        let path = dir.path().join("recovery.jsonl");
        let journal = Journal::open(&path, "a", Opening::Begin, |_| ()).unwrap();
        let hangs = fs::File::open(&path).unwrap();
        hangs.lock().unwrap();
        (Arc::new(Group::new(journal)), hangs)
    }

    #[tokio::test]
    async fn many_who_wait_are_served_by_few_syncs_and_told_only_then() {
        let dir = tempfile::tempdir().unwrap();
        let (group, hangs) = held(&dir);
        let kept: Vec<_> = (2..502).map(|epoch| group.add(vec![closed(epoch)])).collect();
        let before = group.journal.syncs();
        hangs.unlock().unwrap();
        for one in kept {
            one.await.unwrap().unwrap();
        }
        let syncs = group.journal.syncs() - before;
        assert!((1..=3).contains(&syncs), "{syncs} syncs for 500 who waited");
        let text = fs::read_to_string(group.journal.path()).unwrap();
        assert_eq!(text.lines().count(), 501);
    }

    #[tokio::test]
    async fn who_stopped_waiting_is_left_out_and_too_many_are_turned_away() {
        let dir = tempfile::tempdir().unwrap();
        let (group, hangs) = held(&dir);
        // The first is with the thread that hangs.
        let first = group.add(vec![closed(2)]);
        while !group.queue().waiting.is_empty() {
            task::yield_now().await;
        }
        drop(group.add(vec![closed(3); MOST]));
        let fits = group.add(vec![closed(4)]);
        let many = group.add(vec![closed(5); MOST]);
        assert!(many.await.is_err(), "turned away");
        hangs.unlock().unwrap();
        first.await.unwrap().unwrap();
        fits.await.unwrap().unwrap();
        let text = fs::read_to_string(group.journal.path()).unwrap();
        assert!(
            text.contains("\"epoch\":4") && !text.contains("\"epoch\":3") && !text.contains("\"epoch\":5")
        );
    }
}
