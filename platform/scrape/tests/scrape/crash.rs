//! What is left of the samples after a kill.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base::config::{Env, ProcessEnv};
use promql::{Labels, Sample, Series, Source};
use scrape::{Limits, OpenError, Store};

use crate::process::Process;

const CHILD: &str = "SCRAPE_TAIL_OF_A_CHILD";
const ME: &str = "crash::a_kill_loses_less_than_a_second";
const SERIES: i64 = 50;
/// Milliseconds between two batches of the child.
const PACE: u64 = 10;

fn labels(series: i64) -> Labels {
    Labels::new([
        ("__name__".to_owned(), "a".to_owned()),
        ("n".to_owned(), series.to_string()),
    ])
}

fn append(store: &Store, round: i64) {
    let mut batch = store.batch();
    for series in 0..SERIES {
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let value = (round * series) as f64;
        batch
            .add(
                &labels(series),
                Sample {
                    at: round * 1_000,
                    value,
                },
                1_000,
            )
            .unwrap();
    }
}

fn all(store: &Store) -> Vec<Series> {
    let mut all = store.select(&[], i64::MIN, i64::MAX);
    all.sort_by(|a, b| a.labels.cmp(&b.labels));
    all
}

/// How many rounds are there, each as it was written and of all series.
fn rounds(store: &Store) -> i64 {
    let all = all(store);
    let Some(first) = all.first() else { return 0 };
    assert_eq!(all.len(), usize::try_from(SERIES).unwrap());
    for series in &all {
        let n: i64 = series.labels.get("n").parse().unwrap();
        assert_eq!(series.samples.len(), first.samples.len(), "{}", series.labels);
        for (round, sample) in (0..).zip(&series.samples) {
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let value = (round * n) as f64;
            assert_eq!((sample.at, sample.value), (round * 1_000, value));
        }
    }
    i64::try_from(first.samples.len()).unwrap()
}

fn child(folder: &str) -> ! {
    let store = Store::open(Path::new(folder), Limits::default()).unwrap();
    let begun = Instant::now();
    for round in 0.. {
        append(&store, round);
        let mut out = std::io::stdout();
        writeln!(out, "\nround {round}").unwrap();
        out.flush().unwrap();
        // Whoever started this may be gone.
        assert!(begun.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(PACE));
    }
    unreachable!()
}

#[test]
fn a_kill_loses_less_than_a_second() {
    if let Some(folder) = ProcessEnv.get(CHILD) {
        child(&folder);
    }
    let folder = tempfile::tempdir().unwrap();
    for kill_after in [20, 150, 400] {
        let path = folder.path().join(kill_after.to_string());
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([ME, "--exact", "--nocapture"]).env(CHILD, &path);
        let mut child = Process(
            command
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        );
        let mut told = -1;
        for line in BufReader::new(child.0.stdout.take().unwrap()).lines() {
            if let Some(round) = line.unwrap().strip_prefix("round ") {
                told = round.parse().unwrap();
            }
            if told == kill_after {
                break;
            }
        }
        assert_eq!(told, kill_after, "the child ended");
        assert!(
            matches!(Store::open(&path, Limits::default()), Err(OpenError::Taken(_))),
            "one process at a time"
        );
        child.0.kill().unwrap();
        child.0.wait().unwrap();
        let store = Store::open(&path, Limits::default()).unwrap();
        let found = rounds(&store);
        let lost = told + 1 - found;
        assert!(
            lost * i64::try_from(PACE).unwrap() < 1_000,
            "{lost} rounds are lost"
        );
    }
}

#[test]
fn a_log_that_is_cut_anywhere_gives_whole_batches_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    {
        let store = Store::open(&whole, Limits::default()).unwrap();
        for round in 0..3 {
            let mut batch = store.batch();
            for series in 0..2 {
                batch
                    .add(
                        &labels(series),
                        Sample {
                            at: round,
                            value: 0.5,
                        },
                        1_000,
                    )
                    .unwrap();
            }
        }
    }
    let log = fs::read_dir(&whole).unwrap().map(|entry| entry.unwrap().path());
    let log = log
        .into_iter()
        .find(|path| path.to_string_lossy().contains("log-"))
        .unwrap();
    let bytes = fs::read(&log).unwrap();
    let mut counts = Vec::new();
    for cut in 0..=bytes.len() {
        let torn = folder.path().join(format!("torn-{cut}"));
        fs::create_dir(&torn).unwrap();
        fs::write(torn.join(log.file_name().unwrap()), &bytes[..cut]).unwrap();
        let store = Store::open(&torn, Limits::default()).unwrap();
        let found: Vec<usize> = all(&store).iter().map(|series| series.samples.len()).collect();
        assert!(
            found.is_empty() || found == [found[0]; 2],
            "half a batch at {cut}: {found:?}"
        );
        let found = found.first().copied().unwrap_or(0);
        let torn_in_a_record = cut < bytes.len() && store.meters().unreadable == 1;
        counts.push(found);
        // It goes on behind the tear, and what was whole is still there at the next start.
        store
            .append(&labels(0), Sample { at: 9, value: 1.0 }, 1_000)
            .unwrap();
        drop(store);
        let again = Store::open(&torn, Limits::default()).unwrap();
        assert_eq!(
            all(&again)[0].samples.len(),
            found + 1,
            "cut at {cut}, torn: {torn_in_a_record}"
        );
    }
    assert!(
        counts.is_sorted() && counts[0] == 0 && counts[bytes.len()] == 3 && counts[bytes.len() - 1] == 2,
        "{counts:?}"
    );
}
