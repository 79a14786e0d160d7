//! Ends a process that a fault started, such as one that fills the memory: asked first, then killed.

use crate::process::{Process, Signal};

use super::wait;

pub(super) fn end(process: &Process) -> Result<(), String> {
    let text = |error: std::io::Error| format!("{process}: {error}");
    for signal in [Signal::TERM, Signal::KILL] {
        let Some(handle) = process.open().map_err(text)? else {
            return Ok(());
        };
        handle.signal(signal).map_err(text)?;
        if wait::until(|| Ok(!process.is_alive()?)).map_err(text)? {
            return Ok(());
        }
    }
    Err(format!("{process} lives on after SIGKILL"))
}
