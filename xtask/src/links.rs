//! Every relative link of every Markdown page leads to a file that is there.

use std::path::Path;

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// Fails with every link that leads nowhere.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let listing = [
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
        "*.md",
    ];
    let pages = process::capture(workspace.command("git").args(listing))?;
    let mut found = Vec::new();
    for page in pages.split('\0').filter(|page| !page.is_empty()) {
        let path = workspace.root().join(page);
        // A page that is deleted but not yet committed has no links.
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let folder = path.parent().unwrap_or(workspace.root());
        found.extend(broken(folder, &text).map(|link| format!("{page}: {link}")));
    }
    if !found.is_empty() {
        bail!("links that lead nowhere:\n  {}", found.join("\n  "));
    }
    Ok(())
}

fn broken<'t>(folder: &Path, text: &'t str) -> impl Iterator<Item = &'t str> {
    let links = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(link, _)| link);
    let relative = links.filter(|link| !link.contains("://") && !link.starts_with('#'));
    relative.filter(move |link| {
        let file = link.split('#').next().unwrap_or(link);
        !folder.join(file).exists()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_a_page_that_is_not_there_is_caught() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = "[a](Cargo.toml) [b](src/main.rs#top) [c](https://example.com) [d](#here) [e](gone.md#x)";
        assert_eq!(broken(folder, text).collect::<Vec<_>>(), ["gone.md#x"]);
    }
}
