//! A control plane that watches: `backstop serve` with the example of a configuration, and the commands that ask it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::binaries::shipped;
use crate::place::Place;
use crate::process::Process;
use crate::service::{Service, free_port};
use crate::standin::Standin;

/// Far beyond what the rules promise: this is about whether, not when.
const PATIENCE: Duration = Duration::from_secs(60);

/// A control plane that watches.
pub(crate) struct Plane {
    pub(crate) dir: PathBuf,
    pub(crate) port: u16,
    pub(crate) base: String,
    pub(crate) process: Process,
}

impl Plane {
    /// The example, with the addresses of here.
    pub(crate) fn start(place: &Place, service: &Service, standin: &Standin) -> Self {
        let dir = place.path("watch");
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/watch.toml");
        for folder in ["secrets", "targets"] {
            fs::create_dir_all(dir.join(folder)).unwrap();
        }
        let secret = |name: &str, text: &str| fs::write(dir.join("secrets").join(name), text).unwrap();
        secret("desk.url", &format!("{}/pages", standin.base));
        secret("sms.url", &format!("{}/pages", standin.base));
        secret("sms.token", "token");
        secret("first.phone", "1");
        secret("second.phone", "2");
        let target = |name: &str, address: &str| {
            let text = format!("[{{\"targets\": [\"{address}\"]}}]");
            fs::write(dir.join("targets").join(name), text).unwrap();
        };
        target("financing.json", service.base.trim_start_matches("http://"));
        let port = free_port();
        target("backstop.json", &format!("127.0.0.1:{port}"));
        let text = fs::read_to_string(example).unwrap();
        // The desk gets webhooks here, which the stand-in checks, instead of mail.
        let (before, mail) = text.split_once("mail = {").unwrap();
        let (_, after) = mail.split_once('\n').unwrap();
        let text = format!("{before}webhook = {{ url_file = \"secrets/desk.url\" }}\n{after}");
        let probed = text.replace("http://127.0.0.1:7000/livez", &format!("{}/livez", service.base));
        assert_ne!(probed, text);
        // The machine that the tests run on is no part of what they are about: its disk may well be full.
        let (before, host) = probed.split_once("\n[host]\n").unwrap();
        let (_, after) = host.split_once("\n\n").unwrap();
        let probed = format!("{before}\n{after}");
        fs::write(dir.join("watch.toml"), probed).unwrap();
        run(&["init", &dir.join("etc").display().to_string()], 0);
        Self::again(dir, port)
    }

    /// One more life of what is in a folder.
    pub(crate) fn again(dir: PathBuf, port: u16) -> Self {
        let ready = dir.join("ready");
        let _absent = fs::remove_file(&ready);
        let mut command = Command::new(shipped("backstop"));
        command
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--database"])
            .arg(format!("sqlite:{}", dir.join("control.db").display()))
            .arg("--keys")
            .arg(dir.join("etc"))
            .arg("--watch")
            .arg(dir.join("watch.toml"))
            .arg("--samples")
            .arg(dir.join("samples"))
            .arg("--ready-file")
            .arg(&ready);
        let mut process = Process::start(&mut command, &dir.join("serve.log"));
        let base = format!("http://{}", process.announced(&ready));
        Self {
            dir,
            port,
            base,
            process,
        }
    }

    /// `backstop watch …`, which must end with this code.
    #[track_caller]
    pub(crate) fn watch(&self, words: &[&str], code: i32) -> String {
        let tokens = self.dir.join("etc/tokens.json").display().to_string();
        let reach = ["--url", &self.base, "--token-file", &tokens];
        let output = run(&[&["watch"], words, &reach].concat(), code);
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    pub(crate) fn json(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.watch(&[words, &["--json"]].concat(), 0)).unwrap()
    }

    /// Waits until an answer is as it should be.
    #[track_caller]
    pub(crate) fn until(&self, words: &[&str], holds: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let answer = self.json(words);
            if holds(&answer) {
                return answer;
            }
            assert!(begun.elapsed() < PATIENCE, "{words:?}: {answer:#}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    pub(crate) fn leaves(&self, act: &str) -> usize {
        let shown = run(&["evidence", "show", "--log", &self.log(), "--json"], 0);
        let shown = String::from_utf8(shown.stdout).unwrap();
        shown.matches(&format!("\"{act}\"")).count()
    }

    /// Waits until there is a log, which a control plane that has just been started signs within a second or two, with so
    /// many leaves of each act.
    #[track_caller]
    pub(crate) fn until_leaves(&self, wanted: &[(&str, usize)]) {
        let (begun, log) = (Instant::now(), self.log());
        loop {
            let mut show = Command::new(shipped("backstop"));
            let shown = show
                .args(["evidence", "show", "--log", &log, "--json"])
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&shown.stdout);
            let count = |act: &str| text.matches(&format!("\"{act}\"")).count();
            if shown.status.success() && wanted.iter().all(|(act, times)| count(act) == *times) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{wanted:?}: {shown:?}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn log(&self) -> String {
        format!("sqlite:{}", self.dir.join("control.db").display())
    }
}

/// `backstop` with these words, which must end with this code.
#[track_caller]
pub(crate) fn run(words: &[&str], code: i32) -> Output {
    let output = Command::new(shipped("backstop")).args(words).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{words:?}: {output:?}");
    output
}
