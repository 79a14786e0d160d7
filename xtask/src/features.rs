//! What is for test builds only stays out of what is shipped: no default feature, and no normal dependency,
//! switches on failpoints or the movable clock.

use anyhow::{Result, bail};
use cargo_metadata::{DependencyKind, Metadata, Package};

/// Features that must be asked for by name on the command line.
const TEST_BUILDS_ONLY: &[(&str, &str)] = &[
    ("chaos", "failpoints and planted faults"),
    ("test-clock", "a clock that a file moves"),
];

/// Whole-system tests are never shipped, so they may ask for either.
const NOT_SHIPPED: &[&str] = &["scenarios"];

/// Fails with every member that ships such a feature.
pub(crate) fn check(metadata: &Metadata) -> Result<()> {
    let members = metadata.workspace_packages();
    let shipped = members
        .into_iter()
        .filter(|package| !NOT_SHIPPED.contains(&package.name.as_str()));
    let found: Vec<String> = shipped.flat_map(violations).collect();
    if !found.is_empty() {
        bail!("test-only features are shipped:\n  {}", found.join("\n  "));
    }
    Ok(())
}

fn violations(package: &Package) -> Vec<String> {
    let mut found = Vec::new();
    for (feature, what) in TEST_BUILDS_ONLY {
        if defaults(package).iter().any(|on| names(on, feature)) {
            found.push(format!(
                "{}: a default feature switches on {feature} ({what})",
                package.name
            ));
        }
        for dependency in package
            .dependencies
            .iter()
            .filter(|dep| dep.kind == DependencyKind::Normal)
        {
            if dependency.features.iter().any(|on| on == feature) {
                found.push(format!(
                    "{}: depends on {} with {feature} ({what})",
                    package.name, dependency.name
                ));
            }
        }
    }
    found
}

/// Everything that the default feature switches on, its own features' features included.
fn defaults(package: &Package) -> Vec<String> {
    let mut on = vec!["default".to_owned()];
    let mut next = 0;
    while let Some(feature) = on.get(next).cloned() {
        let more = package.features.get(&feature).into_iter().flatten();
        let fresh: Vec<String> = more.filter(|name| !on.contains(name)).cloned().collect();
        on.extend(fresh);
        next += 1;
    }
    on
}

/// `chaos`, `db/chaos` and `db?/chaos` all name the feature `chaos`.
fn names(on: &str, feature: &str) -> bool {
    on.rsplit('/').next() == Some(feature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    fn member(name: &str) -> Package {
        let metadata = Workspace::load().unwrap().metadata;
        metadata
            .workspace_packages()
            .into_iter()
            .find(|package| package.name == name)
            .unwrap()
            .clone()
    }

    #[test]
    fn nothing_shipped_has_failpoints_or_a_movable_clock() {
        check(&Workspace::load().unwrap().metadata).unwrap();
    }

    #[test]
    fn failpoints_switched_on_through_two_features_are_caught() {
        let mut service = member("service");
        service
            .features
            .insert("default".to_owned(), vec!["everything".to_owned()]);
        service
            .features
            .insert("everything".to_owned(), vec!["db/chaos".to_owned()]);
        assert_eq!(
            violations(&service),
            ["service: a default feature switches on chaos (failpoints and planted faults)"]
        );
    }

    #[test]
    fn a_dependency_that_asks_for_the_movable_clock_is_caught() {
        let mut service = member("service");
        let base = service
            .dependencies
            .iter_mut()
            .find(|dep| dep.name == "base")
            .unwrap();
        base.features.push("test-clock".to_owned());
        assert_eq!(
            violations(&service),
            ["service: depends on base with test-clock (a clock that a file moves)"]
        );
    }
}
