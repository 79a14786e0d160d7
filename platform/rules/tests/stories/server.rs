//! A Prometheus of its own, which is given samples by remote write and asked over HTTP.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use promql::Labels;
use serde_json::Value;

/// It is ready within a second or two; on a busy machine it may take longer.
const START: Duration = Duration::from_secs(30);

pub(crate) struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// With a rule file, in a folder of its own; the reason if there is no Prometheus to start.
    pub(crate) fn start(folder: &Path, rules: &str) -> Result<Self, String> {
        std::fs::write(folder.join("rules.yml"), rules).unwrap();
        let config = "global: {evaluation_interval: 1s}\nrule_files: [rules.yml]\n";
        std::fs::write(folder.join("prometheus.yml"), config).unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let log = File::create(folder.join("log")).unwrap();
        let child = Command::new("prometheus")
            .args([
                "--config.file=prometheus.yml",
                "--storage.tsdb.path=data",
                "--web.enable-remote-write-receiver",
            ])
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("prometheus does not start: {error}"))?;
        let server = Self { child, port };
        let begun = Instant::now();
        while server
            .request("GET", "/-/ready", &[], b"")
            .is_none_or(|(status, _)| status != 200)
        {
            let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
            assert!(begun.elapsed() < START, "prometheus is not ready:\n{log}");
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    fn request(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Option<(u16, Vec<u8>)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
        // Of version 1.0, so that the answer comes in one piece.
        let mut head = format!(
            "{method} {path} HTTP/1.0\r\nHost: localhost\r\nContent-Length: {}\r\n",
            body.len()
        );
        headers.iter().for_each(|header| {
            head.push_str(header);
            head.push_str("\r\n");
        });
        stream.write_all(format!("{head}\r\n").as_bytes()).ok()?;
        stream.write_all(body).ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
        let status = String::from_utf8_lossy(&answer[..end])
            .split(' ')
            .nth(1)?
            .parse()
            .ok()?;
        Some((status, answer[end + 4..].to_vec()))
    }

    /// The result of a query now.
    pub(crate) fn query(&self, query: &str) -> Value {
        let escaped: String = query.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let (status, body) = self
            .request("GET", &format!("/api/v1/query?query={escaped}"), &[], b"")
            .unwrap();
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        serde_json::from_slice::<Value>(&body).unwrap()["data"]["result"].take()
    }

    /// Its clock, in milliseconds since the Unix epoch.
    pub(crate) fn now(&self) -> i64 {
        milliseconds(&self.query("time()")[0])
    }

    /// Sends samples of this time.
    pub(crate) fn write(&self, at: i64, samples: &[(Labels, f64)]) {
        let headers = [
            "Content-Encoding: snappy",
            "Content-Type: application/x-protobuf",
            "X-Prometheus-Remote-Write-Version: 0.1.0",
        ];
        let body = literal(&message(at, samples));
        let (status, answer) = self.request("POST", "/api/v1/write", &headers, &body).unwrap();
        assert_eq!(status, 204, "{}", String::from_utf8_lossy(&answer));
    }
}

/// Of a time in seconds, as its answers have it.
#[expect(clippy::cast_possible_truncation, reason = "of this century")]
pub(crate) fn milliseconds(seconds: &Value) -> i64 {
    (seconds.as_f64().unwrap() * 1000.0).round() as i64
}

/// A `WriteRequest` of Prometheus' remote write protocol 1.0.
fn message(at: i64, samples: &[(Labels, f64)]) -> Vec<u8> {
    let mut all = Vec::new();
    for (labels, value) in samples {
        let mut series = Vec::new();
        for (name, text) in labels.iter() {
            let mut label = Vec::new();
            field(&mut label, 1, name.as_bytes());
            field(&mut label, 2, text.as_bytes());
            field(&mut series, 1, &label);
        }
        let mut sample = vec![1 << 3 | 1];
        sample.extend(value.to_bits().to_le_bytes());
        sample.push(2 << 3);
        varint(&mut sample, at.cast_unsigned());
        field(&mut series, 2, &sample);
        field(&mut all, 1, &series);
    }
    all
}

fn field(out: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    out.push(number << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend(bytes);
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.extend(u8::try_from(number));
}

/// Snappy's block format without any compression.
fn literal(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    varint(&mut out, bytes.len() as u64);
    for chunk in bytes.chunks(1 << 16) {
        out.push(61 << 2);
        out.extend(u16::try_from(chunk.len() - 1).unwrap().to_le_bytes());
        out.extend(chunk);
    }
    out
}
