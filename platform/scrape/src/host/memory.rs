//! `/proc/meminfo`.

use std::path::Path;

use super::{Page, number, read_in};

pub(super) fn write(proc: &Path, page: &mut Page) {
    let Some(text) = read_in(proc, "meminfo") else {
        return;
    };
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        let Some(key) = words.next().and_then(|key| key.strip_suffix(':')) else {
            continue;
        };
        let Some(value) = number(words.next()) else {
            continue;
        };
        // `Active(anon)` is `Active_anon`.
        let key = key.replace('(', "_").replace(')', "");
        match words.next() {
            Some("kB") => page.put(&format!("node_memory_{key}_bytes"), &[], value * 1_024.0),
            _ => page.put(&format!("node_memory_{key}"), &[], value),
        }
    }
}
