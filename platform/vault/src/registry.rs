//! The subjects whose keys are in memory: found by id, bounded, and reached by every tombstone.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use uuid::Uuid;

use crate::Keys;
use crate::keys::Subject;

/// Subjects kept when nobody holds them: 4,096 with three expanded keys each are
/// about 12 MB, a tenth of what the service may take.
const KEPT: usize = 4096;

pub(crate) struct Registry(Mutex<Inner>);

struct Inner {
    /// All that are alive, those that only a request still holds included.
    live: HashMap<Uuid, Weak<Subject>>,
    kept: VecDeque<Arc<Subject>>,
    /// The last tombstone that was applied.
    applied: i64,
}

impl Registry {
    pub(crate) fn new(applied: i64) -> Self {
        Self(Mutex::new(Inner {
            live: HashMap::new(),
            kept: VecDeque::new(),
            applied,
        }))
    }

    pub(crate) fn applied(&self) -> i64 {
        self.lock().applied
    }

    pub(crate) fn find(&self, subject: Uuid) -> Option<Keys> {
        self.lock().live.get(&subject)?.upgrade().map(Keys)
    }

    /// Takes in keys that were read when the tombstones stood at `head`; `None` if
    /// a later one was applied since, so that the read must be repeated.
    pub(crate) fn admit(&self, subject: Arc<Subject>, head: i64) -> Option<Keys> {
        let mut gone = Vec::new();
        let mut inner = self.lock();
        if head < inner.applied {
            return None;
        }
        if let Some(there) = inner.live.get(&subject.id).and_then(Weak::upgrade) {
            return Some(Keys(there));
        }
        inner.live.insert(subject.id, Arc::downgrade(&subject));
        inner.kept.push_back(Arc::clone(&subject));
        while inner.kept.len() > KEPT {
            gone.extend(inner.kept.pop_front());
        }
        // What requests hold is bounded by the requests; the rest are dead entries.
        if inner.live.len() > 2 * KEPT {
            inner.live.retain(|_, entry| entry.strong_count() > 0);
        }
        drop(inner);
        // Wiping keys needs no lock.
        drop(gone);
        Some(Keys(subject))
    }

    /// Applies tombstones up to `head`.
    pub(crate) fn kill(&self, tombstones: &[(Uuid, u8)], head: i64) {
        let mut inner = self.lock();
        for (subject, categories) in tombstones {
            if let Some(there) = inner.live.get(subject).and_then(Weak::upgrade) {
                there.kill(*categories);
            }
        }
        inner.applied = inner.applied.max(head);
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        let mut inner = self.lock();
        let kept = std::mem::take(&mut inner.kept);
        inner.live.clear();
        drop(inner);
        drop(kept);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic under this lock cannot leave the maps half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
