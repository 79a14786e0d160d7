//! The stand-in sources as a process.

use std::process::Command;

use crate::binaries::shipped;
use crate::place::Place;
use crate::process::Process;

/// Seed of the firms, here and in the load.
pub(crate) const SEED: &str = "7";

/// A running stand-in.
pub(crate) struct Standin {
    pub(crate) base: String,
    _process: Process,
}

impl Standin {
    pub(crate) fn start(place: &Place) -> Self {
        let ready = place.path("standin.ready");
        // Of another one beside it.
        let _absent = std::fs::remove_file(&ready);
        let mut command = Command::new(shipped("financing-standin"));
        command
            .args(["--listen", "127.0.0.1:0", "--seed", SEED, "--ready-file"])
            .arg(&ready);
        let mut process = Process::start(&mut command, &place.path("standin.log"));
        let base = format!("http://{}", process.announced(&ready));
        Self {
            base,
            _process: process,
        }
    }
}
