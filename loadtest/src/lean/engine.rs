//! Drives the clients: each sends, waits, sends.

use std::time::{Duration, Instant};

use reqwest::Url;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::result::{Cpu, Seen};
use super::wire::{Keys, Prepared, head_of};

/// First room for an answer; most fit, and it grows for those that don't.
const ROOM: usize = 16 * 1024;
/// Longest wait for one answer; beyond it the connection counts as broken.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long and with how many.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Clients, each with one connection.
    pub clients: u32,
    /// What doesn't count.
    pub warm_up: Duration,
    /// What counts.
    pub measured: Duration,
    /// Whether writes go out under random keys instead of such as sort by time.
    pub random_keys: bool,
}

/// Runs a measurement; client `n` sends the requests of `requests(n)` in turn.
///
/// # Errors
/// When nobody listens at the start; later breaks are counted.
pub async fn measure(
    url: &Url,
    plan: Plan,
    requests: impl Fn(u32) -> Vec<Prepared>,
) -> anyhow::Result<(Seen, Cpu)> {
    let address = address(url).await?;
    let begin = Instant::now() + plan.warm_up;
    let end = begin + plan.measured;
    let mut clients = JoinSet::new();
    for n in 0..plan.clients {
        let connection = connect(address).await?;
        let keys = Keys::new(plan.random_keys);
        clients.spawn(client(connection, address, requests(n), keys, begin, end));
    }
    tokio::time::sleep_until(begin.into()).await;
    let cpu = Cpu::now()?;
    tokio::time::sleep_until(end.into()).await;
    let cpu = cpu.spent()?;
    let mut seen = Seen::default();
    while let Some(client) = clients.join_next().await {
        seen.merge(client?);
    }
    Ok((seen, cpu))
}

async fn address(url: &Url) -> anyhow::Result<std::net::SocketAddr> {
    anyhow::ensure!(url.scheme() == "http", "this engine speaks http only");
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or(80);
    let mut found = tokio::net::lookup_host((host, port)).await?;
    found
        .next()
        .ok_or_else(|| anyhow::anyhow!("{host} has no address"))
}

async fn connect(address: std::net::SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn client(
    mut stream: TcpStream,
    address: std::net::SocketAddr,
    mut requests: Vec<Prepared>,
    keys: Keys,
    begin: Instant,
    end: Instant,
) -> Seen {
    let mut seen = Seen::default();
    let mut room = vec![0; ROOM];
    let mut turn = 0;
    let mut sent = Instant::now();
    while sent < end {
        let bytes = requests[turn].next(&keys);
        let answered = tokio::time::timeout(PATIENCE, exchange(&mut stream, bytes, &mut room)).await;
        turn = (turn + 1) % requests.len();
        let now = Instant::now();
        // Counted when both ends lie within the measured time.
        let counts = sent >= begin && now <= end;
        let broken = match answered {
            Ok(Ok((status, closes))) => {
                if counts {
                    seen.answer(status, now - sent);
                }
                closes
            }
            Ok(Err(error)) => {
                seen.broke(&error);
                true
            }
            Err(_) => {
                seen.broke(&"no answer in time");
                true
            }
        };
        if broken {
            match connect(address).await {
                Ok(new) => stream = new,
                // The service is gone; its absence is counted, not spun on.
                Err(error) => {
                    seen.broke(&error);
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        sent = Instant::now();
    }
    seen
}

async fn exchange(stream: &mut TcpStream, bytes: &[u8], room: &mut Vec<u8>) -> anyhow::Result<(u16, bool)> {
    stream.write_all(bytes).await?;
    let mut filled = 0;
    let mut head = None;
    loop {
        if filled == room.len() {
            room.resize(room.len() * 2, 0);
        }
        let read = stream.read(&mut room[filled..]).await?;
        anyhow::ensure!(read > 0, "the connection ended within an answer");
        filled += read;
        if head.is_none() {
            head = head_of(&room[..filled])?;
        }
        if let Some(head) = head
            && filled >= head.length
        {
            anyhow::ensure!(filled == head.length, "more bytes than one answer");
            return Ok((head.status, head.closes));
        }
    }
}
