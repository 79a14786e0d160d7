//! Clients that write ids to one address, and note what became of each. They know no server, and wait for none: a
//! connection that breaks is made anew.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{Connection as _, PgConnection};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// On loopback a connection takes milliseconds; what takes longer is dead.
const CONNECT: Duration = Duration::from_secs(1);
/// A commit takes milliseconds; one that waits for a standby that is gone is given up, and is ambiguous.
const WRITE: Duration = Duration::from_secs(5);
/// Before the next connection, so that a closed port is not asked a thousand times a second.
const PAUSE: Duration = Duration::from_millis(20);

/// A write that the server acknowledged.
#[derive(Debug, Clone, Copy)]
pub struct Acknowledged {
    /// Its id.
    pub id: i64,
    /// When the client knew.
    pub at: Instant,
    /// The port of the server that acknowledged it, as it says itself.
    pub by: u16,
}

/// What clients know of their writes.
#[derive(Debug, Default)]
pub struct Known {
    /// In the order in which they were noted.
    pub acknowledged: Vec<Acknowledged>,
    /// Sent, and nothing is known: the connection broke or time ran out.
    pub ambiguous: BTreeSet<i64>,
    /// The server said no.
    pub refused: BTreeSet<i64>,
    /// Why ids could not be noted in the file; what is in memory counts.
    pub unwritten: Option<String>,
}

#[derive(Debug)]
struct Shared {
    known: Mutex<Known>,
    file: Option<Mutex<File>>,
}

/// Writers at work.
#[derive(Debug)]
pub struct Writers {
    shared: Arc<Shared>,
    ends: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Writers {
    /// Starts so many, all to one port of loopback.
    ///
    /// # Errors
    /// When the file of acknowledged ids cannot be made.
    pub fn begin(many: u32, port: u16, file: Option<&Path>, runtime: &Handle) -> anyhow::Result<Self> {
        let open = |path: &Path| {
            File::create(path)
                .map(Mutex::new)
                .with_context(|| format!("failed to make {}", path.display()))
        };
        let shared = Arc::new(Shared {
            known: Mutex::default(),
            file: file.map(open).transpose()?,
        });
        let ends = CancellationToken::new();
        let tasks = (1..=i64::from(many))
            .map(|writer| runtime.spawn(write(writer, port, Arc::clone(&shared), ends.clone())))
            .collect();
        Ok(Self { shared, ends, tasks })
    }

    /// The first write since then that this server acknowledged.
    #[must_use]
    pub fn first(&self, by: u16, since: Instant) -> Option<Acknowledged> {
        let known = self.shared.known();
        let after = |ack: &&Acknowledged| ack.by == by && ack.at >= since;
        known.acknowledged.iter().find(after).copied()
    }

    /// How many are acknowledged by now.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shared.known().acknowledged.len()
    }

    /// Lets each writer finish what it has begun, and gives what they know.
    pub fn end(self, runtime: &Handle) -> Known {
        self.ends.cancel();
        for task in self.tasks {
            // One that panicked has noted what it knew.
            drop(runtime.block_on(task));
        }
        std::mem::take(&mut *self.shared.known())
    }
}

impl Shared {
    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn acknowledge(&self, id: i64, by: u16) {
        let at = Instant::now();
        let written = self.file.as_ref().map(|file| {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            file.write_all(format!("{id}\n").as_bytes())
        });
        let mut known = self.known();
        known.acknowledged.push(Acknowledged { id, at, by });
        if let Some(Err(error)) = written {
            known.unwritten = Some(error.to_string());
        }
    }
}

/// One connection's address, to a port of loopback.
pub(super) fn options(port: u16) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(port)
        .username("postgres")
        .database("postgres")
        .ssl_mode(PgSslMode::Disable)
}

async fn write(writer: i64, port: u16, shared: Arc<Shared>, ends: CancellationToken) {
    let mut next = writer << 32;
    while !ends.is_cancelled() {
        if let Some((mut conn, by)) = connect(port).await {
            while !ends.is_cancelled() {
                next += 1;
                if !one(&mut conn, next, by, &shared).await {
                    break;
                }
            }
            // Dropped, not closed in order: it may be broken.
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A connection, and the port of the server at its other end.
async fn connect(port: u16) -> Option<(PgConnection, u16)> {
    let options = options(port);
    let connecting = async {
        let mut conn = PgConnection::connect_with(&options).await?;
        let by: i32 = sqlx::query_scalar("SELECT inet_server_port()")
            .fetch_one(&mut conn)
            .await?;
        Ok::<_, sqlx::Error>((conn, by))
    };
    let (conn, by) = timeout(CONNECT, connecting).await.ok()?.ok()?;
    Some((conn, u16::try_from(by).ok()?))
}

/// Writes one id; false if the connection is of no use any more.
async fn one(conn: &mut PgConnection, id: i64, by: u16, shared: &Shared) -> bool {
    let inserting = sqlx::query("INSERT INTO ledger (id) VALUES ($1)")
        .bind(id)
        .execute(conn);
    match timeout(WRITE, inserting).await {
        Ok(Ok(_)) => {
            shared.acknowledge(id, by);
            true
        }
        Ok(Err(sqlx::Error::Database(error))) if surely_not(error.code().as_deref()) => {
            shared.known().refused.insert(id);
            false
        }
        _ => {
            shared.known().ambiguous.insert(id);
            false
        }
    }
}

/// Whether nothing was written. A server that shuts down (class 57) may have committed before it said so.
fn surely_not(code: Option<&str>) -> bool {
    code.is_some_and(|code| !code.starts_with("57") && !code.starts_with("08"))
}
