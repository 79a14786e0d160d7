//! Which licences may come in, decided once, held against `cargo metadata` for every platform's dependencies.
//! `deny.toml` mirrors the table for those who have cargo-deny.
//!
//! The product is Apache-2.0 and shipped as binaries, so what comes in must allow that with a notice at most.
//! Copyleft, even by file as in MPL-2.0, is left out until a crate is worth the duty it brings.

use anyhow::{Result, bail};
use cargo_metadata::{Metadata, Package};
use spdx::{Expression, ParseMode};

/// An SPDX id and why it may come in.
const ALLOWED: &[(&str, &str)] = &[
    ("0BSD", "no conditions"),
    ("Apache-2.0", "our own"),
    ("BSD-2-Clause", "notice only"),
    ("BSD-3-Clause", "notice, and no use of names"),
    ("BSL-1.0", "no notice for binaries"),
    (
        "CDLA-Permissive-2.0",
        "data (root certificates), passed on with its text",
    ),
    ("ISC", "notice only"),
    ("MIT", "notice only"),
    ("Unicode-3.0", "data tables, passed on with their text"),
    ("Zlib", "not to be misrepresented"),
];

/// A crate that may come in under a licence that others may not: (crate, SPDX id, why).
const EXCEPTIONS: &[(&str, &str, &str)] = &[];

/// Fails with every package whose licence is not allowed, or not stated.
pub(crate) fn check(metadata: &Metadata) -> Result<()> {
    let mut found: Vec<String> = metadata.packages.iter().filter_map(violation).collect();
    found.extend(stale_exceptions(metadata));
    if !found.is_empty() {
        bail!("licences that may not come in:\n  {}", found.join("\n  "));
    }
    Ok(())
}

fn violation(package: &Package) -> Option<String> {
    judge(&package.name, package.license.as_deref())
        .err()
        .map(|why| format!("{} {}: {why}", package.name, package.version))
}

/// Whether a crate may come in under its licence expression.
fn judge(name: &str, licence: Option<&str>) -> Result<(), String> {
    let Some(licence) = licence else {
        return Err("states no SPDX licence".to_owned());
    };
    // Lax: crates from before 2018 write `MIT/Apache-2.0` for OR.
    let expression =
        Expression::parse_mode(licence, ParseMode::LAX).map_err(|error| format!("`{licence}`: {error}"))?;
    let refused = expression.evaluate_with_failures(|requirement| allowed(name, requirement));
    refused.map_err(|_| format!("`{licence}`"))
}

fn allowed(name: &str, requirement: &spdx::LicenseReq) -> bool {
    // "WITH an exception" only ever adds permission to the licence before it.
    let Some(id) = requirement.license.id() else {
        return false;
    };
    let listed = ALLOWED.iter().any(|row| row.0 == id.name);
    listed || EXCEPTIONS.iter().any(|row| row.0 == name && row.1 == id.name)
}

fn stale_exceptions(metadata: &Metadata) -> impl Iterator<Item = String> {
    let gone = |name: &str| !metadata.packages.iter().any(|package| package.name == name);
    let stale = EXCEPTIONS.iter().filter(move |row| gone(row.0));
    stale.map(|row| format!("{}: has an exception, but is not a dependency any more", row.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    #[test]
    fn every_dependency_may_come_in() {
        check(&Workspace::load().unwrap().metadata).unwrap();
    }

    #[test]
    fn a_planted_copyleft_crate_is_caught() {
        let mut metadata = Workspace::load().unwrap().metadata;
        metadata
            .packages
            .iter_mut()
            .find(|package| package.name == "serde")
            .unwrap()
            .license = Some("GPL-3.0-only".to_owned());
        let error = check(&metadata).unwrap_err().to_string();
        assert!(
            error.contains("\n  serde 1.") && error.ends_with("`GPL-3.0-only`"),
            "{error}"
        );
    }

    #[test]
    fn one_way_out_of_an_or_is_enough_and_an_and_needs_both() {
        assert_eq!(
            judge("any", Some("LGPL-2.1-or-later OR (MIT AND BSD-3-Clause)")),
            Ok(())
        );
        assert_eq!(judge("any", Some("MIT/Apache-2.0")), Ok(()));
        assert_eq!(judge("any", Some("Apache-2.0 WITH LLVM-exception")), Ok(()));
        assert_eq!(
            judge("any", Some("MIT AND MPL-2.0")),
            Err("`MIT AND MPL-2.0`".to_owned())
        );
    }

    #[test]
    fn a_crate_without_a_licence_is_caught() {
        assert_eq!(judge("any", None), Err("states no SPDX licence".to_owned()));
        assert!(judge("any", Some("free for all")).is_err());
    }

    #[test]
    fn deny_toml_allows_the_same_licences() {
        let text = std::fs::read_to_string(Workspace::load().unwrap().root().join("deny.toml")).unwrap();
        let list = text.split("allow = [").nth(1).unwrap().split(']').next().unwrap();
        let theirs: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
        let ours: Vec<&str> = ALLOWED.iter().map(|row| row.0).collect();
        assert_eq!(theirs, ours);
    }
}
