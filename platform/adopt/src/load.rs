//! Clients whose transactions are open around a binding insert, as an application's are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use base::clock::Clock;
use base::ids::Ids;
use db::{Db, DbError};
use rand::Rng;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::Proof;
use crate::statement::{Fresh, Statement};

/// What the clients saw.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) committed: u64,
    pub(crate) refused: u64,
    pub(crate) failed: u64,
    pub(crate) failure: Option<String>,
}

pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Told>>,
}

impl Load {
    pub(crate) fn start(db: &Db, statement: Statement, proof: &Proof, clock: &Clock) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        // Numbers that no earlier proof on the same copy had.
        let number = Arc::new(AtomicI64::new(clock.now_micros()));
        let ids = Arc::new(Ids::system(clock.clone()));
        let client = |_| {
            let (db, statement, hold) = (db.clone(), statement.clone(), proof.hold);
            let (stop, number, ids) = (Arc::clone(&stop), Arc::clone(&number), Arc::clone(&ids));
            tokio::spawn(async move {
                let mut told = Told::default();
                while !stop.load(Ordering::Relaxed) {
                    let fresh = Fresh {
                        id: ids.next().to_string(),
                        n: number.fetch_add(1, Ordering::Relaxed),
                    };
                    told.count(attempt(&db, statement.clone(), fresh, hold).await);
                    if told.paused() {
                        sleep(Duration::from_millis(5)).await;
                    }
                }
                told
            })
        };
        let clients = (0..proof.clients).map(client).collect();
        Self { stop, clients }
    }

    pub(crate) async fn stop(self) -> Told {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Told::default();
        for client in self.clients {
            match client.await {
                Ok(told) => all.add(told),
                Err(_) => all.failed += 1,
            }
        }
        all
    }
}

/// Begins, waits, inserts, waits, commits. The wait is a statement, so that a snapshot is older than the insert's.
async fn attempt(db: &Db, statement: Statement, fresh: Fresh, hold: Duration) -> Result<(), DbError> {
    let longest = i64::try_from(hold.as_millis()).unwrap_or(i64::MAX);
    let (before, after) = (
        rand::rng().random_range(0..=longest),
        rand::rng().random_range(0..=longest),
    );
    db.write(move |tx| {
        Box::pin(async move {
            tx.one("SELECT pg_sleep($1 / 1000.0)::text", &[before.into()])
                .await?;
            if statement.run(tx, &fresh).await? == 0 {
                return Err(DbError::Other("the statement inserted nothing".to_owned()));
            }
            let told = "INSERT INTO backstop.intake_proof (id, n) VALUES ($1, $2)";
            tx.exec(told, &[(&fresh.id).into(), fresh.n.into()]).await?;
            tx.one("SELECT pg_sleep($1 / 1000.0)::text", &[after.into()])
                .await?;
            Ok(())
        })
    })
    .await
}

impl Told {
    fn count(&mut self, outcome: Result<(), DbError>) {
        match outcome {
            Ok(()) => self.committed += 1,
            Err(DbError::Raised { code, .. }) if code == "intake_closed" => self.refused += 1,
            Err(error) => {
                self.failed += 1;
                self.failure.get_or_insert_with(|| error.to_string());
            }
        }
    }

    /// Whoever is refused asks again soon, and not at once.
    const fn paused(&self) -> bool {
        self.refused + self.failed > 0
    }

    fn add(&mut self, other: Self) {
        self.committed += other.committed;
        self.refused += other.refused;
        self.failed += other.failed;
        if self.failure.is_none() {
            self.failure = other.failure;
        }
    }
}
