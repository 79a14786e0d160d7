//! What must not stand in any file: paths of one machine, names of package registries, marks of unfinished
//! work, tests switched off. Each row says why; the patterns are written in two halves so that this file does
//! not hold what it looks for.

use std::path::Path;

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// One thing that must not be written.
struct Banned {
    pattern: &'static str,
    why: &'static str,
    /// Looked for in these only: a file name's end; nothing means everywhere.
    within: &'static [&'static str],
    /// Allowed in these: a path or, ending in a slash, a folder.
    except: &'static [&'static str],
}

/// Prose, as opposed to programs that may well need a temporary folder.
const PROSE: &[&str] = &[".md", ".html", ".txt"];
/// Written by cargo, and names the index that every lock file names.
const LOCK: &[&str] = &["Cargo.lock"];

const BANNED: &[Banned] = &[
    Banned {
        pattern: concat!("/wo", "rk/"),
        why: "a path of one machine",
        within: &[],
        except: &[],
    },
    Banned {
        pattern: concat!("/ro", "ot/"),
        why: "a path of one machine",
        within: &[],
        except: &[],
    },
    Banned {
        pattern: concat!("/ho", "me/"),
        why: "a path of one machine",
        within: &[],
        except: &[],
    },
    Banned {
        pattern: concat!("/t", "mp/"),
        why: "a path that readers would have to share",
        within: PROSE,
        except: &[],
    },
    Banned {
        pattern: concat!("../sh", "ared"),
        why: "outside the project",
        within: &[],
        except: &[".ci/run"],
    },
    Banned {
        pattern: concat!("crates", ".io"),
        why: "a registry's host: cargo knows where to look",
        within: &[],
        except: LOCK,
    },
    Banned {
        pattern: concat!("npm", "js"),
        why: "a registry's host",
        within: &[],
        except: &[],
    },
    Banned {
        pattern: concat!("py", "pi."),
        why: "a registry's host",
        within: &[],
        except: &[],
    },
    Banned {
        pattern: concat!("debian", ".org"),
        why: "a registry's host: apt knows where to look",
        within: &[],
        except: &[],
    },
    Banned {
        pattern: concat!("artif", "actory"),
        why: "a registry's host",
        within: &[],
        except: LOCK,
    },
    Banned {
        pattern: concat!("TO", "DO"),
        why: "do it, or open an issue",
        within: &[],
        except: &[],
    },
    Banned {
        pattern: concat!("FIX", "ME"),
        why: "do it, or open an issue",
        within: &[],
        except: &[],
    },
    Banned {
        pattern: concat!("todo", "!("),
        why: "code that panics where it should work",
        within: &[".rs"],
        except: &[],
    },
    Banned {
        pattern: concat!("unimple", "mented!("),
        why: "code that panics where it should work",
        within: &[".rs"],
        except: &[],
    },
    Banned {
        pattern: concat!("#[ign", "ore"),
        why: "a test skipped in silence: append to BACKSTOP_SKIPS instead",
        within: &[".rs"],
        except: &[],
    },
];

/// Fails with every file and line that holds something banned.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let listing = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
    let files = process::capture(workspace.command("git").args(listing))?;
    let mut found = Vec::new();
    for file in files.split('\0').filter(|file| !file.is_empty()) {
        // Binary files and files deleted but not yet committed hold no words.
        if let Ok(text) = std::fs::read_to_string(workspace.root().join(file)) {
            found.extend(violations(Path::new(file), &text));
        }
    }
    if !found.is_empty() {
        bail!(
            "{} lines hold what must not be written:\n  {}",
            found.len(),
            found.join("\n  ")
        );
    }
    Ok(())
}

fn violations(file: &Path, text: &str) -> Vec<String> {
    let name = file.to_string_lossy();
    let applies = |banned: &&Banned| {
        let within = banned.within.is_empty() || banned.within.iter().any(|end| name.ends_with(end));
        within && !banned.except.iter().any(|other| *other == name)
    };
    let rules: Vec<&Banned> = BANNED.iter().filter(applies).collect();
    let numbered = text.lines().zip(1..);
    numbered
        .flat_map(|(line, number)| {
            let broken = rules.iter().filter(move |rule| line.contains(rule.pattern));
            broken.map(move |rule| (number, rule))
        })
        .map(|(number, rule)| format!("{name}:{number}: `{}`: {}", rule.pattern, rule.why))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_caught_where_it_applies() {
        for banned in BANNED {
            let file = format!("docs/page{}", banned.within.first().unwrap_or(&".rs"));
            let text = format!("fine\nsome {} here\n", banned.pattern);
            let found = violations(Path::new(&file), &text);
            assert_eq!(found, [format!("{file}:2: `{}`: {}", banned.pattern, banned.why)]);
        }
    }

    #[test]
    fn the_exceptions_hold_for_their_file_only() {
        let line = concat!("export DATA=../sh", "ared/data");
        assert_eq!(violations(Path::new(".ci/run"), line), Vec::<String>::new());
        assert_eq!(violations(Path::new("ci/run"), line).len(), 1);
        let index = concat!(
            "source = \"registry+https://github.com/rust-lang/crates",
            ".io-index\""
        );
        assert_eq!(violations(Path::new("Cargo.lock"), index), Vec::<String>::new());
    }

    #[test]
    fn programs_may_use_a_temporary_folder_and_prose_may_not() {
        let line = concat!("socket in /t", "mp/x");
        assert_eq!(violations(Path::new("src/main.rs"), line), Vec::<String>::new());
        assert_eq!(violations(Path::new("docs/a.md"), line).len(), 1);
    }
}
