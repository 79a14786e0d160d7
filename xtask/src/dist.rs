//! `xtask dist`: the binaries as they ship, with their SHA-256 and what the build cost.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;
use std::{fs, io};

use anyhow::{Context, Result};

use crate::args::DistArgs;
use crate::process;
use crate::workspace::Workspace;

/// The packages whose binaries make up the product.
const PACKAGES: &[&str] = &[
    "service",
    "sources",
    "loadtest",
    "chaos",
    "exit-tooling",
    "verify",
    "cli",
    "watchdog",
];
/// Their binaries.
const BINARIES: &[&str] = &[
    "financing",
    "financing-standin",
    "backstop-load",
    "backstop-chaos",
    "backstop-exit",
    "backstop-verify",
    "backstop",
    "backstop-watchdog",
];

/// The release build of everything that ships. The commit goes into the reports that the binaries write.
pub(crate) fn release_build(workspace: &Workspace) -> Command {
    let mut build = workspace.cargo(&["build", "--release"]);
    for package in PACKAGES {
        build.args(["-p", package]);
    }
    // Sources without their history build all the same.
    if let Ok(commit) = workspace.commit() {
        build.env("BACKSTOP_COMMIT", commit);
    }
    build
}

/// Builds into target/dist and prints the seconds.
pub(crate) fn run(workspace: &Workspace, args: &DistArgs) -> Result<ExitCode> {
    let out = workspace.target("dist");
    remove(&out)?;
    fs::create_dir_all(&out).context("failed to make target/dist")?;

    let mut build = release_build(workspace);
    build.arg("--timings");
    let built_in = if args.cold {
        cold_folder(workspace, &mut build)?
    } else {
        workspace.target("")
    };
    let started = Instant::now();
    process::run(&mut build)?;
    let seconds = started.elapsed().as_secs_f64();

    for binary in BINARIES {
        fs::copy(built_in.join("release").join(binary), out.join(binary))
            .with_context(|| format!("failed to copy {binary}"))?;
    }
    fs::copy(
        built_in.join("cargo-timings/cargo-timing.html"),
        out.join("build-timings.html"),
    )
    .context("failed to copy the build's timings")?;
    let sums = process::capture(Command::new("sha256sum").args(BINARIES).current_dir(&out))?;
    fs::write(out.join("SHA256SUMS"), &sums).context("failed to write SHA256SUMS")?;

    let kind = if args.cold {
        "cold"
    } else {
        "warm: what was built before was kept"
    };
    let commit = workspace.commit()?;
    let cores = std::thread::available_parallelism()?;
    let figures =
        serde_json::json!({ "commit": commit, "seconds": seconds, "cold": args.cold, "cores": cores });
    fs::write(out.join("build.json"), serde_json::to_vec_pretty(&figures)?)
        .context("failed to write build.json")?;
    print!("{sums}");
    println!(
        "release build: {seconds:.1} s on {cores} cores ({kind}); timings and binaries in {}",
        out.display()
    );
    if args.cold {
        remove(&built_in)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// An empty target folder of the build's own.
fn cold_folder(workspace: &Workspace, build: &mut Command) -> Result<PathBuf> {
    let folder = workspace.target("cold");
    remove(&folder)?;
    build.arg("--target-dir").arg(&folder);
    Ok(folder)
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("failed to remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}
