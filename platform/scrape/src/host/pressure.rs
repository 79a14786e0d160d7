//! `/proc/pressure`: time for which tasks waited for a resource, where the kernel counts it.

use std::path::Path;

use super::{Page, number, read_in};

/// The file, the line, and the metric.
const FIGURES: [(&str, &str, &str); 5] = [
    ("cpu", "some", "node_pressure_cpu_waiting_seconds_total"),
    ("io", "some", "node_pressure_io_waiting_seconds_total"),
    ("io", "full", "node_pressure_io_stalled_seconds_total"),
    ("memory", "some", "node_pressure_memory_waiting_seconds_total"),
    ("memory", "full", "node_pressure_memory_stalled_seconds_total"),
];

pub(super) fn write(proc: &Path, page: &mut Page) {
    for (file, kind, name) in FIGURES {
        let Some(text) = read_in(&proc.join("pressure"), file) else {
            continue;
        };
        let line = text.lines().find_map(|line| line.strip_prefix(kind));
        let total = line.and_then(|line| line.rsplit_once("total="));
        page.put(
            name,
            &[],
            number(total.map(|(_, total)| total.trim())).map(|micros| micros / 1e6),
        );
    }
}
