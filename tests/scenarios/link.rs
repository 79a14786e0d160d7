//! A link over loopback that can be cut, as a network is: nothing arrives any more, and neither end is told.
//! What was under way when it was cut arrives when it is healed.

use std::io;
use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// A link to a port of this machine. Dropping it ends its connections.
pub(crate) struct Link {
    /// Where it is entered.
    pub(crate) port: u16,
    cut: watch::Sender<bool>,
    carrier: JoinHandle<()>,
}

impl Link {
    pub(crate) async fn to(target: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (cut, is_cut) = watch::channel(false);
        let carrier = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                connections.spawn(connection(near, target, is_cut.clone()));
                while connections.try_join_next().is_some() {}
            }
        });
        Self { port, cut, carrier }
    }

    pub(crate) fn cut(&self) {
        self.cut.send_replace(true);
    }

    pub(crate) fn heal(&self) {
        self.cut.send_replace(false);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.carrier.abort();
    }
}

/// Until both ends have said all, or one of them is gone.
async fn connection(near: TcpStream, target: u16, cut: watch::Receiver<bool>) {
    let mut cut_off = cut.clone();
    whole(&mut cut_off).await;
    // Nobody there: the one who asked sees its connection close.
    let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await else {
        return;
    };
    for end in [&near, &far] {
        // Small statements wait for no others.
        end.set_nodelay(true).unwrap();
    }
    let (near, far) = (near.into_split(), far.into_split());
    let there = carry(near.0, far.1, cut.clone());
    let back = carry(far.0, near.1, cut);
    drop(tokio::try_join!(there, back));
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut cut: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut bytes = vec![0; 16 << 10];
    loop {
        let read = from.read(&mut bytes).await?;
        whole(&mut cut).await;
        if read == 0 {
            return to.shutdown().await;
        }
        to.write_all(&bytes[..read]).await?;
    }
}

/// Waits until the link is whole.
async fn whole(cut: &mut watch::Receiver<bool>) {
    // Its owner is gone: the link is ending, and so is this.
    drop(cut.wait_for(|cut| !*cut).await);
}
