//! Whom a client believes under TLS, and what it shows of itself.

use std::path::{Path, PathBuf};
use std::{fs, io};

use reqwest::{Certificate, ClientBuilder, Identity, tls};

/// Authorities and a client certificate. By default the system's authorities
/// (or those of `SSL_CERT_FILE`) and no certificate.
#[derive(Clone, Default)]
pub struct Trust {
    authorities: Vec<Certificate>,
    identity: Option<Identity>,
}

/// Why a file gives no trust.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// It can't be read.
    #[error("cannot read {}", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// It holds something else. Its content is not repeated: it may be a key.
    #[error("{} holds no usable {} in PEM form", .0.display(), .1)]
    Pem(PathBuf, &'static str),
}

impl Trust {
    /// Believes the authorities in this PEM file, and no others.
    ///
    /// # Errors
    /// When the file can't be read or holds no certificate.
    pub fn authority(mut self, path: &Path) -> Result<Self, TrustError> {
        let unusable = || TrustError::Pem(path.to_owned(), "certificate");
        self.authorities = Certificate::from_pem_bundle(&read(path)?).map_err(|_| unusable())?;
        if self.authorities.is_empty() {
            return Err(unusable());
        }
        Ok(self)
    }

    /// Shows the certificate in this PEM file, which also holds its private key.
    ///
    /// # Errors
    /// When the file can't be read or lacks either.
    pub fn identity(mut self, path: &Path) -> Result<Self, TrustError> {
        let identity = Identity::from_pem(&read(path)?)
            .map_err(|_| TrustError::Pem(path.to_owned(), "certificate with its key"))?;
        self.identity = Some(identity);
        Ok(self)
    }

    pub(super) fn apply(&self, mut builder: ClientBuilder) -> ClientBuilder {
        builder = builder.tls_version_min(tls::Version::TLS_1_2);
        if !self.authorities.is_empty() {
            builder = builder.tls_certs_only(self.authorities.iter().cloned());
        }
        match &self.identity {
            Some(identity) => builder.identity(identity.clone()),
            None => builder,
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TrustError> {
    fs::read(path).map_err(|error| TrustError::Read(path.to_owned(), error))
}
