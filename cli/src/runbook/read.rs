//! Gets pages: the shipped ones, or those of files.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use anyhow::Context as _;
use base::exit;
use runbooks::{Plan, pages};

use crate::ended::stop;

/// One byte more than the largest page that compiles: what is longer is refused as too long, not cut off.
const LARGEST: u64 = 64 * 1024 + 1;

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
    for path in files {
        let name = path.display().to_string();
        let mut text = String::new();
        let read = File::open(path).and_then(|file| file.take(LARGEST).read_to_string(&mut text));
        read.with_context(|| format!("failed to read {name}"))
            .map_err(|error| stop(exit::USAGE, format!("{error:#}")))?;
        compile(&name, &text);
    }
    Ok((good, wrong))
}
