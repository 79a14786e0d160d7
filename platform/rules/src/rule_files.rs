//! The files that a test file names, as paths and with `*` and `?` in the last part of a path.

use std::path::Path;

/// A folder of rules has dozens of files.
const MOST: usize = 1000;

/// Names and texts of the files that a pattern means, relative to a folder, by name.
pub(crate) fn read(folder: &Path, pattern: &str) -> Result<Vec<(String, String)>, String> {
    let path = folder.join(pattern);
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let paths = if name.contains(['*', '?']) {
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let entries = std::fs::read_dir(parent).map_err(|error| format!("cannot be read: {error}"))?;
        let mut paths: Vec<_> = entries
            .flatten()
            .take(MOST)
            .filter(|entry| matches(&name, &entry.file_name().to_string_lossy()))
            .map(|entry| entry.path())
            .collect();
        paths.sort();
        paths
    } else {
        vec![path]
    };
    if paths.is_empty() {
        return Err("means no file".to_owned());
    }
    let read = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).map_err(|error| format!("cannot be read: {error}"))?;
        Ok((path.display().to_string(), text))
    };
    paths.into_iter().map(read).collect()
}

/// `*` is any number of characters, `?` is one.
fn matches(pattern: &str, name: &str) -> bool {
    let Some(first) = pattern.chars().next() else {
        return name.is_empty();
    };
    let rest = pattern.get(first.len_utf8()..).unwrap_or_default();
    let mut after = name.chars();
    match first {
        '*' => matches(rest, name) || (after.next().is_some() && matches(pattern, after.as_str())),
        '?' => after.next().is_some() && matches(rest, after.as_str()),
        c => after.next() == Some(c) && matches(rest, after.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_pattern_means_the_names_it_looks_like() {
        assert!(matches("*.rules.yml", "a.rules.yml") && matches("a?.yml", "ab.yml") && matches("*", "x"));
        assert!(!matches("*.yml", "a.yaml") && !matches("a?.yml", "a.yml"));
    }
}
