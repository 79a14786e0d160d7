//! The PEM files that TLS needs, and what rustls makes of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{self, RootCertStore, ServerConfig};

/// Where they are.
#[derive(Debug, Clone)]
pub struct Files {
    /// The certificate and its intermediates, PEM, the service's own first.
    pub certificate: PathBuf,
    /// Its private key, PEM (PKCS#8, PKCS#1 or SEC1).
    pub key: PathBuf,
    /// Authorities that clients' certificates must come from, PEM; without it
    /// no client certificate is asked for.
    pub client_ca: Option<PathBuf>,
    /// Whether a client without a certificate may connect all the same, and say
    /// who it is by a token or a session.
    pub client_certificate_optional: bool,
}

/// Why TLS can't be served with these files.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file without what it should hold. Its content is not repeated.
    #[error("{} holds no usable {what} in PEM form", .path.display())]
    Pem {
        /// Which.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// Certificate and key don't belong together, or are of a kind that isn't accepted.
    #[error("certificate and key cannot be used together")]
    Pair(#[source] rustls::Error),
    /// Without a certificate, at an address that other machines reach.
    #[error(
        "{0} is reachable from other machines, and tokens and what is asked would cross the network in the \
         clear: give --tls-certificate and --tls-key, or --allow-plain-http if something in front does TLS"
    )]
    Plain(std::net::SocketAddr),
    /// An authority that can't judge clients.
    #[error("the client authority cannot be used")]
    ClientCa(#[source] VerifierBuilderError),
}

/// The files' bytes at one look; compared, never shown: one is a private key.
#[derive(Clone, PartialEq, Eq)]
pub struct Contents {
    certificate: Vec<u8>,
    key: zeroize::Zeroizing<Vec<u8>>,
    client_ca: Option<Vec<u8>>,
}

impl Files {
    /// Reads all of them.
    ///
    /// # Errors
    /// Names the one that can't be read.
    pub fn read(&self) -> Result<Contents, TlsError> {
        Ok(Contents {
            certificate: read(&self.certificate)?,
            key: read(&self.key)?.into(),
            client_ca: self.client_ca.as_deref().map(read).transpose()?,
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::Read {
        path: path.to_owned(),
        source,
    })
}

impl Contents {
    /// What a connection is accepted with.
    ///
    /// # Errors
    /// Names the file that is not usable; `files` only lends the names.
    pub fn config(&self, files: &Files) -> Result<ServerConfig, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let chain = certificates(&self.certificate, &files.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|_| TlsError::Pem {
            path: files.key.clone(),
            what: "private key",
        })?;
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(TlsError::Pair)?;
        let builder = match (&self.client_ca, &files.client_ca) {
            (Some(pem), Some(path)) => builder.with_client_cert_verifier(clients(
                pem,
                path,
                provider,
                files.client_certificate_optional,
            )?),
            _ => builder.with_no_client_auth(),
        };
        let mut config = builder.with_single_cert(chain, key).map_err(TlsError::Pair)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

fn clients(
    pem: &[u8],
    path: &Path,
    provider: Arc<CryptoProvider>,
    optional: bool,
) -> Result<Arc<dyn rustls::server::danger::ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(pem, path)? {
        roots.add(certificate).map_err(TlsError::Pair)?;
    }
    let mut builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    if optional {
        builder = builder.allow_unauthenticated();
    }
    builder.build().map_err(TlsError::ClientCa)
}

fn certificates(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => Err(TlsError::Pem {
            path: path.to_owned(),
            what: "certificate",
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_bytes_in_a_file_are_more_than_an_error(
            certificate in proptest::collection::vec(any::<u8>(), 0..256),
            body in "[A-Za-z0-9+/=\n]{0,200}",
        ) {
            let files = Files { certificate: "c".into(), key: "k".into(), client_ca: Some("a".into()), client_certificate_optional: false };
            let pem = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n").into_bytes();
            for certificate in [certificate, pem] {
                let contents = Contents {
                    key: certificate.clone().into(),
                    client_ca: Some(certificate.clone()),
                    certificate,
                };
                prop_assert!(contents.config(&files).is_err());
            }
        }
    }
}
