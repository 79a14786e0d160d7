//! Answers every GET with the bytes of a file: what HTTP alone costs, on the same server library.

use std::path::PathBuf;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::serve::ListenerExt;
use clap::Parser;
use peers::ready;

/// A bare axum handler.
#[derive(Parser)]
struct Args {
    /// The bytes to answer with.
    #[arg(long)]
    body: PathBuf,
    /// Written with the address once it listens.
    #[arg(long)]
    ready_file: PathBuf,
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let body = Bytes::from(std::fs::read(&args.body).context("failed to read the body")?);
    let answer = move || std::future::ready(([(CONTENT_TYPE, "application/json")], body.clone()));
    let routes = Router::new().fallback(get(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .context("failed to listen")?;
    ready::announce(&args.ready_file, &listener.local_addr()?.to_string())?;
    // The peer gets every advantage that costs nothing: no delayed acknowledgements.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    tokio::select! {
        served = axum::serve(listener, routes) => served.context("failed to serve"),
        () = ready::parent_left() => Ok(()),
    }
}
