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
    /// Tokens and customer data would cross a network in the clear.
    #[error("{0:?} is reached in the clear; use https, or --allow-plain-http if something in front does TLS")]
    InTheClear(String),
}

/// What somebody gave leave for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Leave {
    /// Load on another machine.
    pub remote: bool,
    /// Plain HTTP to another machine.
    pub plain_http: bool,
}

/// Checks an address: loopback unless there is leave for elsewhere, and https there
/// unless there is leave for plain HTTP.
///
/// A name other than `localhost` counts as remote, whatever it resolves to
/// now: what it resolves to may change while the load runs.
///
/// # Errors
/// When it is no http URL, or remote or in the clear without leave.
pub fn check(url: &str, leave: Leave) -> Result<Url, TargetError> {
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
    if here {
        return Ok(parsed);
    }
    if !leave.remote {
        return Err(TargetError::Remote(url.to_owned()));
    }
    if parsed.scheme() == "http" && !leave.plain_http {
        return Err(TargetError::InTheClear(url.to_owned()));
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Leave = Leave {
        remote: false,
        plain_http: false,
    };
    const REMOTE: Leave = Leave {
        remote: true,
        plain_http: false,
    };
    const ALL: Leave = Leave {
        remote: true,
        plain_http: true,
    };

    #[test]
    fn only_this_machine_is_loaded_unless_somebody_says_otherwise() {
        for here in [
            "http://127.0.0.1:8080",
            "http://127.9.9.9",
            "http://[::1]:1",
            "http://localhost:3",
        ] {
            assert!(check(here, NONE).is_ok(), "{here}");
        }
        for elsewhere in [
            "http://10.0.0.1:8080",
            "http://localhost.example:80",
            "http://[2001:db8::1]/",
            "http://0.0.0.0:1",
        ] {
            assert!(
                matches!(check(elsewhere, NONE), Err(TargetError::Remote(_))),
                "{elsewhere}"
            );
            assert!(
                matches!(check(elsewhere, REMOTE), Err(TargetError::InTheClear(_))),
                "{elsewhere}"
            );
            assert!(check(elsewhere, ALL).is_ok(), "{elsewhere}");
            assert!(
                check(&elsewhere.replace("http:", "https:"), REMOTE).is_ok(),
                "{elsewhere}"
            );
        }
        assert!(matches!(
            check("ftp://127.0.0.1", ALL),
            Err(TargetError::BadUrl(_))
        ));
        assert!(matches!(check("127.0.0.1:80", ALL), Err(TargetError::BadUrl(_))));
    }
}
