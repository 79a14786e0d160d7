//! Gets pages: the shipped ones, or those of files.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base::exit;
use runbooks::{Plan, pages};

use crate::ended::stop;

/// So much of a file is read: the largest page that compiles, and a character more, of which a part may be cut off. What
/// is longer is then refused as too long.
const MOST: usize = 64 * 1024 + 4;

/// The pages that compile, and what is wrong with the others.
pub(super) fn read(files: &[PathBuf]) -> anyhow::Result<(Vec<Plan>, Vec<String>)> {
    let (mut good, mut wrong) = (Vec::new(), Vec::new());
    let mut compile = |name: &str, text: &str| match runbooks::compile(name, text) {
        Ok(plan) => good.push(plan),
        Err(problems) => wrong.extend(problems.to_string().lines().map(str::to_owned)),
    };
    if files.is_empty() {
        for (name, text) in pages::PAGES {
            compile(name, text);
        }
    }
    for path in within(files, &["md"])? {
        let name = path.display().to_string();
        let text = text(&path)
            .with_context(|| format!("failed to read {name}"))
            .map_err(|error| stop(exit::USAGE, format!("{error:#}")))?;
        compile(&name, &text);
    }
    Ok((good, wrong))
}

/// Files, and of each folder among them those that end so, by their names.
pub(super) fn within(files: &[PathBuf], ends: &[&str]) -> anyhow::Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for path in files {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let unread = |error| stop(exit::USAGE, format!("failed to read {}: {error}", path.display()));
        let mut found = Vec::new();
        for entry in std::fs::read_dir(path).map_err(unread)? {
            let file = entry.map_err(unread)?.path();
            let ends_so = file
                .extension()
                .is_some_and(|end| ends.iter().any(|known| end == *known));
            if ends_so && file.is_file() {
                found.push(file);
            }
        }
        if found.is_empty() {
            let text = format!(
                "{} holds no file that ends in .{}",
                path.display(),
                ends.join(", .")
            );
            return Err(stop(exit::USAGE, text));
        }
        found.sort();
        all.extend(found);
    }
    Ok(all)
}

fn text(path: &Path) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST as u64).read_to_end(&mut bytes)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        // Only its last character, which the bound cut.
        Err(error) if error.as_bytes().len() == MOST && error.utf8_error().error_len().is_none() => {
            Ok(String::from_utf8_lossy(error.as_bytes()).into_owned())
        }
        Err(error) => Err(error.into()),
    }
}
