//! A running watchdog, and somebody to harm.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base::clock::Clock;
use lease::{Folder, Process};

/// A child that ends with the test.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    /// The watchdog over a folder, looking at it.
    pub(crate) fn dog(folder: &Folder, more: &[&str]) -> Self {
        let dog = Command::new(env!("CARGO_BIN_EXE_backstop-watchdog"))
            .arg("--leases")
            .arg(folder.path())
            .args(more)
            .env_remove("BACKSTOP_WATCH")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let dog = Self(dog);
        within(Duration::from_secs(10), || folder.is_kept(&Clock::system())).unwrap();
        dog
    }

    pub(crate) fn victim() -> (Self, Process) {
        let child = Command::new("sleep").arg("600").spawn().unwrap();
        let process = Process::with_pid(i32::try_from(child.id()).unwrap())
            .unwrap()
            .unwrap();
        (Self(child), process)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

pub(crate) fn folder(dir: &Path) -> Folder {
    Folder::open(&dir.join("leases")).unwrap()
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
