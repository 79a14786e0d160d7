//! `/proc/net/dev`.

use std::path::Path;

use super::{Page, number, read_in};

const RECEIVE: [&str; 8] = [
    "bytes",
    "packets",
    "errs",
    "drop",
    "fifo",
    "frame",
    "compressed",
    "multicast",
];
const TRANSMIT: [&str; 8] = [
    "bytes",
    "packets",
    "errs",
    "drop",
    "fifo",
    "colls",
    "carrier",
    "compressed",
];

pub(super) fn write(proc: &Path, page: &mut Page) {
    // Of this process's own network, which is the one that it serves.
    let Some(text) = read_in(proc, "net/dev") else {
        return;
    };
    for line in text.lines() {
        let Some((device, counts)) = line.split_once(':') else {
            continue;
        };
        let mut counts = counts.split_ascii_whitespace();
        for (way, names) in [("receive", RECEIVE), ("transmit", TRANSMIT)] {
            for name in names {
                let labels = [("device", device.trim())];
                page.put(
                    &format!("node_network_{way}_{name}_total"),
                    &labels,
                    number(counts.next()),
                );
            }
        }
    }
}
