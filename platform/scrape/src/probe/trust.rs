//! Whose certificates are good, and when those end that a server shows.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::expiry;

type Verifier = Arc<dyn ServerCertVerifier>;

/// The authorities of one probe, read again when their file changes.
#[derive(Default)]
pub(super) struct Trust {
    read: Option<(Option<SystemTime>, Verifier)>,
}

/// One handshake.
pub(super) struct Watch {
    seen: Arc<Seen>,
    provider: Arc<CryptoProvider>,
}

/// The system's authorities, once a process: they take a megabyte.
static SYSTEM: OnceLock<Verifier> = OnceLock::new();

impl Trust {
    /// `None` if the authorities cannot be read.
    pub(super) fn watch(&mut self, file: Option<&Path>) -> Option<Watch> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = match file {
            Some(path) => self.of(path, &provider)?,
            None => system(&provider)?,
        };
        Some(Watch {
            seen: Arc::new(Seen {
                verifier,
                first_end: AtomicI64::new(i64::MAX),
            }),
            provider,
        })
    }

    fn of(&mut self, path: &Path, provider: &Arc<CryptoProvider>) -> Option<Verifier> {
        let changed = std::fs::metadata(path).ok()?.modified().ok();
        if let Some((read, verifier)) = &self.read
            && *read == changed
        {
            return Some(Arc::clone(verifier));
        }
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(PathBuf::from(path)).ok()? {
            roots.add(certificate.ok()?).ok()?;
        }
        let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
        let verifier: Verifier = builder.build().ok()?;
        self.read = Some((changed, Arc::clone(&verifier)));
        Some(verifier)
    }
}

fn system(provider: &Arc<CryptoProvider>) -> Option<Verifier> {
    if let Some(verifier) = SYSTEM.get() {
        return Some(Arc::clone(verifier));
    }
    let verifier: Verifier = Arc::new(rustls_platform_verifier::Verifier::new(Arc::clone(provider)).ok()?);
    Some(Arc::clone(SYSTEM.get_or_init(|| verifier)))
}

impl Watch {
    /// For one connection.
    pub(super) fn config(&self) -> Option<ClientConfig> {
        let builder = ClientConfig::builder_with_provider(Arc::clone(&self.provider));
        let builder = builder.with_safe_default_protocol_versions().ok()?;
        let seen: Verifier = Arc::clone(&self.seen) as Verifier;
        Some(
            builder
                .dangerous()
                .with_custom_certificate_verifier(seen)
                .with_no_client_auth(),
        )
    }

    /// When the first of the certificates ends that were shown; seconds since the Unix epoch.
    pub(super) fn expiry(&self) -> Option<i64> {
        Some(self.seen.first_end.load(Relaxed)).filter(|end| *end != i64::MAX)
    }
}

/// Notes what it is shown, then lets the verifier decide: the end of a certificate that is no longer good is
/// what people need to see.
struct Seen {
    verifier: Verifier,
    first_end: AtomicI64,
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen").finish_non_exhaustive()
    }
}

impl ServerCertVerifier for Seen {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown = std::iter::once(end_entity).chain(intermediates);
        if let Some(first) = shown.filter_map(|each| expiry::not_after(each)).min() {
            self.first_end.fetch_min(first, Relaxed);
        }
        self.verifier
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
