//! A real Prometheus with series in it.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::answer::Answer;
use super::http::{Http, form};
use super::write;
use crate::Series;

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

pub(super) struct Prometheus {
    child: Child,
    http: Http,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    /// Starts one on a free port of the loopback, and loads the series.
    pub(super) fn with(series: &[Series]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("prometheus.yml"), "global: {}\n").unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let child = Command::new("prometheus")
            .args([
                "--config.file=prometheus.yml",
                "--storage.tsdb.path=data",
                "--log.level=error",
            ])
            .arg(format!("--web.listen-address={address}"))
            .args([
                "--web.enable-remote-write-receiver",
                "--storage.tsdb.retention.time=100y",
            ])
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("prometheus is installed");
        let mut this = Self {
            http: ready(address),
            child,
            _folder: folder,
        };
        let headers = "Content-Encoding: snappy\r\nContent-Type: application/x-protobuf\r\n\
                       X-Prometheus-Remote-Write-Version: 0.1.0\r\n";
        let (status, body) = this
            .http
            .post("/api/v1/write", headers, &write::body(series))
            .unwrap();
        assert_eq!(status, 204, "{}", String::from_utf8_lossy(&body));
        this
    }

    fn ask(&mut self, path: &str, pairs: &[(&str, &str)]) -> Vec<u8> {
        self.http.post(path, FORM, form(pairs).as_bytes()).unwrap().1
    }

    pub(super) fn version(&mut self) -> String {
        let output = Command::new("prometheus").arg("--version").output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    }

    pub(super) fn instant(&mut self, query: &str, at: i64) -> Answer {
        let body = self.ask("/api/v1/query", &[("query", query), ("time", &seconds(at))]);
        Answer::read(&body)
    }

    pub(super) fn range(&mut self, query: &str, start: i64, end: i64, step: i64) -> Answer {
        let body = self.ask(
            "/api/v1/query_range",
            &[
                ("query", query),
                ("start", &seconds(start)),
                ("end", &seconds(end)),
                ("step", &seconds(step)),
            ],
        );
        Answer::read(&body)
    }
}

/// Exact: times in the tests are quarters of a second.
fn seconds(milliseconds: i64) -> String {
    assert_eq!(milliseconds % 250, 0);
    format!("{}", milliseconds as f64 / 1000.0)
}

fn ready(address: SocketAddr) -> Http {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Ok(mut http) = Http::open(address)
            && let Ok((_, body)) = http.post("/api/v1/query", FORM, b"query=1")
            && body.starts_with(b"{\"status\":\"success\"")
        {
            return http;
        }
        assert!(Instant::now() < deadline, "prometheus does not answer");
        std::thread::sleep(Duration::from_millis(50));
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
