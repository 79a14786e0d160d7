//! TLS at the door: certificate, key and client authority from PEM files,
//! loaded again when they change, so that a new certificate costs no downtime.
//!
//! [`files`] reads and checks them, [`peer`] says whose certificate a client showed. One provider of cryptography, aws-lc-rs,
//! serves the whole build; TLS 1.2 and 1.3 are spoken, nothing older.

pub mod files;
pub mod peer;

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use auth::Shown;
use base::shutdown::Shutdown;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

pub use files::{Files, TlsError};

/// Between two looks at the files. A renewed certificate is good for weeks; a
/// person who replaced one and tries it wants to see it at once.
const LOOK: Duration = Duration::from_secs(1);

/// What the client's certificate showed, in the request's extensions.
#[derive(Debug, Clone)]
pub struct Certificate(pub Arc<Shown>);

/// What new connections are served with. Cheap to clone.
#[derive(Clone)]
pub struct Tls {
    files: Files,
    now: Arc<RwLock<Arc<ServerConfig>>>,
    read: files::Contents,
}

impl Tls {
    /// TLS from its files; nothing where the address stays on this machine or plain HTTP was asked for by name.
    ///
    /// # Errors
    /// [`TlsError::Plain`], or as [`Tls::load`].
    pub fn at(
        listen: SocketAddr,
        files: Option<Files>,
        allow_plain_http: bool,
    ) -> Result<Option<Self>, TlsError> {
        match files {
            Some(files) => Self::load(files).map(Some),
            None if listen.ip().to_canonical().is_loopback() || allow_plain_http => Ok(None),
            None => Err(TlsError::Plain(listen)),
        }
    }

    /// Reads the files.
    ///
    /// # Errors
    /// When one can't be read, or they don't belong together: see [`TlsError`].
    pub fn load(files: Files) -> Result<Self, TlsError> {
        let read = files.read()?;
        let config = read.config(&files)?;
        Ok(Self {
            files,
            now: Arc::new(RwLock::new(Arc::new(config))),
            read,
        })
    }

    /// The acceptor for the next connection; those that are open keep theirs.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        let now = self.now.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&now))
    }

    /// Looks at the files until the shutdown. Files that changed into something
    /// unusable (half-written, another key) change nothing: the old ones serve on,
    /// the log says why, and the next look tries again.
    pub async fn watch(mut self, until: Shutdown) {
        let mut refused: Option<files::Contents> = None;
        loop {
            tokio::select! {
                () = until.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            let files = self.files.clone();
            let read = tokio::task::spawn_blocking(move || files.read()).await;
            let Ok(Ok(read)) = read else { continue };
            if read == self.read || refused.as_ref() == Some(&read) {
                continue;
            }
            match read.config(&self.files) {
                Ok(config) => {
                    *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
                    self.read = read;
                    refused = None;
                    tracing::info!("the TLS certificate was loaded again");
                }
                Err(error) => {
                    tracing::warn!(%error, "the changed TLS files are unusable; the old ones serve on");
                    refused = Some(read);
                }
            }
        }
    }
}
