//! Deaths at moments that are counted: every append and every effect has some, before, amid and after.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use saga::store::{Answer, Append, Lease};
use saga::{Entry, Header, Store};
use tokio::sync::Notify;

/// Dies at one moment; moments are counted from 0.
#[derive(Clone)]
pub(crate) struct Deaths(Arc<Count>);

struct Count {
    left: AtomicI64,
    died: Notify,
}

impl Deaths {
    pub(crate) fn at(moment: i64) -> Self {
        let left = AtomicI64::new(moment);
        let died = Notify::new();
        Self(Arc::new(Count { left, died }))
    }

    pub(crate) fn none() -> Self {
        Self::at(i64::MAX)
    }

    /// A moment at which a process can die. Whoever dies here is never heard of again.
    pub(crate) async fn point(&self, _name: &str) {
        if self.0.left.fetch_sub(1, Ordering::SeqCst) == 0 {
            self.0.died.notify_one();
            std::future::pending::<()>().await;
        }
    }

    /// Waits for it.
    pub(crate) async fn met(&self) {
        self.0.died.notified().await;
    }
}

/// A store whose user can die before and after each append.
pub(crate) struct Mortal {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) deaths: Deaths,
}

impl Store for Mortal {
    fn create<'a>(&'a self, header: &'a Header) -> Answer<'a, ()> {
        self.store.create(header)
    }

    fn lease<'a>(&'a self, saga: &'a str, holder: &'a str, now: i64, until: i64) -> Answer<'a, Lease> {
        Box::pin(async move {
            let lease = self.store.lease(saga, holder, now, until).await;
            self.deaths.point("after the lease").await;
            lease
        })
    }

    fn renew<'a>(&'a self, lease: &'a Lease, until: i64) -> Answer<'a, ()> {
        self.store.renew(lease, until)
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> Answer<'a, ()> {
        Box::pin(async move {
            self.deaths.point("before the lease is given back").await;
            self.store.release(lease).await
        })
    }

    fn append<'a>(&'a self, lease: &'a Lease, append: &'a Append) -> Answer<'a, ()> {
        Box::pin(async move {
            self.deaths.point("before the append").await;
            let appended = self.store.append(lease, append).await;
            self.deaths.point("after the append").await;
            appended
        })
    }

    fn load<'a>(&'a self, saga: &'a str) -> Answer<'a, (Header, Vec<Entry>)> {
        self.store.load(saga)
    }

    fn list(&self, most: u32) -> Answer<'_, Vec<Header>> {
        self.store.list(most)
    }
}
