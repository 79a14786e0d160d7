//! People that a run can ask: nobody, whoever sits at the terminal, or somebody who has answered already.

use std::io::{BufRead as _, IsTerminal as _, Read as _, Write as _};

use runbooks::hands::{Said, Task};
use saga::Interrupt;
use tokio::sync::oneshot;

/// Longest line that is read: a word is some dozen bytes.
const LONGEST: u64 = 4096;

/// Who is asked.
pub(super) enum Asked {
    /// Nobody: a run then waits.
    Nobody,
    /// Whoever sits at the terminal, under this name.
    Terminal(String),
    /// Somebody who has answered one task already; the run is paused after it.
    Given {
        /// Of which step.
        step: String,
        /// Whether it is to be taken back.
        undo: bool,
        /// What they said.
        said: Said,
        /// Pauses the run.
        then: Interrupt,
    },
}

impl Asked {
    /// The terminal, if there is one.
    pub(super) fn here(by: &str) -> Self {
        match std::io::stdin().is_terminal() {
            true => Self::Terminal(by.to_owned()),
            false => Self::Nobody,
        }
    }

    /// Gives a task, and waits for what is said.
    pub(super) async fn ask(&self, task: &Task) -> Said {
        match self {
            Self::Nobody => Said::Nobody,
            Self::Given {
                step,
                undo,
                said,
                then,
            } => {
                then.pause();
                match *step == task.step && *undo == task.undo {
                    true => said.clone(),
                    false => Said::Nobody,
                }
            }
            Self::Terminal(by) => typed(task, by).await,
        }
    }
}

/// Asks until the word is typed; an empty line leaves it for later.
async fn typed(task: &Task, by: &str) -> Said {
    let mut out = std::io::stderr();
    drop(writeln!(out, "\n{}\n", task.prompt.trim_end()));
    loop {
        let text = format!(
            "完成后输入 · when it is done, type 「{}」 (空行 = 稍后 · an empty line = later): ",
            task.confirm
        );
        drop(write!(out, "{text}").and_then(|()| out.flush()));
        match line().await {
            Some(text) if text.trim() == task.confirm => {
                return Said::Done {
                    by: by.to_owned(),
                    text,
                };
            }
            Some(text) if !text.trim().is_empty() => {}
            _ => return Said::Nobody,
        }
    }
}

/// A line of standard input, read on a thread of its own: nobody can be made to type, and a program that ends must not
/// wait for that.
pub(super) async fn line() -> Option<String> {
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = std::io::stdin().lock().take(LONGEST).read_line(&mut line);
        // Nobody waits for it any more when the run was interrupted.
        drop(tell.send(read.ok().filter(|bytes| *bytes > 0).map(|_| line)));
    });
    told.await.ok().flatten()
}
