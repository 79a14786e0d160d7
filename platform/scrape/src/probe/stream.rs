//! A connection, and TLS on it.

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::Found;
use super::trust::Watch;
use crate::targets::address::host_and_port;

async fn connect(target: &str) -> Option<(TcpStream, String)> {
    let (host, port) = host_and_port(target).ok()?;
    // An IPv6 address has its brackets in a target only.
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let stream = TcpStream::connect((host.as_str(), port)).await.ok()?;
    Some((stream, host))
}

pub(super) async fn tcp(target: &str) -> Found {
    Found {
        success: connect(target).await.is_some(),
        ..Found::default()
    }
}

pub(super) async fn tls(target: &str, watch: Watch) -> Found {
    let success = handshake(target, &watch).await.is_some();
    Found {
        success,
        expiry: watch.expiry(),
        ..Found::default()
    }
}

async fn handshake(target: &str, watch: &Watch) -> Option<()> {
    let (stream, host) = connect(target).await?;
    let connector = TlsConnector::from(Arc::new(watch.config()?));
    connector
        .connect(ServerName::try_from(host).ok()?, stream)
        .await
        .ok()?;
    Some(())
}
