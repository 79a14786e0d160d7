//! Sees that the primary is lost, as a monitor would: it asks, and is told nothing of the fault.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::drill::failover::writers::options;

/// Between two questions: a tenth of what a failover may take.
const EVERY: Duration = Duration::from_millis(50);
/// For an answer; a machine under stress answers within.
const ANSWER: Duration = Duration::from_millis(500);
/// So many questions in a row without an answer: one alone may be a full queue of connections.
const MISSES: u32 = 3;

/// Asks one server until it is lost.
#[derive(Debug)]
pub struct Probe {
    lost: Arc<OnceLock<Instant>>,
    task: JoinHandle<()>,
}

impl Probe {
    /// Begins to ask the server on this port of loopback.
    #[must_use]
    pub fn begin(port: u16, runtime: &Handle) -> Self {
        let lost = Arc::new(OnceLock::new());
        let note = Arc::clone(&lost);
        let task = runtime.spawn(async move {
            let mut missed = 0;
            while missed < MISSES {
                tokio::time::sleep(EVERY).await;
                missed = if answers(port).await { 0 } else { missed + 1 };
            }
            note.get_or_init(Instant::now);
        });
        Self { lost, task }
    }

    /// When it was found lost.
    #[must_use]
    pub fn lost(&self) -> Option<Instant> {
        self.lost.get().copied()
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answers(port: u16) -> bool {
    let asking = async {
        let mut conn = PgConnection::connect_with(&options(port)).await?;
        sqlx::query("SELECT 1").execute(&mut conn).await?;
        conn.close().await
    };
    matches!(tokio::time::timeout(ANSWER, asking).await, Ok(Ok(())))
}
