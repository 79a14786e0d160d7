//! System calls as `strace` saw them, with the times at which they began and ended.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// The calls that tell of writing, syncing and answering.
const CALLS: &str = "trace=write,writev,pwrite64,sendto,sendmsg,fsync,fdatasync";

/// `strace` in front of a command; `-D` keeps the command the direct child, so
/// that it is signalled by its own pid.
pub(crate) fn of(command: &Command, output: &Path) -> Command {
    let mut traced = strace(output);
    traced
        .arg("-D")
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        traced.env(name, value.unwrap_or_default());
    }
    traced
}

/// `strace` of a running process and of those that it starts from now on.
pub(crate) fn attached(pid: u32, output: &Path) -> Command {
    let mut traced = strace(output);
    traced.args(["-p", &pid.to_string()]);
    traced
}

fn strace(output: &Path) -> Command {
    let mut strace = Command::new("strace");
    // Microseconds, durations, the files behind descriptors, enough text to know an answer.
    strace
        .args(["-f", "-ttt", "-T", "-y", "-s", "32", "-e", CALLS, "-o"])
        .arg(output);
    strace
}

/// Why there can be no trace here, if so: no program, or no permission.
pub(crate) fn unavailable() -> Option<String> {
    match Command::new("strace").args(["-o", "/dev/null", "true"]).output() {
        Err(_) => Some("strace is not installed: apt-get install strace".to_owned()),
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}

/// One call that succeeded.
#[derive(Debug)]
pub(crate) struct Call {
    /// Seconds since the Unix epoch, in microseconds.
    pub(crate) began: u64,
    pub(crate) ended: u64,
    pub(crate) name: String,
    /// The arguments, as `strace` prints them.
    pub(crate) arguments: String,
}

/// The calls in a trace, once it says that the traced process ended.
pub(crate) fn read(output: &Path, finished: bool) -> Vec<Call> {
    let begun = Instant::now();
    loop {
        let text = fs::read_to_string(output).unwrap_or_default();
        if !finished || text.contains("+++ exited") || text.contains("+++ killed") {
            return parse(&text);
        }
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "the trace does not end"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// `PID TIME name(arguments) = result <duration>`, or the two halves of a call
/// that another thread's interrupted.
fn parse(text: &str) -> Vec<Call> {
    let mut open: HashMap<&str, (u64, &str, String)> = HashMap::new();
    let mut calls = Vec::new();
    for line in text.lines() {
        // A pid below 10,000 is padded to five columns.
        let Some((pid, rest)) = line.split_once(' ') else {
            continue;
        };
        let Some((time, rest)) = rest.trim_start().split_once(' ') else {
            continue;
        };
        let (Some(at), rest) = (micros(time), rest.trim_start()) else {
            continue;
        };
        if let Some(resumed) = rest.strip_prefix("<... ") {
            if let Some((began, name, arguments)) = open.remove(pid)
                && resumed.contains(" = ")
                && !resumed.contains(" = -1")
            {
                calls.push(Call {
                    began,
                    ended: at,
                    name: name.to_owned(),
                    arguments,
                });
            }
            continue;
        }
        let Some((name, arguments)) = rest.split_once('(') else {
            continue;
        };
        if let Some(arguments) = arguments.strip_suffix("<unfinished ...>") {
            open.insert(pid, (at, name, arguments.to_owned()));
        } else if let Some((arguments, result)) = arguments.rsplit_once(") = ")
            && !result.starts_with("-1")
        {
            calls.push(Call {
                began: at,
                ended: at + took(result),
                name: name.to_owned(),
                arguments: arguments.to_owned(),
            });
        }
    }
    calls.sort_by_key(|call| call.began);
    calls
}

fn micros(time: &str) -> Option<u64> {
    let (seconds, fraction) = time.split_once('.')?;
    Some(seconds.parse::<u64>().ok()? * 1_000_000 + fraction.parse::<u64>().ok()?)
}

/// The `<0.000123>` at the end of a line, in microseconds.
fn took(result: &str) -> u64 {
    let duration = result
        .rsplit_once('<')
        .and_then(|(_, rest)| rest.strip_suffix('>'));
    duration.and_then(micros).unwrap_or(0)
}

#[test]
fn whole_and_interrupted_calls_are_read() {
    let text = "7     1700000000.000010 fdatasync(3</x/a.db-wal> <unfinished ...>\n\
                8 1700000000.000020 write(4<socket:[1]>, \"HTTP/1.1 201\", 12) = 12 <0.000005>\n\
                7 1700000000.000040 <... fdatasync resumed>) = 0 <0.000030>\n\
                7     1700000000.000050 fsync(3</x/a.db>) = -1 EIO (Input/output error) <0.000001>\n";
    let calls = parse(text);
    assert_eq!(calls.len(), 2);
    assert_eq!((calls[0].name.as_str(), calls[0].ended % 1000), ("fdatasync", 40));
    assert_eq!((calls[1].name.as_str(), calls[1].ended % 1000), ("write", 25));
}
