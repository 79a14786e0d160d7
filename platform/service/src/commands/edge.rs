//! What faces outside: TLS, and how often a caller may ask.

use std::net::SocketAddr;
use std::path::PathBuf;

use auth::Certificates;
use base::clock::Clock;
use base::exit;
use service::config::Limits;
use web::tls::{Files, Tls};

use crate::cli::{because, stop};

/// TLS and rates.
#[derive(clap::Args, Debug)]
pub(crate) struct EdgeArgs {
    /// Certificate with its intermediates, PEM; loaded again when it changes.
    #[arg(
        long,
        env = "FINANCING_TLS_CERTIFICATE",
        value_name = "FILE",
        requires = "tls_key"
    )]
    tls_certificate: Option<PathBuf>,
    /// Private key of the certificate, PEM.
    #[arg(
        long,
        env = "FINANCING_TLS_KEY",
        value_name = "FILE",
        requires = "tls_certificate"
    )]
    tls_key: Option<PathBuf>,
    /// Authorities, PEM, that every client's certificate must come from (mutual TLS).
    #[arg(
        long,
        env = "FINANCING_CLIENT_CA",
        value_name = "FILE",
        requires = "tls_certificate"
    )]
    client_ca: Option<PathBuf>,
    /// Let clients without a certificate connect too, to say who they are by token or session.
    #[arg(long, env = "FINANCING_CLIENT_CERTIFICATE_OPTIONAL", requires = "client_ca")]
    client_certificate_optional: bool,
    /// File that says which client certificate stands for whom.
    #[arg(
        long,
        env = "FINANCING_CERTIFICATES",
        value_name = "FILE",
        requires = "client_ca"
    )]
    certificates: Option<PathBuf>,
    /// Serve in the clear beyond loopback: something in front must do TLS.
    #[arg(long, env = "FINANCING_ALLOW_PLAIN_HTTP", conflicts_with = "tls_certificate")]
    allow_plain_http: bool,
    /// Something on this machine does TLS in front: then cookies are for TLS only, on loopback too.
    #[arg(long, env = "FINANCING_BEHIND_TLS", conflicts_with = "tls_certificate")]
    behind_tls: bool,
    /// Requests a second that one principal may send; operators' acts are never limited.
    #[arg(long, env = "FINANCING_RATE_PRINCIPAL", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate_principal: Option<u32>,
    /// Requests a second that one source address may send; operators' acts are never limited.
    #[arg(long, env = "FINANCING_RATE_ADDRESS", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate_address: Option<u32>,
}

impl EdgeArgs {
    /// The usual bounds with the rates that were asked for.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            wire: web::Limits {
                rate_address: self.rate_address,
                ..web::Limits::default()
            },
            rate_principal: self.rate_principal,
            ..Limits::default()
        }
    }

    /// Whether browsers come under TLS: here, or in front of a service that others reach in the clear.
    pub(crate) fn secure(&self, listen: SocketAddr) -> bool {
        self.behind_tls || self.tls_certificate.is_some() || !listen.ip().to_canonical().is_loopback()
    }

    /// The map of clients' certificates, if there is one.
    pub(crate) fn certificates(&self, clock: Clock) -> anyhow::Result<Option<Certificates>> {
        let Some(path) = &self.certificates else {
            return Ok(None);
        };
        Certificates::load(path, clock)
            .map(Some)
            .map_err(|error| stop(exit::USAGE, format!("{}: {error}", path.display())))
    }

    /// TLS from its files; nothing where the address stays on this machine or
    /// plain HTTP was asked for by name.
    pub(crate) fn tls(&self, listen: SocketAddr) -> anyhow::Result<Option<Tls>> {
        let files = self.tls_certificate.clone().zip(self.tls_key.clone());
        let files = files.map(|(certificate, key)| Files {
            certificate,
            key,
            client_ca: self.client_ca.clone(),
            client_certificate_optional: self.client_certificate_optional,
        });
        Tls::at(listen, files, self.allow_plain_http)
            .map_err(|error| because(exit::USAGE, "TLS cannot be served", &error))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        edge: EdgeArgs,
    }

    fn edge(args: &[&str]) -> EdgeArgs {
        Line::parse_from([&["x"], args].concat()).edge
    }

    #[test]
    fn plain_http_beyond_loopback_is_asked_for_by_name() {
        let far = "0.0.0.0:7000".parse().unwrap();
        for near in ["127.0.0.1:0", "[::1]:0", "[::ffff:127.0.0.1]:0"] {
            assert!(edge(&[]).tls(near.parse().unwrap()).unwrap().is_none());
        }
        let refused = edge(&[]).tls(far).err().unwrap().to_string();
        assert!(refused.contains("--allow-plain-http"), "{refused}");
        assert!(edge(&["--allow-plain-http"]).tls(far).unwrap().is_none());
    }

    #[test]
    fn cookies_are_for_tls_only_wherever_browsers_come_under_tls() {
        let (near, far) = ("127.0.0.1:0".parse().unwrap(), "0.0.0.0:7000".parse().unwrap());
        assert!(!edge(&[]).secure(near));
        assert!(edge(&["--behind-tls"]).secure(near));
        assert!(edge(&["--allow-plain-http"]).secure(far));
    }

    #[test]
    fn a_certificate_that_cannot_be_read_is_named() {
        let args = [
            "--tls-certificate",
            "/nowhere/c.pem",
            "--tls-key",
            "/nowhere/k.pem",
        ];
        let refused = edge(&args).tls("127.0.0.1:0".parse().unwrap()).err().unwrap();
        assert!(refused.to_string().contains("/nowhere/c.pem"), "{refused}");
        assert!(Line::try_parse_from(["x", "--tls-key", "k"]).is_err());
    }
}
