//! `backstop-chaos proxy`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use base::exit;
use base::shutdown::Shutdown;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::net::TcpListener;

use crate::commands::{output, ready};
use crate::proxy::api;
use crate::proxy::collection::Collection;
use base::ended::stop;

/// Requests are answered within milliseconds; a client that keeps its connection open must not keep us.
const DRAIN: Duration = Duration::from_secs(2);

#[derive(Debug, clap::Args)]
#[command(after_help = "\
The API is Toxiproxy's, so its clients work as they are. A toxic may end by itself: attribute expires_in_ms. Toxics live \
in this process and end with it.

Exit codes: 0 stopped in order · 1 failed · 2 the configuration is wrong · 6 refused: an address beyond loopback

Example:
  backstop-chaos proxy --listen 127.0.0.1:8474 --config toxiproxy.json
  curl -d '{\"name\":\"db\",\"listen\":\"127.0.0.1:15432\",\"upstream\":\"127.0.0.1:5432\"}' 127.0.0.1:8474/proxies
  curl -d '{\"type\":\"latency\",\"attributes\":{\"latency\":200,\"expires_in_ms\":60000}}' 127.0.0.1:8474/proxies/db/toxics")]
pub(super) struct Args {
    /// Where the API listens.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8474")]
    listen: SocketAddr,
    /// Proxies to begin with: Toxiproxy's JSON list of name, listen, upstream, enabled.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Written with the API's address once it answers; removed at the end.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Allows addresses beyond loopback. Whoever reaches the API can then redirect traffic: it knows no passwords.
    #[arg(long)]
    allow_nonloopback: bool,
    /// Of all chances: the same seed gives the same draws in the same order of connections.
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Reads the configuration and says what would be served.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    if !args.allow_nonloopback && !args.listen.ip().is_loopback() {
        let message = format!(
            "{} is not on loopback: say --allow-nonloopback if it has to be",
            args.listen
        );
        return Err(stop(exit::REFUSED, message));
    }
    let config = match &args.config {
        None => None,
        Some(path) => {
            let text = std::fs::read(path)
                .map_err(|error| stop(exit::USAGE, format!("{}: {error}", path.display())))?;
            let count = api::check(path, &text).map_err(|why| stop(exit::USAGE, why))?;
            Some((path, text, count))
        }
    };
    if args.dry_run {
        let count = config.map_or(0, |(_, _, count)| count);
        output::line(format!(
            "would serve the API on {} with {count} proxies",
            args.listen
        ))?;
        return Ok(exit::OK);
    }
    tokio::runtime::Runtime::new()?.block_on(async {
        // Of ten digits at most: longer ones are masked in logs, and one has to be able to say it again.
        let drawn = || u64::from(StdRng::from_os_rng().random::<u32>());
        let seed = args.seed.unwrap_or_else(drawn);
        tracing::info!(seed, "draws its chances");
        let all = Collection::new(seed, args.allow_nonloopback);
        if let Some((path, text, _)) = &config {
            api::load(&all, text)
                .await
                .map_err(|problem| stop(exit::USAGE, format!("{}: {problem}", path.display())))?;
        }
        serve(args, all).await
    })?;
    Ok(exit::OK)
}

async fn serve(args: &Args, all: Collection) -> anyhow::Result<()> {
    let shutdown = Shutdown::on_signals().context("failed to listen for signals")?;
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("failed to listen on {}", args.listen))?;
    let address = listener.local_addr()?;
    let ready = args.ready_file.as_deref().map(|path| {
        ready::write(path, address).with_context(|| format!("failed to write {}", path.display()))
    });
    let _ready = ready.transpose()?;
    tracing::info!(%address, "the proxy's API listens");
    let asked = shutdown.clone();
    let serving = axum::serve(listener, api::routes(all))
        .with_graceful_shutdown(async move { asked.cancelled().await });
    let overdue = async {
        shutdown.cancelled().await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        served = serving => served.context("failed to serve"),
        () = overdue => Ok(()),
    }
}
