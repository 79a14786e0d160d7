//! Sources over https: believed by their certificate, or not asked.
//!
//! The system's authorities, or those of `SSL_CERT_FILE`, are read once per
//! process, so each answer is sought by this test in a process of its own.

use std::fs;
use std::process::{Command, Output};
use std::sync::Arc;

use crate::outside::{Outside, patient, subject};
use domain::product::Source;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use sources::{Settings, Sources};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, pem::PemObject};

const CHILD: &str = "SOURCES_OVER_TLS";
const ME: &str = "tls::sources_over_https_are_believed_by_their_certificate";

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Puts TLS before the stand-in; answers the address.
async fn under_tls(standin: String, issuer: &CertifiedIssuer<'static, KeyPair>) -> String {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let behind = standin.trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, behind) = (acceptor.clone(), behind.clone());
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                let Ok(mut behind) = TcpStream::connect(behind).await else {
                    return;
                };
                drop(tokio::io::copy_bidirectional(&mut stream, &mut behind).await);
            });
        }
    });
    format!("https://{address}")
}

async fn ask(url: String) {
    let settings = Settings {
        limits: patient(),
        ..Settings::default()
    };
    let sources = Sources::new(&url, settings).unwrap();
    for (source, answer) in sources.pull_all(Source::ALL, &subject(7)).await {
        if let Err(error) = answer {
            panic!("NO ANSWER of {source}: {error}");
        }
    }
}

async fn child(url: &str, authorities: std::path::PathBuf) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", ME, "--nocapture"])
        .env(CHILD, url)
        .env("SSL_CERT_FILE", authorities)
        .env_remove("SSL_CERT_DIR");
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sources_over_https_are_believed_by_their_certificate() {
    if let Some(url) = std::env::var_os(CHILD) {
        return ask(url.into_string().unwrap()).await;
    }
    let outside = Outside::start().await;
    let (ours, stranger) = (authority(), authority());
    let url = under_tls(outside.url.clone(), &ours).await;
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, issuer: &CertifiedIssuer<'static, KeyPair>| {
        let path = folder.path().join(name);
        fs::write(&path, issuer.pem()).unwrap();
        path
    };
    let believed = child(&url, file("ours.pem", &ours)).await;
    assert!(
        believed.status.success(),
        "{}",
        String::from_utf8_lossy(&believed.stderr)
    );
    let asked = outside.requests(Source::ALL[0].as_str()).await;
    assert!(asked > 0, "it was this stand-in that answered");

    let refused = child(&url, file("stranger.pem", &stranger)).await;
    let said =
        String::from_utf8_lossy(&refused.stderr).into_owned() + &String::from_utf8_lossy(&refused.stdout);
    assert!(!refused.status.success() && said.contains("NO ANSWER"), "{said}");
    assert_eq!(
        outside.requests(Source::ALL[0].as_str()).await,
        asked,
        "a stranger is told nothing"
    );
}
