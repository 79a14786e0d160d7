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
        let mut paths = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| format!("cannot be read: {error}"))?;
            if matches(&name, &entry.file_name().to_string_lossy()) {
                paths.push(entry.path());
            }
            // A rule file that is left out without a word is one whose alerts are not tested.
            if paths.len() > MOST {
                return Err(format!("means more than {MOST} files"));
            }
        }
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
    use super::{MOST, matches, read};

    #[test]
    fn a_pattern_means_the_names_it_looks_like() {
        assert!(matches("*.rules.yml", "a.rules.yml") && matches("a?.yml", "ab.yml") && matches("*", "x"));
        assert!(!matches("*.yml", "a.yaml") && !matches("a?.yml", "a.yml"));
    }

    #[test]
    fn every_file_of_a_full_folder_is_found_or_it_is_said_that_there_are_too_many() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..=MOST {
            std::fs::write(folder.path().join(format!("{number}.txt")), "").unwrap();
        }
        std::fs::write(folder.path().join("rules.yml"), "groups: []").unwrap();
        assert_eq!(read(folder.path(), "*.yml").unwrap().len(), 1);
        assert_eq!(
            read(folder.path(), "*.txt"),
            Err(format!("means more than {MOST} files"))
        );
    }
}
