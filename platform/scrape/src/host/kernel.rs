//! Load, descriptors, memory that ran out, and the kernel's clock.

use std::path::Path;
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use super::{Page, number, read_in};

pub(super) fn write(proc: &Path, page: &mut Page) {
    if let Some(text) = read_in(proc, "loadavg") {
        let mut words = text.split_ascii_whitespace();
        for name in ["node_load1", "node_load5", "node_load15"] {
            page.put(name, &[], number(words.next()));
        }
    }
    if let Some(text) = read_in(proc, "sys/fs/file-nr") {
        let mut words = text.split_ascii_whitespace();
        page.put("node_filefd_allocated", &[], number(words.next()));
        page.put("node_filefd_maximum", &[], number(words.nth(1)));
    }
    let vm = read_in(proc, "vmstat").unwrap_or_default();
    for line in vm.lines() {
        let mut words = line.split_ascii_whitespace();
        let Some(name) = words.next().filter(|name| is_told(name)) else {
            continue;
        };
        page.put(&format!("node_vmstat_{name}"), &[], number(words.next()));
    }
    // What is watched here is this very clock, as the kernel has it.
    let now = clock_gettime(ClockId::CLOCK_REALTIME).ok().map(Duration::from);
    page.put("node_time_seconds", &[], now.map(|now| now.as_secs_f64()));
}

/// Of `vmstat` what `node_exporter` tells.
fn is_told(name: &str) -> bool {
    let prefix = ["oom_kill", "pgpg", "pswp"]
        .into_iter()
        .any(|prefix| name.starts_with(prefix));
    prefix || (name.starts_with("pg") && name.contains("fault"))
}
