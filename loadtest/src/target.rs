//! Where load may go: to this machine, unless somebody says otherwise.

use reqwest::Url;

/// Why a target is refused.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Not an address.
    #[error("{0:?} is not an http URL")]
    BadUrl(String),
    /// An address elsewhere.
    #[error("{0:?} is not on this machine; load on somebody else's service needs --allow-remote")]
    Remote(String),
}

/// Checks an address: http, and loopback unless `allow_remote`.
///
/// A name other than `localhost` counts as remote, whatever it resolves to
/// now: what it resolves to may change while the load runs.
///
/// # Errors
/// When it is no http URL, or remote without leave.
pub fn check(url: &str, allow_remote: bool) -> Result<Url, TargetError> {
    let bad = || TargetError::BadUrl(url.to_owned());
    let parsed = Url::parse(url).map_err(|_| bad())?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(bad());
    }
    let host = parsed.host_str().ok_or_else(bad)?;
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let here = host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    if here || allow_remote {
        Ok(parsed)
    } else {
        Err(TargetError::Remote(url.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loaded_unless_somebody_says_otherwise() {
        for here in [
            "http://127.0.0.1:8080",
            "http://127.9.9.9",
            "http://[::1]:1",
            "http://localhost:3",
        ] {
            assert!(check(here, false).is_ok(), "{here}");
        }
        for elsewhere in [
            "http://10.0.0.1:8080",
            "http://localhost.example:80",
            "http://[2001:db8::1]/",
            "http://0.0.0.0:1",
        ] {
            assert!(
                matches!(check(elsewhere, false), Err(TargetError::Remote(_))),
                "{elsewhere}"
            );
            assert!(check(elsewhere, true).is_ok(), "{elsewhere}");
        }
        assert!(matches!(
            check("ftp://127.0.0.1", true),
            Err(TargetError::BadUrl(_))
        ));
        assert!(matches!(check("127.0.0.1:80", true), Err(TargetError::BadUrl(_))));
    }
}
