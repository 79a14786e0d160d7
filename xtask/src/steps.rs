//! Named steps with their time and outcome; a step that fails does not keep the next from running.

use std::time::{Duration, Instant};

use anyhow::Result;

/// What has been run so far.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<Step>,
}

struct Step {
    name: &'static str,
    took: Duration,
    failed: bool,
}

impl Steps {
    /// Runs one step under its name. An error is printed and remembered; the step's value is handed on.
    pub(crate) fn run<T>(&mut self, name: &'static str, step: impl FnOnce() -> Result<T>) -> Option<T> {
        eprintln!("\n== {name}");
        let started = Instant::now();
        let outcome = step();
        let took = started.elapsed();
        if let Err(error) = &outcome {
            eprintln!("FAILED {name}: {error:#}");
        }
        self.done.push(Step {
            name,
            took,
            failed: outcome.is_err(),
        });
        outcome.ok()
    }

    /// How many steps passed and how many failed.
    pub(crate) fn tally(&self) -> (usize, usize) {
        let failed = self.done.iter().filter(|step| step.failed).count();
        (self.done.len() - failed, failed)
    }

    /// Seconds of each step, one a line.
    pub(crate) fn timings(&self) -> String {
        let lines = self.done.iter().map(|step| {
            let mark = if step.failed { "FAILED" } else { "" };
            format!("  {:>7.1} s  {} {mark}", step.took.as_secs_f64(), step.name)
                .trim_end()
                .to_owned()
        });
        let total: Duration = self.done.iter().map(|step| step.took).sum();
        lines
            .chain([format!("  {:>7.1} s  in all", total.as_secs_f64())])
            .collect::<Vec<_>>()
            .join("\n")
    }
}

#[cfg(test)]
mod tests {
    use anyhow::bail;

    use super::*;

    #[test]
    fn a_failed_step_is_counted_and_the_next_one_runs() {
        let mut steps = Steps::default();
        assert_eq!(
            steps.run("breaks", || -> Result<()> { bail!("as planted") }),
            None
        );
        assert_eq!(steps.run("works", || Ok(7)), Some(7));
        assert_eq!(steps.tally(), (1, 1));
        assert!(steps.timings().contains("breaks FAILED"), "{}", steps.timings());
    }
}
