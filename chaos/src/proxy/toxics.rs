//! The toxics of one proxy, as its links follow them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use crate::proxy::toxic::Toxic;

/// A toxic in force. It keeps its number when it is updated, and gets another version.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Active {
    pub(super) number: u64,
    pub(super) version: u64,
    pub(super) toxic: Toxic,
}

/// In the order in which they were added.
pub(super) type List = Arc<Vec<Active>>;

/// Most toxics of a proxy: each is looked at for each piece.
pub(super) const MOST: usize = 64;

/// What the API changes and links follow.
#[derive(Debug)]
pub(super) struct Toxics {
    list: watch::Sender<List>,
    numbers: AtomicU64,
}

impl Default for Toxics {
    fn default() -> Self {
        Self {
            list: watch::Sender::new(List::default()),
            numbers: AtomicU64::new(0),
        }
    }
}

/// Why a toxic was not added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotAdded {
    Exists,
    TooMany,
}

impl Toxics {
    pub(super) fn follow(&self) -> watch::Receiver<List> {
        self.list.subscribe()
    }

    /// As the API lists them: upstream first.
    pub(super) fn all(&self) -> Vec<Toxic> {
        let list = Arc::clone(&self.list.borrow());
        let (up, down): (Vec<_>, Vec<_>) = list
            .iter()
            .map(|active| active.toxic.clone())
            .partition(|toxic| toxic.stream == super::toxic::Stream::Upstream);
        up.into_iter().chain(down).collect()
    }

    pub(super) fn get(&self, name: &str) -> Option<Toxic> {
        let list = self.list.borrow();
        list.iter()
            .find(|active| active.toxic.name == name)
            .map(|active| active.toxic.clone())
    }

    pub(super) fn add(&self, toxic: Toxic) -> Result<Active, NotAdded> {
        let active = Active {
            number: self.numbers.fetch_add(1, Ordering::Relaxed),
            version: 0,
            toxic,
        };
        let mut added = Ok(active.clone());
        self.list.send_if_modified(|list| {
            if list.iter().any(|other| other.toxic.name == active.toxic.name) {
                added = Err(NotAdded::Exists);
            } else if list.len() >= MOST {
                added = Err(NotAdded::TooMany);
            } else {
                Arc::make_mut(list).push(active);
            }
            added.is_ok()
        });
        added
    }

    /// Changes one; none if there is none of this name, or the change is refused.
    pub(super) fn update<E>(
        &self,
        name: &str,
        change: impl FnOnce(&mut Toxic) -> Result<(), E>,
    ) -> Option<Result<Active, E>> {
        let mut outcome = None;
        self.list.send_if_modified(|list| {
            let Some(at) = list.iter().position(|active| active.toxic.name == name) else {
                return false;
            };
            let Some(active) = Arc::make_mut(list).get_mut(at) else {
                return false;
            };
            let before = active.clone();
            let changed = change(&mut active.toxic);
            let good = changed.is_ok();
            if good {
                active.version += 1;
            } else {
                *active = before;
            }
            outcome = Some(changed.map(|()| active.clone()));
            good
        });
        outcome
    }

    /// Whether there was one.
    pub(super) fn remove(&self, name: &str) -> bool {
        self.retain(|active| active.toxic.name != name)
    }

    /// Removes this one unless it was updated meanwhile.
    pub(super) fn expire(&self, number: u64, version: u64) -> bool {
        self.retain(|active| (active.number, active.version) != (number, version))
    }

    pub(super) fn clear(&self) {
        self.retain(|_| false);
    }

    /// Whether any was removed.
    fn retain(&self, keep: impl Fn(&Active) -> bool) -> bool {
        self.list.send_if_modified(|list| {
            let removes = !list.iter().all(&keep);
            if removes {
                Arc::make_mut(list).retain(&keep);
            }
            removes
        })
    }
}
