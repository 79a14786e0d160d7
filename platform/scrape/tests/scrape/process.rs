//! Real programs, on loopback, in folders of their own.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Ends with its test.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _may_have_ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// Whether the program is installed; the run lists what was not tried because it is not.
#[expect(clippy::print_stdout, reason = "where the test run looks for skipped tests")]
pub(crate) fn is_there(test: &str, program: &str) -> bool {
    let there = Path::new(program).exists();
    if !there {
        println!("SKIPPED: {test}: {program} is not installed");
    }
    there
}

/// A port that was free a moment ago.
pub(crate) fn port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

pub(crate) fn start(command: &mut Command) -> Process {
    Process(
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap(),
    )
}

/// Asks until it answers 200, for 20 s at most: the machine may be busy.
pub(crate) async fn ready(url: &str) -> String {
    let end = Instant::now() + Duration::from_secs(20);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    loop {
        if let Ok(answer) = client.get(url).send().await
            && answer.status() == 200
        {
            return answer.text().await.unwrap();
        }
        assert!(Instant::now() < end, "{url} does not answer");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
