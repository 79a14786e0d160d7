//! Whether a connection to a server is under TLS.

use std::net::IpAddr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// What the address says (`sslmode`, `sslrootcert`, `sslcert`, `sslkey`, as libpq
/// knows them). Where it says nothing: on this machine in the clear, elsewhere
/// `verify-full`, as passwords and customer data would cross a network.
pub(super) fn secure(options: PgConnectOptions, url: &str) -> PgConnectOptions {
    let settings = url.split_once('?').map_or("", |(_, settings)| settings);
    let said = settings.split('&').any(|setting| {
        let name = setting.split('=').next().unwrap_or_default();
        matches!(name, "sslmode" | "ssl-mode")
    });
    if said {
        return options;
    }
    let mode = match is_here(&options) {
        true => PgSslMode::Disable,
        false => PgSslMode::VerifyFull,
    };
    options.ssl_mode(mode)
}

fn is_here(options: &PgConnectOptions) -> bool {
    let host = options.get_host().trim_start_matches('[').trim_end_matches(']');
    let loopback = || {
        host.parse::<IpAddr>()
            .is_ok_and(|ip| ip.to_canonical().is_loopback())
    };
    options.get_socket().is_some() || host.starts_with('/') || host == "localhost" || loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_this_machine_the_server_is_verified_unless_the_address_says_otherwise() {
        let mode = |url: &str| secure(url.parse().unwrap(), url).get_ssl_mode();
        for here in [
            "postgres://u@127.0.0.1/b",
            "postgres://u@localhost:5433/b",
            "postgres://u@[::1]/b",
        ] {
            assert!(matches!(mode(here), PgSslMode::Disable), "{here}");
        }
        for far in [
            "postgres://u:p@10.0.0.1/b",
            "postgres://u@localhost.example/b",
            "postgres://u@db.bank.example/b?application_name=sslmode",
        ] {
            assert!(matches!(mode(far), PgSslMode::VerifyFull), "{far}");
        }
        assert!(matches!(
            mode("postgres://u@10.0.0.1/b?sslmode=disable"),
            PgSslMode::Disable
        ));
        assert!(matches!(
            mode("postgres://u@127.0.0.1/b?x=y&sslmode=verify-full"),
            PgSslMode::VerifyFull
        ));
    }
}
