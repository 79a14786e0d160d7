//! `/proc/stat`: processors, and what the kernel has counted since it started.

use std::path::Path;

use super::{Page, number, read_in};

/// Ticks a second in what the kernel tells programs; a constant of its interface on every architecture that
/// Rust runs on (`USER_HZ`).
pub(super) const TICKS: f64 = 100.0;

const MODES: [&str; 8] = [
    "user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal",
];
const GUESTS: [&str; 2] = ["user", "nice"];

pub(super) fn write(proc: &Path, page: &mut Page) {
    let Some(text) = read_in(proc, "stat") else { return };
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        let Some(first) = words.next() else { continue };
        let plain = match first {
            "ctxt" => Some("node_context_switches_total"),
            "btime" => Some("node_boot_time_seconds"),
            "intr" => Some("node_intr_total"),
            "processes" => Some("node_forks_total"),
            "procs_running" => Some("node_procs_running"),
            "procs_blocked" => Some("node_procs_blocked"),
            _ => None,
        };
        if let Some(name) = plain {
            page.put(name, &[], number(words.next()));
        }
        let Some(cpu) = first.strip_prefix("cpu").filter(|cpu| !cpu.is_empty()) else {
            continue;
        };
        let guests = GUESTS.iter().map(|mode| ("node_cpu_guest_seconds_total", mode));
        for (name, mode) in MODES
            .iter()
            .map(|mode| ("node_cpu_seconds_total", mode))
            .chain(guests)
        {
            let seconds = number(words.next()).map(|ticks| ticks / TICKS);
            page.put(name, &[("cpu", cpu), ("mode", mode)], seconds);
        }
    }
}
