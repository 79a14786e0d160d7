//! File systems that are mounted, and how full they are.

use std::collections::HashSet;
use std::path::Path;

use nix::sys::statvfs::{FsFlags, statvfs};

use super::{Page, read_in};

/// Kinds that hold no data of their own; as `node_exporter` has them.
const KINDS: [&str; 26] = [
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "fusectl",
    "hugetlbfs",
    "iso9660",
    "mqueue",
    "nsfs",
    "overlay",
    "proc",
    "procfs",
    "pstore",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "squashfs",
    "sysfs",
    "tracefs",
    "efivarfs",
    "ramfs",
];
/// Places below which the kernel and containers mount theirs.
const PLACES: [&str; 5] = [
    "/dev",
    "/proc",
    "/sys",
    "/var/lib/docker",
    "/var/lib/containers/storage",
];

pub(super) fn write(proc: &Path, page: &mut Page) {
    // Of the first process, since this one may be in a namespace; it takes a right to look at that.
    let Some(text) = read_in(proc, "1/mounts").or_else(|| read_in(proc, "self/mounts")) else {
        return;
    };
    let mut seen = HashSet::new();
    for line in text.lines() {
        let mut words = line.split(' ').map(plain);
        let (Some(device), Some(place), Some(kind)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        let options = words.next().unwrap_or_default();
        if left_out(&place, &kind) || !seen.insert((device.clone(), place.clone(), kind.clone())) {
            continue;
        }
        let labels = [
            ("device", device.as_str()),
            ("fstype", kind.as_str()),
            ("mountpoint", place.as_str()),
        ];
        let Ok(stat) = statvfs(Path::new(&place)) else {
            page.put("node_filesystem_device_error", &labels, 1.0);
            continue;
        };
        let block = float(stat.fragment_size());
        let read_only =
            options.split(',').any(|option| option == "ro") || stat.flags().contains(FsFlags::ST_RDONLY);
        for (name, value) in [
            ("size_bytes", float(stat.blocks()) * block),
            ("free_bytes", float(stat.blocks_free()) * block),
            ("avail_bytes", float(stat.blocks_available()) * block),
            ("files", float(stat.files())),
            ("files_free", float(stat.files_free())),
            ("readonly", f64::from(u8::from(read_only))),
            ("device_error", 0.0),
        ] {
            page.put(&format!("node_filesystem_{name}"), &labels, value);
        }
    }
}

fn left_out(place: &str, kind: &str) -> bool {
    let below = |folder: &str| {
        place
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let of_docker = place == "/var/lib/docker" || place == "/var/lib/containers/storage";
    KINDS.contains(&kind)
        || place.starts_with("/run/credentials/")
        || (PLACES.into_iter().any(below) && !of_docker)
}

/// The kernel writes blanks and backslashes as three octal digits.
fn plain(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part
            .get(..3)
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match digits {
            Some(byte) if byte.is_ascii() => {
                plain.push(char::from(byte));
                plain.push_str(part.get(3..).unwrap_or_default());
            }
            _ => {
                plain.push('\\');
                plain.push_str(part);
            }
        }
    }
    plain
}

#[expect(clippy::cast_precision_loss, reason = "blocks of a petabyte are below 2^53")]
const fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_in_places_are_read_back() {
        assert_eq!(plain(r"/mnt/a\040b\134c"), r"/mnt/a b\c");
        assert_eq!(plain(r"a\9"), r"a\9");
    }

    #[test]
    fn a_place_that_is_no_text_keeps_no_other_from_being_told_of() {
        let proc = tempfile::tempdir().unwrap();
        std::fs::create_dir(proc.path().join("1")).unwrap();
        std::fs::write(
            proc.path().join("1/mounts"),
            b"/dev/b /mnt/\xca\xfd\xbe\xdd ext4 rw 0 0\n/dev/a / ext4 rw 0 0\n",
        )
        .unwrap();
        let mut page = Page::default();
        write(proc.path(), &mut page);
        let text = String::from_utf8(page.into_bytes()).unwrap();
        assert!(
            text.contains("node_filesystem_size_bytes{device=\"/dev/a\""),
            "{text}"
        );
        assert!(
            text.contains("node_filesystem_device_error{device=\"/dev/b\""),
            "{text}"
        );
    }

    #[test]
    fn places_of_the_kernel_are_left_out_and_those_that_only_begin_alike_are_not() {
        assert!(left_out("/dev/shm", "tmpfs") && left_out("/", "overlay") && left_out("/sys", "tmpfs"));
        assert!(!left_out("/device", "ext4") && !left_out("/run", "tmpfs"));
    }
}
