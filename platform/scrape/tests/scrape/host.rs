//! This machine, beside what a real `node_exporter` says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::Duration;

use crate::process;
use crate::watch::Watch;

const EXPORTER: &str = "/usr/bin/prometheus-node-exporter";

/// The parts that are told of here.
const NAMES: [&str; 15] = [
    "node_boot_time_",
    "node_context_switches_",
    "node_cpu_guest_",
    "node_cpu_seconds_",
    "node_disk_",
    "node_filefd_",
    "node_filesystem_",
    "node_forks_",
    "node_intr_",
    "node_load",
    "node_memory_",
    "node_network_receive_",
    "node_network_transmit_",
    "node_pressure_",
    "node_procs_",
];

/// What is not told of here: what is no figure of use, and a count that not every kernel has.
const LEFT_OUT: [&str; 3] = [
    "node_disk_info",
    "node_network_receive_nohandler_total",
    "node_network_transmit_queue_length",
];

type Values = BTreeMap<String, BTreeMap<String, f64>>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_node_exporter_tells_of_this_machine_is_told_alike() {
    if !process::is_there("host", EXPORTER) {
        return;
    }
    let port = process::port();
    let mut command = Command::new(EXPORTER);
    // Debian's package leaves out more than its authors do.
    let places = "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)";
    command
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .arg(format!("--collector.filesystem.mount-points-exclude={places}"))
        .arg("--collector.netdev.device-exclude=^$");
    let _exporter = process::start(&mut command);
    process::ready(&format!("http://127.0.0.1:{port}/metrics")).await;
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[host]\njob = \"ours\"\ninterval = \"1s\"\n[[scrape]]\njob = \"theirs\"\ninterval = \"1s\"\n\
         targets = [\"127.0.0.1:{port}\"]\n"
    );
    let watch = Watch::start(&config, folder.path());
    for job in ["ours", "theirs"] {
        watch
            .until("both are there", |watch| {
                watch.last("node_time_seconds", &[("job", job)]).is_some()
            })
            .await;
    }
    // The machine does not stand still between two looks: it is enough that they agree once.
    let mut differ = Vec::new();
    for _ in 0..8 {
        differ = differences(&values(&watch, "ours"), &values(&watch, "theirs"));
        if differ.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("{}", differ.join("\n"));
}

fn differences(ours: &Values, theirs: &Values) -> Vec<String> {
    let names: BTreeSet<&String> = theirs
        .keys()
        .chain(ours.keys())
        .filter(|name| told(name))
        .collect();
    assert!(names.len() > 100, "{names:?}");
    let mut differ = Vec::new();
    for name in names {
        if LEFT_OUT.contains(&name.as_str()) {
            continue;
        }
        let (Some(ours), Some(theirs)) = (ours.get(name), theirs.get(name)) else {
            differ.push(format!(
                "{name}: ours {}, theirs {}",
                ours.contains_key(name),
                theirs.contains_key(name)
            ));
            continue;
        };
        if !ours.keys().eq(theirs.keys()) {
            differ.push(format!("{name}: {ours:?}, theirs {theirs:?}"));
            continue;
        }
        for (labels, our) in ours {
            let their = theirs[labels];
            if !is_close(name, *our, their) {
                differ.push(format!("{name}{labels}: {our}, theirs {their}"));
            }
        }
    }
    differ
}

fn told(name: &str) -> bool {
    NAMES.iter().any(|prefix| name.starts_with(prefix))
        || name.starts_with("node_vmstat_")
        || name == "node_time_seconds"
}

/// Both look within a second of each other, at a machine that does not stand still.
fn is_close(name: &str, ours: f64, theirs: f64) -> bool {
    // What moves, and by how much within a second.
    let moves = [
        ("node_procs_", 200.0),
        ("node_disk_io_now", 200.0),
        ("node_load", 2.0),
        ("node_filefd_allocated", 500.0),
    ];
    if let Some((_, slack)) = moves.iter().find(|(prefix, _)| name.starts_with(prefix)) {
        return (ours - theirs).abs() < *slack;
    }
    // Amounts of memory and of the disk change by some; counts since the start grow a little.
    let slack: f64 = if name.starts_with("node_memory_") {
        3e8
    } else {
        100.0
    };
    (ours - theirs).abs() <= slack.max(theirs.abs() * 0.05)
}

/// By name and by labels, without those that tell the job.
fn values(watch: &Watch, job: &str) -> Values {
    let mut values = Values::new();
    for series in watch
        .all()
        .into_iter()
        .filter(|series| series.labels.get("job") == job)
    {
        let labels = series
            .labels
            .only(|name| !matches!(name, "__name__" | "job" | "instance"));
        let value = series.samples.last().unwrap().value;
        values
            .entry(series.labels.name().to_owned())
            .or_default()
            .insert(labels.to_string(), value);
    }
    values
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_is_told_of_by_its_name_and_by_its_file_until_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    // A name of our own, so that no other process of this machine has it.
    let program = folder.path().join("watched-by-test");
    std::fs::copy("/bin/sleep", &program).unwrap();
    let mut by_name = process::start(Command::new(&program).arg("60"));
    let by_file = process::start(Command::new(&program).arg("60"));
    std::fs::write(folder.path().join("pid"), format!("{}\n", by_file.0.id())).unwrap();
    let config = "[host]\ninterval = \"1s\"\ninstance = \"here\"\n\
                  [[host.process]]\nname = \"watched-by-test\"\n\
                  [[host.process]]\nname = \"one\"\npid_file = \"pid\"\n\
                  [[host.process]]\nname = \"no-such-process\"\n";
    let watch = Watch::start(config, folder.path());
    let count =
        |watch: &Watch, group: &str| watch.last("namedprocess_namegroup_num_procs", &[("groupname", group)]);
    watch
        .until("both are seen", |watch| {
            count(watch, "watched-by-test") == Some(2.0)
        })
        .await;
    assert_eq!(count(&watch, "one"), Some(1.0));
    assert_eq!(count(&watch, "no-such-process"), Some(0.0));
    assert_eq!(
        watch.last("namedprocess_namegroup_num_threads", &[("groupname", "one")]),
        Some(1.0)
    );
    let of = |name: &str, more: &[(&str, &str)]| {
        let labels: Vec<_> = [("groupname", "one"), ("instance", "here"), ("job", "node")]
            .iter()
            .chain(more)
            .copied()
            .collect();
        watch.last(name, &labels)
    };
    assert!(of("namedprocess_namegroup_memory_bytes", &[("memtype", "resident")]).unwrap() > 100_000.0);
    assert!(of("namedprocess_namegroup_open_filedesc", &[]).unwrap() >= 3.0);
    let ratio = of("namedprocess_namegroup_worst_fd_ratio", &[]).unwrap();
    assert!(ratio > 0.0 && ratio < 0.1, "{ratio}");
    assert!(of("namedprocess_namegroup_cpu_seconds_total", &[("mode", "user")]).is_some());

    by_name.0.kill().unwrap();
    by_name.0.wait().unwrap();
    watch
        .until("one has ended", |watch| {
            count(watch, "watched-by-test") == Some(1.0)
        })
        .await;
}
