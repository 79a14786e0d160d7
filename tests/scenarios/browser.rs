//! Headless Chromium, driven over a pipe: no port is opened, and nothing that a
//! page asks for leaves this machine.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use base64::Engine as _;
use nix::unistd::Uid;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::Process;

/// Longest wait for one answer: a browser that starts on a busy machine takes seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// No page, no lists, no reports of its own: only what the test asks for.
const QUIET: &[&str] = &[
    "--headless",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
    "--metrics-recording-only",
    "--hide-scrollbars",
    // Not even a name is looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
];

/// Why there is no browser here, if so.
pub(crate) fn unavailable() -> Option<String> {
    match Command::new("chromium").arg("--version").output() {
        Ok(output) if output.status.success() => None,
        _ => Some("chromium is not installed: apt-get install chromium fonts-noto-cjk".to_owned()),
    }
}

/// A running browser with one tab. Dropping it kills it, by its pid.
pub(crate) struct Browser {
    process: Process,
    ask: File,
    answers: Receiver<Value>,
    session: String,
    last: u64,
    _dir: TempDir,
}

impl Browser {
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (asking, answering) = (dir.path().join("ask"), dir.path().join("answer"));
        let made = Command::new("mkfifo")
            .args([&asking, &answering])
            .status()
            .unwrap();
        assert!(made.success(), "mkfifo: {made}");
        // Held for reading and writing, so that nobody waits for the other end to open.
        let open = |path: &PathBuf| File::options().read(true).write(true).open(path).unwrap();
        let (ask, answer) = (open(&asking), open(&answering));
        // The protocol's descriptors are 3 and 4; the shell becomes the browser, under the same pid.
        let mut command = Command::new("sh");
        command
            .args(["-c", "exec chromium \"$@\" 3<\"$ASK\" 4>\"$ANSWER\"", "sh"])
            .args(QUIET)
            .arg(format!(
                "--user-data-dir={}",
                dir.path().join("profile").display()
            ));
        if Uid::effective().is_root() {
            // The sandbox needs another account; the only pages are the test's own.
            command.arg("--no-sandbox");
        }
        command
            .arg("about:blank")
            .env("ASK", &asking)
            .env("ANSWER", &answering);
        let process = Process::start(&mut command, &dir.path().join("chromium.log"));
        let mut browser = Self {
            process,
            ask,
            answers: read(answer),
            session: String::new(),
            last: 0,
            _dir: dir,
        };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attached = browser.call(
            "Target.attachToTarget",
            json!({ "targetId": target["targetId"], "flatten": true }),
        );
        browser.session = attached["sessionId"].as_str().unwrap().to_owned();
        browser
    }

    /// Sends one command and waits for its answer; what happens meanwhile is forgotten.
    #[track_caller]
    pub(crate) fn call(&mut self, method: &str, parameters: Value) -> Value {
        let id = self.send(method, parameters);
        loop {
            let message = self.next(method);
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
        }
    }

    /// Waits for one more message, and adds it to `seen`.
    #[track_caller]
    pub(crate) fn one_more(&mut self, seen: &mut Vec<Value>) {
        let message = self.next("message");
        seen.push(message);
    }

    /// What an expression comes to, as JSON; a promise is waited for.
    #[track_caller]
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.call("Runtime.evaluate", parameters);
        assert!(
            answer["exceptionDetails"].is_null(),
            "{}",
            answer["exceptionDetails"]
        );
        answer["result"]["value"].clone()
    }

    /// Sends one command without waiting for its answer.
    pub(crate) fn send(&mut self, method: &str, parameters: Value) -> u64 {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": parameters });
        if !self.session.is_empty() {
            message["sessionId"] = self.session.clone().into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.ask.write_all(&bytes).unwrap();
        self.last
    }

    #[track_caller]
    fn next(&mut self, waiting_for: &str) -> Value {
        let begun = Instant::now();
        match self.answers.recv_timeout(PATIENCE) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                panic!(
                    "no {waiting_for} after {:?}:\n{}",
                    begun.elapsed(),
                    self.process.said()
                )
            }
        }
    }
}

/// The bytes of a picture.
pub(crate) fn from_base64(text: &str) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

/// Messages end with a zero byte.
fn read(answer: File) -> Receiver<Value> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(answer);
        let mut message = Vec::new();
        while reader.read_until(0, &mut message).is_ok_and(|read| read > 0) {
            message.pop();
            let Ok(value) = serde_json::from_slice(&message) else {
                return;
            };
            if sender.send(value).is_err() {
                return;
            }
            message.clear();
        }
    });
    receiver
}
