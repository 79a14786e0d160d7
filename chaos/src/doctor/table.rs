//! The faults, and how each is tried.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use lease::{Process, Signal};
use serde::Serialize;

use crate::doctor::probe::{in_own_mounts, in_own_network, run};

/// What was found of one fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its name.
    pub fault: &'static str,
    /// What one can do with it.
    pub does: &'static str,
    /// Whether this host lets us.
    pub can: bool,
    /// Why not; empty if it can.
    pub why: String,
}

type Probe = fn() -> Result<(), String>;

const PROBES: &[(&str, &str, Probe)] = &[
    ("tcp-proxy", "toxics on TCP connections", loopback),
    ("process-signals", "kill, stop and restart processes", signals),
    ("network-namespace", "networks of their own for processes", || {
        in_own_network("true")
    }),
    ("nft", "drop packets by rule", || {
        in_own_network("nft add table inet backstop")
    }),
    ("tc-tbf", "limit the rate of an interface", || {
        in_own_network("tc qdisc add dev lo root tbf rate 1mbit burst 10kb latency 50ms")
    }),
    ("tc-netem", "delay and lose packets", || {
        in_own_network("tc qdisc add dev lo root netem delay 1ms")
    }),
    ("veth", "pairs of interfaces", || {
        in_own_network("ip link add backstop0 type veth peer name backstop1")
    }),
    ("user-namespace", "all of that without being root", || {
        run(&["unshare", "--user", "--map-root-user", "--", "true"])
    }),
    ("time-namespace", "another monotonic clock for processes", || {
        run(&["unshare", "--time", "--monotonic", "60", "--fork", "--", "true"])
    }),
    ("cgroup-memory", "limit memory", || controller("memory")),
    ("cgroup-cpu", "limit processor time", || controller("cpu")),
    ("tmpfs-full", "a full disk", || {
        in_own_mounts(
            "mount -t tmpfs -o size=64k backstop /mnt; ! head -c 100000 /dev/zero 2>/dev/null > /mnt/x",
        )
    }),
    ("remount-read-only", "a disk that takes no writes", || {
        in_own_mounts("mount -t tmpfs backstop /mnt; mount -o remount,ro /mnt; ! touch /mnt/x 2>/dev/null")
    }),
    ("loop-device", "file systems of their own", || {
        openable("/dev/loop-control")
    }),
    ("device-mapper", "disks that delay and fail", || {
        openable("/dev/mapper/control")
    }),
    ("strace-inject", "system calls that fail, such as fsync", || {
        run(&[
            "strace",
            "-o",
            "/dev/null",
            "-e",
            "inject=getpid:retval=1",
            "true",
        ])
    }),
    ("libfaketime", "another wall clock for processes", faketime),
    (
        "kernel-fault-injection",
        "allocations and disks that fail",
        || {
            exists(&[
                "/sys/kernel/debug/failslab",
                "/sys/kernel/debug/fail_make_request",
            ])
        },
    ),
];

/// Tries them all. It takes a second.
#[must_use]
pub fn examine() -> Vec<Finding> {
    let find = |(fault, does, probe): &(&'static str, &'static str, Probe)| {
        let tried = probe();
        Finding {
            fault,
            does,
            can: tried.is_ok(),
            why: tried.err().unwrap_or_default(),
        }
    };
    PROBES.iter().map(find).collect()
}

fn loopback() -> Result<(), String> {
    TcpListener::bind("127.0.0.1:0")
        .map(drop)
        .map_err(|error| error.to_string())
}

/// On a child of our own.
fn signals() -> Result<(), String> {
    let text = |error: std::io::Error| error.to_string();
    let mut child = Command::new("sleep")
        .arg("10")
        .stdin(Stdio::null())
        .spawn()
        .map_err(text)?;
    let try_them = || -> Result<(), String> {
        let pid = i32::try_from(child.id()).map_err(|error| error.to_string())?;
        let process = Process::with_pid(pid).map_err(text)?.ok_or("it ended at once")?;
        let handle = process.open().map_err(text)?.ok_or("it ended at once")?;
        for signal in [Signal::STOP, Signal::CONT] {
            handle.signal(signal).map_err(text)?;
        }
        Ok(())
    };
    let tried = try_them();
    // Our own child, which sleeps: to kill it cannot fail while it is there.
    drop(child.kill());
    drop(child.wait());
    tried
}

/// Version 2: a group of our own, without anybody in it.
fn controller(name: &str) -> Result<(), String> {
    let root = Path::new("/sys/fs/cgroup");
    let listed = fs::read_to_string(root.join("cgroup.controllers"));
    let listed = match listed {
        Ok(listed) => listed,
        // Version 1 has a folder for each controller.
        Err(_) => return writable(&root.join(name)),
    };
    if !listed.split_whitespace().any(|one| one == name) {
        return Err(format!("no controller {name} in {}", root.display()));
    }
    writable(root)
}

fn writable(folder: &Path) -> Result<(), String> {
    let group = folder.join(format!("backstop-doctor-{}", std::process::id()));
    let text = |error: std::io::Error| format!("{}: {error}", group.display());
    fs::create_dir(&group).map_err(text)?;
    fs::remove_dir(&group).map_err(text)
}

fn openable(path: &str) -> Result<(), String> {
    fs::File::open(path)
        .map(drop)
        .map_err(|error| format!("{path}: {error}"))
}

fn exists(paths: &[&str]) -> Result<(), String> {
    let found = paths.iter().any(|path| Path::new(path).exists());
    found
        .then_some(())
        .ok_or_else(|| format!("none of {}", paths.join(", ")))
}

fn faketime() -> Result<(), String> {
    let places = [
        "/usr/lib",
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib64",
    ];
    let files: Vec<String> = places
        .iter()
        .map(|place| format!("{place}/faketime/libfaketime.so.1"))
        .collect();
    exists(&files.iter().map(String::as_str).collect::<Vec<_>>())
}
