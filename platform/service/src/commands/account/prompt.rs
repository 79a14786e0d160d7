//! Asking for a password: at a terminal without showing it, otherwise one line.

use std::io::{self, BufRead, IsTerminal, Write};
use std::os::fd::AsFd;

use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// Longest line read: a password has at most 128 characters of four bytes.
const LONGEST: u64 = 1024;

/// The password; at a terminal asked for twice.
///
/// # Errors
/// Standard input ends or can't be read, or the two differ.
pub(crate) fn password(account: &str) -> io::Result<Zeroizing<String>> {
    let input = io::stdin();
    if !input.is_terminal() {
        return line(&mut input.lock());
    }
    let first = hidden(&format!("New password of {account}: "))?;
    let second = hidden("Again: ")?;
    if *first == *second {
        Ok(first)
    } else {
        Err(io::Error::other("the two passwords differ"))
    }
}

fn hidden(question: &str) -> io::Result<Zeroizing<String>> {
    let input = io::stdin();
    let mut out = io::stderr();
    write!(out, "{question}")?;
    out.flush()?;
    let shown = tcgetattr(input.as_fd())?;
    let mut hiding = shown.clone();
    hiding.local_flags.remove(LocalFlags::ECHO);
    tcsetattr(input.as_fd(), SetArg::TCSAFLUSH, &hiding)?;
    let typed = line(&mut input.lock());
    // Whatever came, the terminal shows again what is typed.
    tcsetattr(input.as_fd(), SetArg::TCSAFLUSH, &shown)?;
    writeln!(out)?;
    typed
}

fn line(input: &mut impl BufRead) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(LONGEST).unwrap_or(0)));
    let read = io::Read::take(input, LONGEST).read_line(&mut text)?;
    if read == 0 {
        return Err(io::Error::other("standard input ended before a password"));
    }
    let length = text.trim_end_matches(['\n', '\r']).len();
    text.truncate(length);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_password_without_its_end() {
        let read = |text: &str| line(&mut text.as_bytes()).map(|line| line.to_string());
        assert_eq!(read("pass word \r\nnext\n").unwrap(), "pass word ");
        assert_eq!(read("pass").unwrap(), "pass");
        assert_eq!(read("\n").unwrap(), "");
        assert!(read("").is_err());
        assert!(read(&"x".repeat(5000)).unwrap().len() <= 1024);
    }
}
