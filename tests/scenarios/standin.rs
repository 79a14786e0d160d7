//! The stand-in sources as a process.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

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

    /// Names that somebody was told of as firing after a time, and when first; both in microseconds since 1970.
    pub(crate) async fn told(&self, after: i64) -> BTreeMap<String, i64> {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let sent = client.get(format!("{}/pages", self.base)).send().await.unwrap();
        let pages: Value = sent.json().await.unwrap();
        let mut told = BTreeMap::new();
        for page in pages["pages"].as_array().unwrap() {
            let at = page["at"].as_i64().unwrap();
            let name = page["alert"].as_str().unwrap();
            if at > after && page["resolved"] == false && name != "Heartbeat" {
                told.entry(name.to_owned()).or_insert(at);
            }
        }
        told
    }
}
