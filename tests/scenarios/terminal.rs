//! A terminal of some columns and rows: keys go in one by one, and the screen is read back. It is tmux, without a
//! person's configuration and under a socket of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Between two looks at the screen.
const LOOK: Duration = Duration::from_millis(50);

/// All rows are the shell's, and what it prints is UTF-8.
const SETTINGS: &str = "set -g status off\nset -g default-terminal screen\n";

/// Why there is no terminal here, if so.
pub(crate) fn unavailable() -> Option<String> {
    match Command::new("tmux").arg("-V").output() {
        Ok(output) if output.status.success() => None,
        _ => Some("tmux is not installed: apt-get install tmux".to_owned()),
    }
}

/// An open terminal with a shell in it. Dropping it ends both.
pub(crate) struct Terminal {
    socket: PathBuf,
    _dir: TempDir,
}

impl Terminal {
    /// With a shell that finds programs in this folder first.
    pub(crate) fn open(columns: u16, rows: u16, programs: &Path) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let settings = dir.path().join("settings");
        fs::write(&settings, SETTINGS).unwrap();
        let terminal = Self {
            socket: dir.path().join("socket"),
            _dir: dir,
        };
        let shell = format!(
            "exec env -i PATH='{}:/usr/bin:/bin' LANG=C.UTF-8 TERM=screen PS1='$ ' sh",
            programs.display()
        );
        terminal.tmux(&[
            "-f",
            &settings.display().to_string(),
            "new-session",
            "-d",
            "-x",
            &columns.to_string(),
            "-y",
            &rows.to_string(),
            &shell,
        ]);
        terminal
    }

    /// Types a text, key by key.
    pub(crate) fn types(&self, text: &str) {
        for key in text.chars() {
            self.tmux(&["send-keys", "-l", &key.to_string()]);
        }
    }

    pub(crate) fn enter(&self) {
        self.tmux(&["send-keys", "Enter"]);
    }

    /// The rows of the screen.
    pub(crate) fn screen(&self) -> Vec<String> {
        rows(&self.tmux(&["capture-pane", "-p"]))
    }

    /// The same as lines: what did not fit into one row is put together again.
    pub(crate) fn lines(&self) -> Vec<String> {
        rows(&self.tmux(&["capture-pane", "-p", "-J"]))
    }

    /// Waits until the screen shows a row like this, and gives the screen.
    #[track_caller]
    pub(crate) fn shows(&self, within: Duration, like: impl Fn(&str) -> bool) -> Vec<String> {
        let began = Instant::now();
        loop {
            let screen = self.screen();
            if screen.iter().any(|row| like(row)) {
                return screen;
            }
            assert!(began.elapsed() < within, "the screen:\n{}", screen.join("\n"));
            std::thread::sleep(LOOK);
        }
    }

    #[track_caller]
    fn tmux(&self, arguments: &[&str]) -> String {
        let output = Command::new("tmux")
            .arg("-u")
            .arg("-S")
            .arg(&self.socket)
            .args(arguments)
            .env_remove("TMUX")
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

fn rows(screen: &str) -> Vec<String> {
    screen.lines().map(|row| row.trim_end().to_owned()).collect()
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended with its shell.
        let _gone = Command::new("tmux")
            .arg("-S")
            .arg(&self.socket)
            .arg("kill-server")
            .output();
    }
}
