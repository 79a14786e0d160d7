//! Processes of a name, added up.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::Page;
use super::process::{self, Key, Process};
use crate::targets;

/// The kernel keeps this many bytes of a process's name.
const KERNEL_NAME: usize = 15;

/// Every group that is watched.
#[derive(Debug)]
pub(super) struct Groups(Vec<Group>);

#[derive(Debug)]
struct Group {
    config: targets::Process,
    /// Processor time of all that ever were in it, so that it does not fall when one ends.
    user: f64,
    system: f64,
    /// What each process had used when it was last seen.
    seen: HashMap<Key, (f64, f64)>,
}

impl Groups {
    pub(super) fn new(watched: &[targets::Process]) -> Self {
        let group = |config: &targets::Process| Group {
            config: config.clone(),
            user: 0.0,
            system: 0.0,
            seen: HashMap::new(),
        };
        Self(watched.iter().map(group).collect())
    }

    pub(super) fn write(&mut self, proc: &Path, page: &mut Page) {
        let by_name = self.0.iter().any(|group| group.config.pid_file.is_none());
        let names = if by_name { names(proc) } else { Vec::new() };
        for group in &mut self.0 {
            let pids = match &group.config.pid_file {
                Some(path) => super::read(path)
                    .and_then(|text| text.trim().parse().ok())
                    .into_iter()
                    .collect(),
                None => named(&names, &group.config.name),
            };
            let there: Vec<Process> = pids
                .into_iter()
                .filter_map(|pid| process::read(proc, pid))
                .collect();
            group.count(&there);
            group.write(&there, page);
        }
    }
}

impl Group {
    fn count(&mut self, there: &[Process]) {
        for each in there {
            let (user, system) = self.seen.get(&each.key).copied().unwrap_or_default();
            self.user += (each.user - user).max(0.0);
            self.system += (each.system - system).max(0.0);
        }
        self.seen = there
            .iter()
            .map(|each| (each.key, (each.user, each.system)))
            .collect();
    }

    fn write(&self, there: &[Process], page: &mut Page) {
        let group = ("groupname", self.config.name.as_str());
        let count = u32::try_from(there.len()).map(f64::from).ok();
        page.put("namedprocess_namegroup_num_procs", &[group], count);
        for (mode, seconds) in [("user", self.user), ("system", self.system)] {
            page.put(
                "namedprocess_namegroup_cpu_seconds_total",
                &[group, ("mode", mode)],
                seconds,
            );
        }
        // Of no process there is nothing to see; of one that cannot be seen, the sum is not known.
        if there.is_empty() {
            return;
        }
        let sum = |of: fn(&Process) -> Option<f64>| there.iter().map(of).sum::<Option<f64>>();
        for (kind, bytes) in [
            ("resident", sum(|each| each.resident)),
            ("virtual", sum(|each| each.virtual_memory)),
            ("swapped", sum(|each| each.swapped)),
        ] {
            page.put(
                "namedprocess_namegroup_memory_bytes",
                &[group, ("memtype", kind)],
                bytes,
            );
        }
        page.put(
            "namedprocess_namegroup_num_threads",
            &[group],
            sum(|each| Some(each.threads)),
        );
        page.put(
            "namedprocess_namegroup_open_filedesc",
            &[group],
            sum(|each| each.descriptors),
        );
        let ratios: Option<Vec<f64>> = there.iter().map(ratio).collect();
        let worst = ratios.map(|ratios| ratios.into_iter().fold(0.0, f64::max));
        page.put("namedprocess_namegroup_worst_fd_ratio", &[group], worst);
    }
}

/// Of the descriptors that it may have.
fn ratio(process: &Process) -> Option<f64> {
    let open = process.descriptors?;
    Some(
        process
            .descriptors_limit
            .map_or(0.0, |limit| open / limit.max(1.0)),
    )
}

fn names(proc: &Path) -> Vec<(u32, String)> {
    let entries = fs::read_dir(proc).into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid| Some((pid, process::name(proc, pid)?)))
        .collect()
}

fn named(names: &[(u32, String)], wanted: &str) -> Vec<u32> {
    let wanted = wanted.as_bytes();
    let wanted = wanted.get(..KERNEL_NAME).unwrap_or(wanted);
    names
        .iter()
        .filter(|(_, name)| name.as_bytes() == wanted)
        .map(|(pid, _)| *pid)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(pid: u32, user: f64) -> Process {
        Process {
            key: (pid, 1),
            user,
            system: 0.0,
            threads: 1.0,
            resident: Some(1.0),
            virtual_memory: None,
            swapped: Some(0.0),
            descriptors: Some(3.0),
            descriptors_limit: Some(12.0),
        }
    }

    fn group() -> Group {
        let config = targets::Process {
            name: "g".to_owned(),
            pid_file: None,
        };
        Groups::new(&[config]).0.remove(0)
    }

    #[test]
    fn processor_time_only_grows_whoever_ends() {
        let mut group = group();
        group.count(&[process(1, 5.0), process(2, 7.0)]);
        group.count(&[process(2, 8.0)]);
        group.count(&[process(2, 8.0), process(3, 1.0)]);
        assert_eq!(group.user, 14.0);
    }

    #[test]
    fn what_cannot_be_seen_of_one_is_told_of_none() {
        let mut page = Page::default();
        let unseen = Process {
            descriptors: None,
            ..process(2, 1.0)
        };
        group().write(&[process(1, 1.0), unseen], &mut page);
        let text = String::from_utf8(page.into_bytes()).unwrap();
        assert!(
            text.contains("namedprocess_namegroup_memory_bytes{groupname=\"g\",memtype=\"resident\"} 2\n")
        );
        assert!(
            !text.contains("virtual") && !text.contains("filedesc") && !text.contains("fd_ratio"),
            "{text}"
        );
    }
}
