//! A store and a clock that the test moves, and the macro that tells a story over each store.

use std::sync::Arc;
use std::time::Duration;

use base::clock::{Clock, ManualClock};
use db::{Db, Options};
use saga::{Journal, Memory, New, Plan, Runner, Store};
use serde_json::json;
use tempfile::TempDir;

/// Tells a story, an async function of a [`Stage`], over the twin, SQLite and PostgreSQL.
macro_rules! on_all {
    ($($story:ident),+ $(,)?) => { $(
        mod $story {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn twin() {
                super::$story(crate::stage::Stage::twin()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$story(crate::stage::Stage::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$story(crate::stage::Stage::postgres().await).await;
            }
        }
    )+ };
}
pub(crate) use on_all;

/// How long the leases of these tests last.
pub(crate) const LEASE: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) db: Option<Db>,
    pub(crate) clock: Clock,
    pub(crate) hand: ManualClock,
    /// The saga that the story is about.
    pub(crate) saga: String,
    _folder: Option<Arc<TempDir>>,
}

impl Stage {
    pub(crate) fn twin() -> Self {
        Self::over(Arc::new(Memory::default()), None, None)
    }

    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("sagas.db").display());
        Self::at(&url, Some(folder)).await
    }

    pub(crate) async fn postgres() -> Self {
        let url = tokio::task::spawn_blocking(|| cluster::fresh_database().unwrap())
            .await
            .unwrap();
        Self::at(&url, None).await
    }

    async fn at(url: &str, folder: Option<TempDir>) -> Self {
        let db = Db::open(url, Options::default()).await.unwrap();
        db::migrate(&db, saga::MIGRATIONS).await.unwrap();
        Self::over(Arc::new(Journal::new(db.clone())), Some(db), folder)
    }

    fn over(store: Arc<dyn Store>, db: Option<Db>, folder: Option<TempDir>) -> Self {
        let (clock, hand) = Clock::manual("2026-11-27T02:00:00Z".parse().unwrap());
        Self {
            store,
            db,
            clock,
            hand,
            saga: "saga-0".to_owned(),
            _folder: folder.map(Arc::new),
        }
    }

    /// The same world with another store around the one that it has.
    pub(crate) fn around(&self, store: Arc<dyn Store>) -> Self {
        Self {
            store,
            ..self.clone()
        }
    }

    pub(crate) fn runner(&self, holder: &str) -> Runner {
        Runner::new(Arc::clone(&self.store), self.clock.clone(), holder).lasting(LEASE)
    }

    /// The same world under the wall clock.
    pub(crate) fn in_real_time(self) -> Self {
        Self {
            clock: Clock::system(),
            ..self
        }
    }

    /// The same store with a saga that nobody has begun.
    pub(crate) fn another(&self, number: i64) -> Self {
        Self {
            saga: format!("saga-{number}"),
            ..self.clone()
        }
    }

    pub(crate) async fn begin(&self, plan: &Plan) {
        let new = New {
            id: &self.saga,
            kind: "test",
            context: &json!({}),
            by: "ann",
        };
        self.runner("ann").begin(new, plan).await.unwrap();
    }

    /// Until every lease has run out.
    pub(crate) fn wait_for_lease(&self) {
        self.hand
            .advance_micros(i64::try_from(LEASE.as_micros()).unwrap() + 1);
    }
}
