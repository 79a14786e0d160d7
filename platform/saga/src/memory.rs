//! The twin in memory: the same promises as [`crate::Journal`], but for a power failure.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::store::{Answer, Append, Entry, Header, LONGEST_CONTEXT, Lease, MOST_ENTRIES, Store, StoreError};

/// A store for tests and dry runs. Clones share what is kept, as two processes share a database.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<BTreeMap<String, Kept>>>);

#[derive(Debug, Clone)]
struct Kept {
    header: Header,
    fence: i64,
    entries: Vec<Entry>,
}

impl Memory {
    fn with<T>(
        &self,
        saga: &str,
        work: impl FnOnce(&mut Kept) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        work(all.get_mut(saga).ok_or(StoreError::Unknown)?)
    }

    fn insert(&self, header: &Header) -> Result<(), StoreError> {
        if header.context.len() > LONGEST_CONTEXT {
            return Err(StoreError::TooLong("context"));
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = all.get(&header.id) {
            return same(&kept.header, header);
        }
        let kept = Kept {
            header: header.clone(),
            fence: 0,
            entries: Vec::new(),
        };
        all.insert(header.id.clone(), kept);
        Ok(())
    }
}

/// Whether a saga that is begun again is the one that is there.
///
/// # Errors
/// [`StoreError::Exists`].
pub(crate) fn same(there: &Header, new: &Header) -> Result<(), StoreError> {
    let same = there.kind == new.kind && there.plan == new.plan && there.context == new.context;
    if same && there.by == new.by {
        Ok(())
    } else {
        Err(StoreError::Exists)
    }
}

fn append(kept: &mut Kept, lease: &Lease, append: &Append) -> Result<(), StoreError> {
    if kept.fence != lease.fence {
        return Err(StoreError::Lost);
    }
    if kept.header.seq.saturating_add(1) != append.seq {
        return Err(StoreError::Sequence);
    }
    if append.seq > MOST_ENTRIES {
        return Err(StoreError::TooLong("journal"));
    }
    kept.entries.push(Entry {
        seq: append.seq,
        at: append.at,
        fence: lease.fence,
        event: append.event.clone(),
    });
    kept.header.seq = append.seq;
    append.standing.clone_into(&mut kept.header.standing);
    if let Some((_, until)) = &mut kept.header.held {
        *until = append.until;
    }
    Ok(())
}

impl Store for Memory {
    fn create<'a>(&'a self, header: &'a Header) -> Answer<'a, ()> {
        Box::pin(async move { self.insert(header) })
    }

    fn lease<'a>(&'a self, saga: &'a str, holder: &'a str, now: i64, until: i64) -> Answer<'a, Lease> {
        Box::pin(async move {
            self.with(saga, |kept| {
                if let Some((by, until)) = kept.header.held.clone().filter(|(_, until)| *until > now) {
                    return Err(StoreError::Held { by, until });
                }
                kept.fence = kept.fence.saturating_add(1);
                kept.header.held = Some((holder.to_owned(), until));
                Ok(Lease {
                    saga: saga.to_owned(),
                    fence: kept.fence,
                })
            })
        })
    }

    fn renew<'a>(&'a self, lease: &'a Lease, until: i64) -> Answer<'a, ()> {
        Box::pin(async move {
            self.with(&lease.saga, |kept| match &mut kept.header.held {
                Some((_, lasts)) if kept.fence == lease.fence => {
                    *lasts = until;
                    Ok(())
                }
                _ => Err(StoreError::Lost),
            })
        })
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> Answer<'a, ()> {
        Box::pin(async move {
            self.with(&lease.saga, |kept| {
                if kept.fence == lease.fence {
                    // Whoever gave it back writes no more, though nobody has taken it yet.
                    kept.fence = kept.fence.saturating_add(1);
                    kept.header.held = None;
                }
                Ok(())
            })
        })
    }

    fn append<'a>(&'a self, lease: &'a Lease, what: &'a Append) -> Answer<'a, ()> {
        Box::pin(async move { self.with(&lease.saga, |kept| append(kept, lease, what)) })
    }

    fn load<'a>(&'a self, saga: &'a str) -> Answer<'a, (Header, Vec<Entry>)> {
        Box::pin(async move { self.with(saga, |kept| Ok((kept.header.clone(), kept.entries.clone()))) })
    }

    fn list(&self, most: u32) -> Answer<'_, Vec<Header>> {
        Box::pin(async move {
            let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let mut headers: Vec<Header> = all.values().map(|kept| kept.header.clone()).collect();
            headers.sort_by(|one, other| (other.at, &other.id).cmp(&(one.at, &one.id)));
            headers.truncate(usize::try_from(most).unwrap_or(usize::MAX));
            Ok(headers)
        })
    }
}
