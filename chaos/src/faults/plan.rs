//! What will be done to a process, and how it is undone; made before anything happens, and all that a preview shows.

use std::time::Duration;

use anyhow::Context as _;
use lease::{Process, Program, Terms, Undo};

/// What is done to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Killed by SIGKILL, and away for a time.
    Kill,
    /// Stopped by SIGSTOP for a time.
    Stop,
    /// Asked to end by SIGTERM, killed if it has not after a time, and started again at once.
    Restart {
        /// How long it may take to end.
        grace: Duration,
    },
}

/// A fault of one process.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What is done.
    pub fault: Fault,
    /// To whom.
    pub process: Process,
    /// What is written first.
    pub terms: Terms,
}

impl Plan {
    /// Of a fault that lasts so long. What was killed is started again as it was started, or by a program of the
    /// user's if there is one.
    ///
    /// # Errors
    /// When what it was started with cannot be told.
    pub fn new(
        fault: Fault,
        process: Process,
        lasts: Duration,
        starts_by: Option<Vec<String>>,
    ) -> anyhow::Result<Self> {
        let start = || -> anyhow::Result<Undo> {
            Ok(match starts_by {
                Some(argv) => Undo::Run {
                    argv,
                    check: None,
                    seconds: 30,
                },
                None => Undo::Start {
                    ended: process.clone(),
                    program: Program::of(&process)
                        .with_context(|| format!("failed to learn how {process} was started"))?,
                },
            })
        };
        let (verb, undo, lasts) = match fault {
            Fault::Kill => ("kill", start()?, lasts),
            Fault::Stop => {
                let process = process.clone();
                ("stop", Undo::Resume { process }, lasts)
            }
            // Until it has ended, and a little more: the tool itself starts it.
            Fault::Restart { grace } => ("restart", start()?, grace.saturating_add(Duration::from_secs(5))),
        };
        let terms = Terms {
            fault: format!("{verb} {process}"),
            undo,
            lasts,
        };
        Ok(Self {
            fault,
            process,
            terms,
        })
    }
}
