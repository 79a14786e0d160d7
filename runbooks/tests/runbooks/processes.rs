//! Real commands: no shell, a bare environment, bounded in time and output.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use runbooks::Process;
use runbooks::hands::{Exit, Order};
use tempfile::TempDir;

/// A program that stands for ours.
fn program(script: &str) -> (TempDir, Process) {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("ours");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let environment = BTreeMap::from([("BACKSTOP_URL".to_owned(), "http://127.0.0.1:1".to_owned())]);
    (folder, Process::new(path, environment))
}

fn order(words: &[&str], timeout: Duration) -> Order {
    let argv = words.iter().map(|word| (*word).to_owned()).collect();
    Order { argv, timeout }
}

async fn run(script: &str, words: &[&str]) -> Exit {
    let (_folder, process) = program(script);
    process.run(&order(words, Duration::from_secs(20))).await
}

#[tokio::test]
async fn words_arrive_as_they_are_and_no_shell_reads_them() {
    let exit = run(
        "for word in \"$@\"; do echo \"<$word>\"; done",
        &["backstop", "a b", "$(id)", "; rm -rf /", "'\"*"],
    )
    .await;
    let wanted = "<a b>\n<$(id)>\n<; rm -rf />\n<'\"*>\n".to_owned();
    assert_eq!(
        exit,
        Exit::Code {
            code: 0,
            stdout: wanted,
            stderr: String::new()
        }
    );
}

#[tokio::test]
async fn the_environment_is_what_was_given_and_a_path() {
    let exit = run(
        "/usr/bin/env | grep -v ^PWD= | grep -v ^_= | grep -v ^SHLVL= | sort",
        &["backstop"],
    )
    .await;
    let Exit::Code { stdout, .. } = exit else {
        panic!("{exit:?}")
    };
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(
        lines,
        [
            "BACKSTOP_URL=http://127.0.0.1:1",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        ]
    );
}

#[tokio::test]
async fn exit_codes_and_complaints_are_told() {
    let exit = run("echo out; echo err >&2; exit 6", &["backstop", "x"]).await;
    assert_eq!(
        exit,
        Exit::Code {
            code: 6,
            stdout: "out\n".to_owned(),
            stderr: "err\n".to_owned()
        }
    );
    let exit = run("kill -9 $$", &["backstop"]).await;
    assert_eq!(exit, Exit::Lost("it was ended by a signal".to_owned()));
}

#[tokio::test]
async fn what_asks_for_a_password_gets_none() {
    assert_eq!(
        run("read line || exit 2; echo \"$line\"", &["backstop"]).await,
        Exit::Code {
            code: 2,
            stdout: String::new(),
            stderr: String::new()
        }
    );
}

#[tokio::test]
async fn what_takes_too_long_is_ended_and_its_outcome_is_unknown() {
    let (folder, process) = program("echo $$ > \"$(dirname \"$0\")/pid\"; exec sleep 60");
    let began = Instant::now();
    let exit = process
        .run(&order(&["backstop"], Duration::from_millis(600)))
        .await;
    assert!(
        matches!(&exit, Exit::Lost(why) if why.contains("too long")),
        "{exit:?}"
    );
    assert!(began.elapsed() < Duration::from_secs(20));
    let pid = std::fs::read_to_string(folder.path().join("pid")).unwrap();
    let gone = async {
        while std::path::Path::new(&format!("/proc/{}", pid.trim())).exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.unwrap();
}

#[tokio::test]
async fn output_is_bounded_and_what_prints_more_still_ends() {
    let exit = run("head -c 300000 /dev/zero | tr '\\0' x; exit 0", &["backstop"]).await;
    let Exit::Code { code: 0, stdout, .. } = exit else {
        panic!("{exit:?}")
    };
    assert_eq!(stdout.len(), 64 * 1024);
}

#[tokio::test]
async fn nothing_but_our_own_commands_is_run() {
    for words in [&["sh", "-c", "id"][..], &[]] {
        let exit = run("echo ran", words).await;
        assert_eq!(exit, Exit::NotStarted("only our own commands are run".to_owned()));
    }
    let nowhere = Process::new(PathBuf::from("/nowhere/backstop"), BTreeMap::new());
    let exit = nowhere.run(&order(&["backstop"], Duration::from_secs(1))).await;
    assert!(matches!(exit, Exit::NotStarted(_)), "{exit:?}");
}
