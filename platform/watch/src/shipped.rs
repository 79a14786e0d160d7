//! The rules that come with the product, and are in force where no others are named.

/// Name and text of each file.
pub const RULES: &[(&str, &str)] = &[
    (
        "core-links.yml",
        include_str!("../../../deploy/rules/core-links.yml"),
    ),
    (
        "interfaces.yml",
        include_str!("../../../deploy/rules/interfaces.yml"),
    ),
    ("modules.yml", include_str!("../../../deploy/rules/modules.yml")),
    ("hardware.yml", include_str!("../../../deploy/rules/hardware.yml")),
    (
        "data-quality.yml",
        include_str!("../../../deploy/rules/data-quality.yml"),
    ),
    ("business.yml", include_str!("../../../deploy/rules/business.yml")),
    ("security.yml", include_str!("../../../deploy/rules/security.yml")),
    (
        "continuity.yml",
        include_str!("../../../deploy/rules/continuity.yml"),
    ),
    ("watch.yml", include_str!("../../../deploy/rules/watch.yml")),
    ("slo.yml", include_str!("../../../deploy/rules/slo.yml")),
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_of_the_folder_is_shipped() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/rules");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".yml"))
            .collect();
        there.sort();
        let mut shipped: Vec<&str> = RULES.iter().map(|(name, _)| *name).collect();
        shipped.sort_unstable();
        assert_eq!(there, shipped);
    }

    #[test]
    fn they_load_and_say_what_every_shipped_rule_must_say() {
        let groups = rules::load(RULES.iter().copied()).unwrap();
        rules::conventions::check(&groups).unwrap();
    }
}
