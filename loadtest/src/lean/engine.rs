//! Drives the clients: each sends, waits, sends.
//!
//! At a fixed arrival rate the requests are due at equal distances, whoever of the clients sends them; one
//! that is late because the answer before it was late counts from when it was due, so that a service that
//! stalls cannot hide it.

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
    /// Requests a second over all clients; as fast as they can without it.
    pub rate: Option<u32>,
    /// The status that counts as success, where it is not any 2xx.
    pub expect: Option<u16>,
}

impl Plan {
    /// When a client's first request is due, after the start, and how far apart they are.
    fn pace(&self, client: u32) -> Option<(Duration, Duration)> {
        let distance = Duration::from_secs(1) / self.rate?;
        Some((distance * client, distance * self.clients))
    }
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
    let start = Instant::now();
    let begin = start + plan.warm_up;
    let end = begin + plan.measured;
    let mut clients = JoinSet::new();
    for n in 0..plan.clients {
        let connection = connect(address).await?;
        let keys = Keys::new(plan.random_keys);
        let pace = plan.pace(n).map(|(first, every)| (start + first, every));
        let times = Times {
            begin,
            end,
            pace,
            expect: plan.expect,
        };
        clients.spawn(client(connection, address, requests(n), keys, times));
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

/// When a client sends, and what counts.
struct Times {
    begin: Instant,
    end: Instant,
    /// When the next request is due, and how far apart they are.
    pace: Option<(Instant, Duration)>,
    expect: Option<u16>,
}

impl Times {
    /// Waits until the next request is due; answers from when it counts.
    async fn next(&mut self) -> Instant {
        let Some((due, every)) = &mut self.pace else {
            return Instant::now();
        };
        let this = *due;
        *due += *every;
        if this <= Instant::now() {
            return this;
        }
        tokio::time::sleep_until(this.into()).await;
        // The timer's own lateness is not the service's.
        Instant::now()
    }
}

async fn client(
    mut stream: TcpStream,
    address: std::net::SocketAddr,
    mut requests: Vec<Prepared>,
    keys: Keys,
    mut times: Times,
) -> Seen {
    let mut seen = Seen::default();
    let mut room = vec![0; ROOM];
    let mut turn = 0;
    let mut sent = times.next().await;
    while sent < times.end {
        let bytes = requests[turn].next(&keys);
        let answered = tokio::time::timeout(PATIENCE, exchange(&mut stream, bytes, &mut room)).await;
        turn = (turn + 1) % requests.len();
        let now = Instant::now();
        // Counted when both ends lie within the measured time.
        let counts = sent >= times.begin && now <= times.end;
        let broken = match answered {
            Ok(Ok((status, closes))) => {
                if counts {
                    seen.answer(status, now.saturating_duration_since(sent), times.expect);
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
        sent = times.next().await;
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
