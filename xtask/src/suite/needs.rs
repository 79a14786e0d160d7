//! Programs that the tests start and that cargo cannot bring: installed by name when that is allowed, else
//! named, so that the user can.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::idle::Idle;
use crate::process;
use crate::workspace::Workspace;

/// A Debian package, what it is for, and how to see that it is there.
struct Need {
    package: &'static str,
    why: &'static str,
    there: fn() -> bool,
}

const NEEDS: &[Need] = &[
    Need {
        package: "postgresql",
        why: "the database layer on PostgreSQL, in clusters of their own",
        there: postgres,
    },
    Need {
        package: "strace",
        why: "shows that the commit is on disk before its answer leaves",
        there: || program("strace"),
    },
    Need {
        package: "chromium",
        why: "looks at the rehearsal's page as people see it, at a desk and on a phone",
        there: || program("chromium"),
    },
    Need {
        package: "fonts-noto-cjk",
        why: "without Chinese glyphs the page cannot be looked at",
        there: chinese_font,
    },
    Need {
        package: "tmux",
        why: "a telephone's screen, on which intake is closed by hand",
        there: || program("tmux"),
    },
    Need {
        package: "prometheus",
        why: "what rules and expressions mean is what it says; promtool comes with it",
        there: || program("prometheus") && program("promtool"),
    },
    Need {
        package: "prometheus-alertmanager",
        why: "takes and sends pages beside the toolkit's own notifier",
        there: || program("prometheus-alertmanager") && program("amtool"),
    },
    Need {
        package: "prometheus-node-exporter",
        why: "what this machine is like, told by somebody else",
        there: || program("prometheus-node-exporter"),
    },
    Need {
        package: "nodejs",
        why: "asks for feature flags as front-ends do",
        there: || program("node"),
    },
    Need {
        package: "prometheus-alertmanager",
        why: "what it sends is understood, and what is sent beside it is what it would send",
        there: || program("prometheus-alertmanager"),
    },
    Need {
        package: "npm",
        why: "brings the clients that front-ends ask with",
        there: || program("npm"),
    },
];

/// Installs what is missing, when this is root on a system with apt; otherwise says what to install. Tests
/// that miss a program still say so themselves, so this is no failure here.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.there)()).collect();
    if missing.is_empty() {
        eprintln!("everything that the tests start is installed");
        return Ok(());
    }
    for need in &missing {
        eprintln!("missing: {} ({})", need.package, need.why);
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    if is_root()
        && program("apt-get")
        && let Err(error) = apt(workspace, &packages)
    {
        eprintln!("{error:#}");
    }
    let still: Vec<&str> = missing
        .iter()
        .filter(|need| !(need.there)())
        .map(|need| need.package)
        .collect();
    if !still.is_empty() {
        eprintln!("{}", advice(&still));
    }
    Ok(())
}

fn apt(workspace: &Workspace, packages: &[&str]) -> Result<()> {
    let quiet = |arguments: &[&str]| {
        let mut command = workspace.command("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    process::run(&mut quiet(&["update", "-qq"]))?;
    let _idle = Idle::hold()?;
    process::run(quiet(&["install", "-y", "-qq", "--no-install-recommends"]).args(packages))
}

fn advice(packages: &[&str]) -> String {
    format!(
        "The tests that need them will be skipped. To run every test, install: {names}\n  \
         Debian, Ubuntu: apt-get update && apt-get install -y {names}",
        names = packages.join(" ")
    )
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|of_this_process| of_this_process.uid() == 0)
}

fn program(name: &str) -> bool {
    process::find(name).is_some()
}

/// Any font that says it has Chinese will do.
fn chinese_font() -> bool {
    process::capture(Command::new("fc-list").arg(":lang=zh")).is_ok_and(|fonts| !fonts.trim().is_empty())
}

/// Where tests look, too: the folder that `pg_config` names, then Debian's, one a version.
fn postgres() -> bool {
    let configured = process::capture(Command::new("pg_config").arg("--bindir"));
    let configured = configured.map(|folder| PathBuf::from(folder.trim()));
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let packaged = versions.map(|version| version.path().join("bin"));
    configured
        .into_iter()
        .chain(packaged)
        .any(|folder| has_server(&folder))
}

fn has_server(folder: &Path) -> bool {
    ["postgres", "initdb", "pg_isready", "psql"]
        .iter()
        .all(|name| folder.join(name).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_is_a_command_to_copy() {
        let text = advice(&["postgresql", "strace"]);
        assert!(
            text.ends_with("apt-get update && apt-get install -y postgresql strace"),
            "{text}"
        );
    }

    #[test]
    fn a_program_that_is_not_there_is_seen_as_missing() {
        assert!(program("sh"));
        assert!(!program("no-such-program-anywhere"));
    }
}
