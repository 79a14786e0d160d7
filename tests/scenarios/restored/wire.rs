//! A way to the database's server that holds the n-th commit back for ever, so that whoever sent it can be killed
//! before it arrives.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// As the service says it.
const COMMIT: &[u8] = b"COMMIT";

/// The way. Dropping it ends its connections, as the end of whoever used them does.
pub(super) struct Tripwire {
    pub(super) port: u16,
    tripped: Arc<AtomicBool>,
    carrier: JoinHandle<()>,
}

#[derive(Clone)]
struct Counter {
    left: Arc<AtomicU64>,
    tripped: Arc<AtomicBool>,
}

impl Tripwire {
    /// To a port of this machine; it trips at the n-th commit.
    pub(super) async fn to(target: u16, n: u64) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let counter = Counter {
            left: Arc::new(AtomicU64::new(n)),
            tripped: Arc::default(),
        };
        let tripped = Arc::clone(&counter.tripped);
        let carrier = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                connections.spawn(connection(near, target, counter.clone()));
            }
        });
        Self {
            port,
            tripped,
            carrier,
        }
    }

    /// Whether the commit is being held back.
    pub(super) fn tripped(&self) -> bool {
        self.tripped.load(Ordering::SeqCst)
    }
}

impl Drop for Tripwire {
    fn drop(&mut self) {
        self.carrier.abort();
    }
}

async fn connection(near: TcpStream, target: u16, counter: Counter) -> io::Result<()> {
    let far = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let ((mut from, mut back), (mut answers, mut to)) = (near.into_split(), far.into_split());
    let there = async move {
        let mut bytes = vec![0; 64 << 10];
        loop {
            let read = from.read(&mut bytes).await?;
            if read == 0 {
                return to.shutdown().await;
            }
            counter.pass(&bytes[..read]).await;
            to.write_all(&bytes[..read]).await?;
        }
    };
    let here = async move { tokio::io::copy(&mut answers, &mut back).await.map(drop) };
    // Whichever end is gone, the other is told.
    tokio::select! {
        done = there => done,
        done = here => done,
    }
}

impl Counter {
    /// Returns if none of these is the one; never, if one is.
    async fn pass(&self, bytes: &[u8]) {
        let commits = bytes.windows(COMMIT.len()).filter(|some| *some == COMMIT).count() as u64;
        for _ in 0..commits {
            if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
                self.tripped.store(true, Ordering::SeqCst);
                std::future::pending::<()>().await;
            }
        }
    }
}
