//! The pooled HTTP client and addresses below a base URL.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;

use crate::error::SetupError;

/// Longest wait for a connection: loopback and one data centre connect in
/// milliseconds; beyond a second nobody listens.
const CONNECT: Duration = Duration::from_secs(1);
/// Idle connections kept per address: as many as the bulkheads of six sources
/// use at a steady pace; more are opened when needed.
const IDLE: usize = 128;

/// A client that follows no redirect and no proxy: the body of a call goes to
/// the configured address or nowhere.
pub(crate) fn client() -> Result<reqwest::Client, SetupError> {
    Ok(reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .pool_max_idle_per_host(IDLE)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .tls_version_min(reqwest::tls::Version::TLS_1_2)
        .build()?)
}

/// Parses an address; refuses one that customer data would reach in the clear.
pub(crate) fn base(url: &str) -> Result<Url, SetupError> {
    let url = Url::parse(url).map_err(|_| SetupError::BadUrl)?;
    let host = url.host_str().ok_or(SetupError::BadUrl)?;
    match url.scheme() {
        "http" => {}
        "https" => return Ok(directory(url)),
        _ => return Err(SetupError::BadUrl),
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = bare
        .parse::<IpAddr>()
        .map_or(host == "localhost", |ip| ip.is_loopback());
    if !loopback {
        return Err(SetupError::InTheClear);
    }
    Ok(directory(url))
}

/// With a slash at its end, so that paths stand below it.
fn directory(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}

/// The address of a path below a base.
pub(crate) fn below(base: &Url, path: &str) -> Result<Url, SetupError> {
    base.join(path).map_err(|_| SetupError::BadUrl)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_asked_in_the_clear() {
        for good in [
            "http://127.0.0.1:7100",
            "http://localhost:7100/",
            "http://[::1]:7100/base",
        ] {
            assert!(base(good).is_ok(), "{good}");
        }
        for far in [
            "http://10.0.0.1",
            "http://sources.example",
            "http://127.0.0.1.example",
        ] {
            assert!(matches!(base(far), Err(SetupError::InTheClear)), "{far}");
        }
        for safe in ["https://sources.example", "https://10.0.0.1:8443/base"] {
            assert!(base(safe).unwrap().path().ends_with('/'), "{safe}");
        }
        for bad in ["", "127.0.0.1:7100", "ftp://127.0.0.1"] {
            assert!(matches!(base(bad), Err(SetupError::BadUrl)), "{bad}");
        }
    }

    #[test]
    fn paths_stand_below_the_base() {
        let url = below(&base("http://127.0.0.1:7100/bank").unwrap(), "core/payments").unwrap();
        assert_eq!(url.as_str(), "http://127.0.0.1:7100/bank/core/payments");
    }
}
