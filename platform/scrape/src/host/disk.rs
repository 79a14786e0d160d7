//! `/proc/diskstats`, whose fields are in the kernel's `Documentation/admin-guide/iostats.rst`.

use std::path::Path;

use super::{Page, number, read_in};

/// A sector has 512 bytes here whatever the device.
const SECTOR: f64 = 512.0;
const MILLI: f64 = 0.001;

/// In their order: name, and what one of it is.
const FIELDS: [(&str, f64); 17] = [
    ("reads_completed_total", 1.0),
    ("reads_merged_total", 1.0),
    ("read_bytes_total", SECTOR),
    ("read_time_seconds_total", MILLI),
    ("writes_completed_total", 1.0),
    ("writes_merged_total", 1.0),
    ("written_bytes_total", SECTOR),
    ("write_time_seconds_total", MILLI),
    ("io_now", 1.0),
    ("io_time_seconds_total", MILLI),
    ("io_time_weighted_seconds_total", MILLI),
    ("discards_completed_total", 1.0),
    ("discards_merged_total", 1.0),
    ("discarded_sectors_total", 1.0),
    ("discard_time_seconds_total", MILLI),
    ("flush_requests_total", 1.0),
    ("flush_requests_time_seconds_total", MILLI),
];

pub(super) fn write(proc: &Path, page: &mut Page) {
    let Some(text) = read_in(proc, "diskstats") else {
        return;
    };
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace().skip(2);
        let Some(device) = words.next().filter(|device| !is_part(device)) else {
            continue;
        };
        for ((name, unit), value) in FIELDS.iter().zip(words) {
            let value = number(Some(value)).map(|value| value * unit);
            page.put(&format!("node_disk_{name}"), &[("device", device)], value);
        }
    }
}

/// Partitions and devices in memory, which `node_exporter` leaves out.
fn is_part(device: &str) -> bool {
    let stem = device.trim_end_matches(|each: char| each.is_ascii_digit());
    if stem.len() == device.len() {
        return false;
    }
    let lettered = |prefix: &str| {
        let rest = stem.strip_prefix(prefix).unwrap_or_default();
        rest.len() == 1 && rest.bytes().all(|each| each.is_ascii_lowercase())
    };
    let of_nvme = || {
        let rest = stem.strip_prefix("nvme").and_then(|rest| rest.strip_suffix('p'));
        let numbers = rest.and_then(|rest| rest.split_once('n'));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|each| each.is_ascii_digit());
        numbers.is_some_and(|(controller, space)| digits(controller) && digits(space))
    };
    matches!(stem, "ram" | "loop" | "fd") || ["hd", "sd", "vd", "xvd"].into_iter().any(lettered) || of_nvme()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_devices_are_told_of_and_their_parts_are_not() {
        for whole in ["sda", "vda", "nvme0n1", "dm-0", "md127", "sr0", "zram0"] {
            assert!(!is_part(whole), "{whole}");
        }
        for part in ["sda1", "vda15", "nvme0n1p2", "loop0", "ram3", "xvda1", "fd0"] {
            assert!(is_part(part), "{part}");
        }
    }
}
