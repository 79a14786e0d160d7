//! A database's address as it may be shown.

/// The address without who signs in, with which password and under which settings.
pub(crate) fn shown(address: &str) -> String {
    let Some((scheme, rest)) = address
        .split_once("://")
        .filter(|(scheme, _)| *scheme != "sqlite")
    else {
        return address.to_owned();
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, name) = rest.split_once('/').unwrap_or((rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (address, wanted) in [
            ("sqlite:financing.db", "sqlite:financing.db"),
            ("sqlite:///var/lib/a@b.db", "sqlite:///var/lib/a@b.db"),
            ("postgres://db/lending", "postgres://db/lending"),
            (
                "postgres://ops:se@cret@db:5433/lending",
                "postgres://db:5433/lending",
            ),
            (
                "postgresql://db/lending?user=ops&password=secret",
                "postgresql://db/lending",
            ),
            ("postgres://ops:secret@db", "postgres://db/"),
        ] {
            assert_eq!(shown(address), wanted);
        }
    }
}
