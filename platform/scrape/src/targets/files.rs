//! Files of targets: `[{"targets": ["host:port"], "labels": {"name": "value"}}]`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;

use super::{ConfigError, Scrape, Target, address};

/// A larger file is none that people or their tools wrote for 20,000 series.
const LARGEST: u64 = 4 << 20;
/// As many targets as hold 10 series each and fill the store.
const MOST: usize = 2_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    targets: Vec<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

/// What a file looked like when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

/// The files of one table, and what they held when they were last whole.
#[derive(Debug, Default)]
pub(crate) struct Files {
    read: BTreeMap<PathBuf, (Stamp, Vec<Target>)>,
}

impl Files {
    /// Reads what has changed. A file that is broken or cannot be read is told about once a change and keeps
    /// its last targets: half a list, or none, would take away what watches. One that is gone takes its
    /// targets along.
    pub(crate) fn refresh(&mut self, scrape: &Scrape) -> Vec<ConfigError> {
        let mut wrong = Vec::new();
        let mut there = Vec::new();
        for pattern in &scrape.files {
            match matching(pattern) {
                Ok(paths) => there.extend(paths),
                Err(source) => {
                    let path = pattern.clone();
                    // A folder that cannot be listed says nothing about the files in it.
                    there.extend(
                        self.read
                            .keys()
                            .filter(|path| path.parent() == pattern.parent())
                            .cloned(),
                    );
                    wrong.push(ConfigError::Unreadable { path, source });
                }
            }
        }
        self.read.retain(|path, _| there.contains(path));
        for path in there {
            let Ok(stamp) = stamp(&path) else { continue };
            if self.read.get(&path).is_some_and(|(read, _)| *read == stamp) {
                continue;
            }
            let entry = self
                .read
                .entry(path.clone())
                .or_insert_with(|| (stamp.clone(), Vec::new()));
            entry.0 = stamp;
            match targets(&path, scrape) {
                Ok(targets) => entry.1 = targets,
                Err(error) => wrong.push(error),
            }
        }
        wrong
    }

    pub(crate) fn targets(&self) -> impl Iterator<Item = &Target> {
        self.read.values().flat_map(|(_, targets)| targets)
    }
}

/// What belongs into `files`.
pub(super) fn check(pattern: &Path) -> Result<(), &'static str> {
    let wanted = "a path that ends in .json, with one * in its last part at most";
    let name = pattern.file_name().and_then(|name| name.to_str()).ok_or(wanted)?;
    let folder = pattern.parent().and_then(Path::to_str).ok_or(wanted)?;
    let json = Path::new(name).extension().is_some_and(|ext| ext == "json");
    let fine = json && name.matches('*').count() <= 1 && !folder.contains('*');
    if fine { Ok(()) } else { Err(wanted) }
}

fn matching(pattern: &Path) -> std::io::Result<Vec<PathBuf>> {
    let name = pattern
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let Some((before, after)) = name.split_once('*') else {
        return Ok(if pattern.try_exists()? {
            vec![pattern.to_owned()]
        } else {
            Vec::new()
        });
    };
    let folder = pattern.parent().unwrap_or(Path::new("."));
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry?;
        let fits = entry.file_name().to_str().is_some_and(|name| {
            name.strip_prefix(before)
                .is_some_and(|rest| rest.len() >= after.len() && rest.ends_with(after))
        });
        if fits {
            paths.push(entry.path());
        }
    }
    Ok(paths)
}

fn stamp(path: &Path) -> std::io::Result<Stamp> {
    use std::os::unix::fs::MetadataExt;
    let file = fs::metadata(path)?;
    Ok(Stamp {
        modified: file.modified().ok(),
        length: file.len(),
        inode: file.ino(),
    })
}

fn targets(path: &Path, scrape: &Scrape) -> Result<Vec<Target>, ConfigError> {
    let wrong = |field: String, wanted: String| ConfigError::File {
        path: path.to_owned(),
        field,
        wanted,
    };
    let unreadable = |source| ConfigError::Unreadable {
        path: path.to_owned(),
        source,
    };
    if fs::metadata(path).map_err(unreadable)?.len() > LARGEST {
        return Err(wrong("its size".to_owned(), "at most 4 MB".to_owned()));
    }
    let text = fs::read(path).map_err(unreadable)?;
    let mut reader = serde_json::Deserializer::from_slice(&text);
    let groups: Vec<Group> = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let field = match error.path().to_string() {
            top if top == "." => "the list".to_owned(),
            field => field,
        };
        wrong(field, error.into_inner().to_string())
    })?;
    reader
        .end()
        .map_err(|error| wrong("behind the list".to_owned(), error.to_string()))?;
    let mut targets = Vec::new();
    for (place, group) in groups.iter().enumerate() {
        for (at, text) in group.targets.iter().enumerate() {
            let made = address::target(scrape, text, &group.labels);
            targets.push(made.map_err(|wanted| wrong(format!("[{place}].targets[{at}]"), wanted))?);
            if targets.len() > MOST {
                return Err(wrong(
                    format!("[{place}].targets"),
                    format!("at most {MOST} targets in a file"),
                ));
            }
        }
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(files: &Files) -> Vec<String> {
        files
            .targets()
            .map(|target| target.labels.get("instance").to_owned())
            .collect()
    }

    #[test]
    fn files_come_change_break_and_go() {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("job = \"a\"\nfiles = [\"{}/t-*.json\"]", folder.path().display());
        let scrape: Scrape = toml::from_str(&text).unwrap();
        let mut files = Files::default();
        assert!(files.refresh(&scrape).is_empty());
        let path = folder.path().join("t-1.json");
        fs::write(&path, r#"[{"targets": ["h:1", "h:2"], "labels": {"zone": "x"}}]"#).unwrap();
        fs::write(folder.path().join("other.json"), "nonsense").unwrap();
        assert!(files.refresh(&scrape).is_empty());
        assert_eq!(listed(&files), ["h:1", "h:2"]);

        fs::write(&path, r#"[{"targets": ["h:1", 2]}]"#).unwrap();
        let wrong = files.refresh(&scrape);
        let told = wrong[0].to_string();
        assert!(
            told.contains("t-1.json") && told.contains("[0].targets[1]"),
            "{told}"
        );
        assert!(files.refresh(&scrape).is_empty(), "it is told once");
        assert_eq!(
            listed(&files),
            ["h:1", "h:2"],
            "the list before it stays in force"
        );

        fs::write(&path, r#"[{"targets": ["nowhere"]}]"#).unwrap();
        assert!(
            files.refresh(&scrape)[0]
                .to_string()
                .contains("[0].targets[0]: host:port")
        );
        fs::write(&path, r#"[{"targets": ["h:3"], "typo": {}}]"#).unwrap();
        assert!(files.refresh(&scrape)[0].to_string().contains("typo"));

        fs::remove_file(&path).unwrap();
        files.refresh(&scrape);
        assert_eq!(listed(&files), [""; 0]);
    }

    #[test]
    fn a_file_that_cannot_be_looked_at_keeps_its_targets() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.json");
        fs::write(&path, r#"[{"targets": ["h:1"]}]"#).unwrap();
        let text = format!("job = \"a\"\nfiles = [\"{}\"]", path.display());
        let scrape: Scrape = toml::from_str(&text).unwrap();
        let mut files = Files::default();
        assert!(files.refresh(&scrape).is_empty());
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&path, &path).unwrap();
        assert_eq!(files.refresh(&scrape).len(), 1, "a link that leads to itself");
        assert_eq!(listed(&files), ["h:1"]);
    }

    #[test]
    fn a_pattern_has_one_star_in_its_name() {
        assert!(check(Path::new("/a/*.json")).is_ok());
        for wrong in ["/a/*.yml", "/*/a.json", "/a/*-*.json", "/"] {
            assert!(check(Path::new(wrong)).is_err(), "{wrong}");
        }
    }
}
