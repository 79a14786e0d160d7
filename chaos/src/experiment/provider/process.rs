//! Programs. Whatever code one ends with is a success of the activity: what it should be is said by a tolerance.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

use crate::experiment::document::text;
use crate::experiment::provider::Failed;

/// Where an activity says nothing; Chaos Toolkit would wait forever.
const PATIENCE: Duration = Duration::from_secs(300);
/// Longest output that is kept, in bytes: it goes into the journal.
const LARGEST: u64 = 1 << 20;

pub(super) async fn run(fields: &Map<String, Value>) -> Result<Value, Failed> {
    let path = text(fields, "path").unwrap_or_default();
    let mut command = match fields.get("arguments") {
        // A text is the rest of a shell's line.
        Some(Value::String(line)) if !line.is_empty() => {
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(format!("{path} {line}"));
            shell
        }
        other => {
            let mut program = Command::new(path);
            program.args(arguments(other));
            program
        }
    };
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Whoever stops waiting leaves nothing behind.
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| Failed(format!("{path}: {error}")))?;
    let timeout = fields.get("timeout").and_then(Value::as_f64);
    let timeout = timeout.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let whole = async { tokio::join!(child.wait(), kept(stdout), kept(stderr)) };
    let (status, stdout, stderr) = tokio::time::timeout(timeout.unwrap_or(PATIENCE), whole)
        .await
        .map_err(|_| Failed("process activity took too long to complete".to_owned()))?;
    let status = status.map_err(|error| Failed(format!("{path}: {error}")))?;
    // As Python has it: a program that a signal ended has the signal's number below zero.
    let code = status.code().or_else(|| {
        use std::os::unix::process::ExitStatusExt as _;
        status.signal().map(|signal| -signal)
    });
    Ok(json!({ "status": code, "stdout": stdout, "stderr": stderr }))
}

/// A list as it is, an object as name after value, without what is empty.
fn arguments(value: Option<&Value>) -> Vec<String> {
    let plain = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    };
    match value {
        Some(Value::Array(list)) => list.iter().filter_map(plain).collect(),
        Some(Value::Object(fields)) => fields
            .iter()
            .flat_map(|(name, value)| [Some(name.clone()), plain(value)])
            .flatten()
            .collect(),
        _ => Vec::new(),
    }
}

/// The first megabyte; the rest is read, so that the program is not held up, and dropped.
async fn kept(stream: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut stream) = stream else {
        return String::new();
    };
    let mut bytes = Vec::new();
    // What cannot be read is not there.
    drop((&mut stream).take(LARGEST).read_to_end(&mut bytes).await);
    drop(tokio::io::copy(&mut stream, &mut tokio::io::sink()).await);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_a_list_an_object_or_nothing() {
        assert_eq!(
            arguments(Some(&json!(["a", "", null, 5, true]))),
            ["a", "5", "true"]
        );
        assert_eq!(
            arguments(Some(&json!({ "--port": 80, "-v": "" }))),
            ["--port", "80", "-v"]
        );
        assert!(arguments(None).is_empty());
    }
}
