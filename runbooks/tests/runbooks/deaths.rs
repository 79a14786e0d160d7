//! Deaths at moments that are counted: before and after each append, before and amid each effect.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use saga::store::{Answer, Append, Lease};
use saga::{Entry, Header, Store};
use tokio::sync::Notify;

/// Dies at one moment; moments are counted from 0.
#[derive(Clone)]
pub(crate) struct Deaths(Arc<(AtomicI64, Notify)>);

impl Deaths {
    pub(crate) fn at(moment: i64) -> Self {
        Self(Arc::new((AtomicI64::new(moment), Notify::new())))
    }

    pub(crate) fn none() -> Self {
        Self::at(i64::MAX)
    }

    /// A moment at which a process can die. Whoever dies here is never heard of again.
    pub(crate) async fn point(&self) {
        if self.0.0.fetch_sub(1, Ordering::SeqCst) == 0 {
            self.0.1.notify_one();
            std::future::pending::<()>().await;
        }
    }

    pub(crate) async fn met(&self) {
        self.0.1.notified().await;
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
        self.store.lease(saga, holder, now, until)
    }

    fn renew<'a>(&'a self, lease: &'a Lease, until: i64) -> Answer<'a, ()> {
        self.store.renew(lease, until)
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> Answer<'a, ()> {
        self.store.release(lease)
    }

    fn append<'a>(&'a self, lease: &'a Lease, append: &'a Append) -> Answer<'a, ()> {
        Box::pin(async move {
            self.deaths.point().await;
            let appended = self.store.append(lease, append).await;
            self.deaths.point().await;
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
