//! A process that is really killed, by SIGKILL, while it takes, decides and sends over a real connection.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use base::clock::Clock;
use base::shutdown::Shutdown;
use db::{Db, Options};
use notify::{Config, Notifier};

use crate::server::Server;
use crate::world::notice;

/// Set in the process that is killed: its folder.
const FOLDER: &str = "BACKSTOP_NOTIFY_KILLED";
/// How often it is killed; each takes its start-up and some tenths of a second.
const KILLS: usize = 25;
/// Alerts that each process fires.
const ALERTS: usize = 4;

const CONFIG: &str = "[route]\nreceiver = \"ops\"\ngroup_by = [\"alertname\"]\ngroup_wait = \"0s\"\n\
    [[receivers]]\nname = \"ops\"\nchannels = [\"it\"]\n[[channels]]\nname = \"it\"\ntimeout = \"1s\"\n\
    per_minute = 600\nwebhook = { url_file = \"url\" }\n";

/// If this process is the one that is killed, works until it is.
fn work_if_asked() {
    #[expect(
        clippy::disallowed_methods,
        reason = "how a test tells its second process what to do"
    )]
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let work = async move {
        let folder = Path::new(&folder);
        let notifier = open(folder).await;
        let running = tokio::spawn(notifier.clone().run(Shutdown::new()));
        for i in 0.. {
            let name = format!("K{}N{i}", std::process::id());
            let now = Clock::system().now_micros();
            notifier
                .take(&[notice(&[("alertname", &name)], now, None)])
                .await
                .unwrap();
            // Only what was taken counts: the name is written down afterwards.
            let taken = std::fs::OpenOptions::new()
                .append(true)
                .create(true)
                .open(folder.join("taken"));
            std::io::Write::write_all(&mut taken.unwrap(), format!("{name}\n").as_bytes()).unwrap();
            if i + 1 == ALERTS {
                break;
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        running.await.unwrap();
    };
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(work);
}

async fn open(folder: &Path) -> Notifier {
    let config = Arc::new(Config::parse(CONFIG, folder).unwrap());
    let url = format!("sqlite:{}", folder.join("control.db").display());
    let db = Db::open(&url, Options::default()).await.unwrap();
    db::migrate(&db, notify::MIGRATIONS).await.unwrap();
    Notifier::open(db, config, Clock::system()).await.unwrap()
}

fn spawn(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::kill_9_loses_no_page", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn kill_9_loses_no_page() {
    work_if_asked();
    let story = async {
        let server = Server::start("").await;
        // Long enough that kills meet pages which their receiver has and has not confirmed.
        server.slow(Duration::from_millis(40));
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("url"), format!("{}/hook", server.url)).unwrap();
        for kill in 0..KILLS {
            let mut child = spawn(folder.path());
            // From the start-up to well into the sending.
            tokio::time::sleep(Duration::from_millis(40 + 17 * u64::try_from(kill).unwrap())).await;
            child.kill().unwrap();
            child.wait().unwrap();
        }
        // The last one lives: what was begun is sent again when its lease is over, after some twenty seconds.
        let mut child = spawn(folder.path());
        tokio::time::sleep(Duration::from_secs(26)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let mut copies: BTreeMap<String, usize> = BTreeMap::new();
        let mut told = std::collections::BTreeSet::new();
        for request in server.requests() {
            *copies
                .entry(request.header("idempotency-key").to_owned())
                .or_default() += 1;
            let body = request.json();
            for alert in body["alerts"].as_array().unwrap() {
                told.insert(alert["labels"]["alertname"].as_str().unwrap().to_owned());
            }
        }
        let taken = std::fs::read_to_string(folder.path().join("taken")).unwrap();
        let taken: Vec<&str> = taken.lines().collect();
        assert!(taken.len() > KILLS, "{} alerts were taken", taken.len());
        let lost: Vec<&&str> = taken.iter().filter(|name| !told.contains(**name)).collect();
        assert!(lost.is_empty(), "{lost:?} of {} were lost", taken.len());
        let twice: usize = copies.values().map(|copies| copies - 1).sum();
        assert!(twice <= KILLS, "{twice} duplicates by {KILLS} kills");
        eprintln!(
            "{} alerts taken, {} pages arrived, {twice} twice, {KILLS} kills",
            taken.len(),
            copies.len()
        );
    };
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(story);
}
