//! Which holds there are: asked for each time, since a hold that nobody named is a customer whose data is gone.

use std::path::PathBuf;

use base::exit;

use crate::holds::{self, Hold};
use base::ended::because;

/// The file of holds, or the word that there are none.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Held {
    /// Legal holds, as they are today.
    #[arg(long, value_name = "FILE")]
    holds: Option<PathBuf>,
    /// There are none.
    #[arg(long)]
    no_holds: bool,
}

impl Held {
    /// Reads them.
    pub(super) fn read(&self) -> anyhow::Result<Vec<Hold>> {
        match &self.holds {
            Some(path) => holds::read(path).map_err(|error| because(exit::USAGE, &error)),
            None => Ok(Vec::new()),
        }
    }
}
