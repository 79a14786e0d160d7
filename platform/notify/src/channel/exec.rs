//! A program that gets the page as JSON on its standard input. Its exit code says whether it sent it; what it prints may
//! say that somebody answered: `{"ack": true, "by": "li"}`.

use std::path::PathBuf;
use std::process::Stdio;

use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use super::{Channel, Delivered, Failure, Outgoing, Sending, signed};
use crate::guard;

/// Most that is read of what it prints; the rest is thrown away while it runs on.
const OUTPUT: u64 = 64 * 1024;
/// Where its own programs are found; nothing else of this process's environment is passed on.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What is configured.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<String>,
}

pub(crate) struct Exec {
    settings: Settings,
}

#[derive(Debug, Deserialize)]
struct Printed {
    #[serde(default)]
    ack: bool,
    #[serde(default)]
    by: String,
}

impl Exec {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { settings }
    }

    async fn run(&self, outgoing: &Outgoing) -> Result<Delivered, Failure> {
        let mut body = signed::body(outgoing);
        if let Some(fields) = body.as_object_mut() {
            fields.insert("to".to_owned(), serde_json::json!(outgoing.to));
        }
        // It ends with the attempt: whoever drops this future kills it.
        let mut child = Command::new(&self.settings.program)
            .args(&self.settings.args)
            .env_clear()
            .env("PATH", PATH)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Failure::new(format!("the program cannot be started ({})", error.kind())))?;
        let (mut input, output) = (child.stdin.take(), child.stdout.take());
        let write = async {
            if let Some(input) = &mut input {
                // A program that does not read its input may still send something.
                let _ = input.write_all(body.to_string().as_bytes()).await;
            }
            drop(input.take());
        };
        let read = async {
            let mut printed = Vec::new();
            if let Some(mut output) = output {
                let _ = (&mut output).take(OUTPUT).read_to_end(&mut printed).await;
                let _ = tokio::io::copy(&mut output, &mut tokio::io::sink()).await;
            }
            printed
        };
        let ((), printed) = tokio::join!(write, read);
        let status = child
            .wait()
            .await
            .map_err(|_| Failure::new("the program cannot be waited for"))?;
        if !status.success() {
            let code = status
                .code()
                .map_or_else(|| "a signal".to_owned(), |code| code.to_string());
            return Err(Failure::new(format!("the program ended with {code}")));
        }
        let printed = serde_json::from_slice::<Printed>(&printed)
            .ok()
            .filter(|printed| printed.ack);
        Ok(Delivered {
            acked_by: printed.map(|printed| who(&printed.by)),
        })
    }
}

/// A name that can stand in a row and in a log: a program may print a number where a name is asked for.
fn who(by: &str) -> String {
    let line: String = by.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let cleaned = guard::clean(line.trim());
    if cleaned.is_empty() {
        return "exec".to_owned();
    }
    guard::cut(&cleaned, 64).to_owned()
}

impl Channel for Exec {
    fn send<'a>(&'a self, outgoing: &'a Outgoing) -> Sending<'a> {
        Box::pin(self.run(outgoing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_a_program_names_is_one_line_without_a_number() {
        assert_eq!(who(" li "), "li");
        assert_eq!(who("\n"), "exec");
        assert_eq!(who("li\nwang"), "li wang");
        assert_eq!(who("13800000000"), "***");
        assert_eq!(who(&"长".repeat(100)).len(), 63);
    }
}
