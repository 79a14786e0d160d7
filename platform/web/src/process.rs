//! What the process uses, under the names that every Prometheus dashboard
//! knows, read from `/proc/self` when the figures are asked for.

use std::fs;

use prometheus::{Gauge, Registry};

/// Clock ticks per second in `/proc/self/stat`: fixed at 100 in the Linux ABI.
const TICKS: f64 = 100.0;

/// The gauges.
pub struct ProcessMeters {
    resident: Gauge,
    cpu: Gauge,
    files: Gauge,
    most_files: Gauge,
    threads: Gauge,
}

impl ProcessMeters {
    /// # Errors
    /// When a name is taken, which is a bug.
    pub fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let gauge = |name: &str, help: &str| -> Result<Gauge, prometheus::Error> {
            let gauge = Gauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok(gauge)
        };
        let started = gauge(
            "process_start_time_seconds",
            "Start of the process, in seconds since the Unix epoch.",
        )?;
        // It does not change, so that a restart between two scrapes shows even if both were answered.
        started.set(start_time().unwrap_or(f64::NAN));
        Ok(Self {
            resident: gauge("process_resident_memory_bytes", "Resident memory in bytes.")?,
            cpu: gauge(
                "process_cpu_seconds_total",
                "User and system CPU time spent, in seconds.",
            )?,
            files: gauge("process_open_fds", "Open file descriptors.")?,
            most_files: gauge("process_max_fds", "Most file descriptors that may be open.")?,
            threads: gauge("process_threads", "Threads.")?,
        })
    }

    /// Reads the figures; what can't be read is `NaN`.
    pub fn refresh(&self) {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        self.resident
            .set(field(&status, "VmRSS:").map_or(f64::NAN, |kib| kib * 1024.0));
        self.threads.set(field(&status, "Threads:").unwrap_or(f64::NAN));
        let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        self.cpu.set(cpu_seconds(&stat).unwrap_or(f64::NAN));
        // The listing itself holds one descriptor.
        let files = fs::read_dir("/proc/self/fd").map(|entries| entries.count().saturating_sub(1));
        self.files.set(
            files
                .ok()
                .and_then(|count| u32::try_from(count).ok())
                .map_or(f64::NAN, f64::from),
        );
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        self.most_files.set(most_files(&limits).unwrap_or(f64::NAN));
    }
}

/// The kernel counts it in ticks since the machine's start, whose own time is in whole seconds.
fn start_time() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let machine = fs::read_to_string("/proc/stat").ok()?;
    Some(field(&machine, "btime ")? + start_ticks(&stat)? / TICKS)
}

/// Field 22 of the line, counted after the name, which may hold spaces.
fn start_ticks(stat: &str) -> Option<f64> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// The soft limit, the first of two numbers.
fn most_files(limits: &str) -> Option<f64> {
    field(limits, "Max open files")
}

fn field(status: &str, name: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Fields 14 and 15 of the line, counted after the name, which may hold spaces.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_the_kernel_are_understood() {
        assert_eq!(field("Name:\tx\nVmRSS:\t    2048 kB\n", "VmRSS:"), Some(2048.0));
        let stat = "7 (a b) c) S 1 2 3 4 5 6 7 8 9 10 250 150 0 0 20";
        assert_eq!(cpu_seconds(stat), Some(4.0));
        let stat = "7 (a b) c) S 1 2 3 4 5 6 7 8 9 10 250 150 0 0 20 0 9 0 12345 4096";
        assert_eq!(start_ticks(stat), Some(12_345.0));
        let limits =
            "Max processes  1 2 processes\nMax open files            1024                 4096     files\n";
        assert_eq!(most_files(limits), Some(1024.0));
    }

    #[test]
    fn this_process_uses_something() {
        let meters = ProcessMeters::new(&Registry::new()).unwrap();
        meters.refresh();
        for gauge in [
            &meters.resident,
            &meters.files,
            &meters.most_files,
            &meters.threads,
        ] {
            assert!(gauge.get() >= 1.0);
        }
        assert!(meters.cpu.get() >= 0.0);
        let uptime = fs::read_to_string("/proc/uptime").unwrap();
        let uptime: f64 = uptime.split_whitespace().next().unwrap().parse().unwrap();
        let machine = fs::read_to_string("/proc/stat").unwrap();
        let now = field(&machine, "btime ").unwrap() + uptime;
        // The machine's start is told in whole seconds.
        assert!((0.0..120.0).contains(&(now + 2.0 - start_time().unwrap())));
    }
}
