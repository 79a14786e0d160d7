//! A process that is harmed.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lease::Process;

/// A child that ends with the test.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.stdin(Stdio::null()).spawn().unwrap())
    }

    pub(crate) fn process(&self) -> Process {
        Process::with_pid(i32::try_from(self.0.id()).unwrap())
            .unwrap()
            .unwrap()
    }

    pub(crate) fn victim() -> (Self, Process) {
        let child = Self::start(Command::new("sleep").arg("600"));
        let process = child.process();
        (child, process)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// How long it took to come true; none if it did not.
pub(crate) fn within(most: Duration, mut so: impl FnMut() -> bool) -> Option<Duration> {
    let began = Instant::now();
    while began.elapsed() < most {
        if so() {
            return Some(began.elapsed());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    None
}
