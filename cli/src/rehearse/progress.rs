//! Follows the load by the line that it writes each second.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

use anyhow::Context as _;
use serde::Deserialize;

/// One line: counts since the start, times of the last second.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Line {
    /// Microseconds since the Unix epoch.
    pub(super) at: i64,
    /// Acknowledged writes.
    pub(super) acked: u64,
    /// New business refused because intake is closed.
    pub(super) refused: u64,
    /// Successes on loans that exist.
    pub(super) existing_ok: u64,
    /// Median time of an answer, microseconds; none while nobody answers.
    pub(super) p50_us: Option<u64>,
    /// 99th percentile.
    pub(super) p99_us: Option<u64>,
}

/// Reads the file as it grows.
#[derive(Debug)]
pub(super) struct Progress {
    path: PathBuf,
    offset: u64,
    lines: Vec<Line>,
}

impl Progress {
    pub(super) fn follow(path: PathBuf) -> Self {
        Self {
            path,
            offset: 0,
            lines: Vec::new(),
        }
    }

    /// Takes in the lines that were finished since the last time.
    pub(super) fn update(&mut self) -> anyhow::Result<()> {
        let failed = || format!("failed to read {}", self.path.display());
        // The load makes the file when it starts.
        let Ok(mut file) = File::open(&self.path) else {
            return Ok(());
        };
        let mut text = String::new();
        file.seek(SeekFrom::Start(self.offset)).with_context(failed)?;
        file.read_to_string(&mut text).with_context(failed)?;
        let Some(end) = text.rfind('\n') else {
            return Ok(());
        };
        for line in text[..end].lines() {
            self.lines.push(serde_json::from_str(line).with_context(failed)?);
        }
        self.offset += end as u64 + 1;
        Ok(())
    }

    /// The newest line.
    pub(super) fn now(&self) -> Line {
        self.lines.last().cloned().unwrap_or_default()
    }

    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn only_finished_lines_count_and_each_of_them_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("progress.jsonl");
        let mut progress = Progress::follow(path.clone());
        progress.update().unwrap();
        assert_eq!(progress.now().acked, 0);
        let mut file = File::create(&path).unwrap();
        write!(
            file,
            r#"{{"at":1,"acked":5,"refused":0,"existing_ok":2,"p50_us":null,"p99_us":9,"more":1}}"#
        )
        .unwrap();
        progress.update().unwrap();
        assert_eq!(progress.lines().len(), 0);
        write!(file, "\n{{\"at\":2").unwrap();
        progress.update().unwrap();
        progress.update().unwrap();
        assert_eq!((progress.lines().len(), progress.now().acked), (1, 5));
    }
}
