//! What a recovery journal of so many lines costs: its size, how long a start reads it, and how much memory that takes.
//!
//! `cargo run --release -p recovery --example growth -- 10000000`

use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

use recovery::{Journal, Opening};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Of a thousand facts, as many as there may be in a year of a bank that revokes little and closes seldom.
const REVOKED: u64 = 100;
const MOVED: u64 = 1;

fn main() -> Outcome<()> {
    let lines: u64 = std::env::args()
        .nth(1)
        .map_or(Ok(10_000_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("recovery.jsonl");
    write(&path, lines)?;
    let size = fs::metadata(&path)?.len();
    let before = memory("VmRSS")?;
    let (mut facts, began) = (0_u64, Instant::now());
    let journal = Journal::open(&path, "a", Opening::Continue, |_| facts += 1)?;
    let took = began.elapsed();
    writeln!(
        std::io::stdout(),
        "{facts} facts: {:.0} MB, read and validated in {:.1} s, {:.2} MB more memory, {:.2} MB at the most",
        size as f64 / 1e6,
        took.as_secs_f64(),
        (memory("VmRSS")? - before) as f64 / 1e3,
        memory("VmHWM")? as f64 / 1e3,
    )?;
    drop(journal);
    Ok(())
}

/// A journal as a service of many years has it.
fn write(path: &Path, lines: u64) -> Outcome<()> {
    drop(Journal::open(path, "a", Opening::Begin, |_| ())?);
    let mut file = BufWriter::new(fs::OpenOptions::new().append(true).open(path)?);
    for n in 0..lines {
        let at = 1_788_000_000_000_000 + n * 1_000;
        match n % 1000 {
            0..MOVED => writeln!(
                file,
                r#"{{"epoch":{},"scope":"everything","state":"closed","at":{at}}}"#,
                n + 2
            )?,
            MOVED..REVOKED => writeln!(file, r#"{{"revoked":"cns_{n:032x}","at":{at}}}"#)?,
            _ => writeln!(file, r#"{{"sent":"drw_{n:032x}","at":{at}}}"#)?,
        }
    }
    file.into_inner()?.sync_all()?;
    Ok(())
}

/// A line of what the kernel tells of this process, in kB.
fn memory(name: &str) -> Outcome<i64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kilobytes.ok_or("the kernel does not tell")?.trim().parse()?)
}
