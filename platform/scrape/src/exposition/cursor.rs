//! A place in a body.

use super::error::{Broken, Why};

/// Reads on from where it is.
pub(super) struct Cursor<'a> {
    body: &'a [u8],
    at: usize,
    /// Samples that were read so far.
    pub(super) samples: usize,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(body: &'a [u8]) -> Self {
        Self {
            body,
            at: 0,
            samples: 0,
        }
    }

    /// The next byte, which stays.
    pub(super) fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.body.get(self.at..).unwrap_or_default()
    }

    /// Passes over bytes that were looked at.
    pub(super) const fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Passes over this, if it is what comes next.
    pub(super) fn eat(&mut self, wanted: &[u8]) -> bool {
        let there = self.rest().starts_with(wanted);
        if there {
            self.at += wanted.len();
        }
        there
    }

    /// Everything that satisfies it, from here on; may be nothing.
    pub(super) fn take(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let length = rest.iter().position(|byte| !wanted(*byte)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// Passes over spaces and tabs.
    pub(super) fn blanks(&mut self) {
        self.take(|byte| byte == b' ' || byte == b'\t');
    }

    /// Passes over what is left of the line, its end excluded.
    pub(super) fn line(&mut self) -> &'a [u8] {
        self.take(|byte| byte != b'\n')
    }

    /// A name; a metric's may have colons.
    pub(super) fn name(&mut self, colons: bool) -> Option<&'a str> {
        let first = self.peek()?;
        if first.is_ascii_digit() {
            return None;
        }
        let name = self.take(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || (colons && byte == b':'));
        std::str::from_utf8(name).ok().filter(|name| !name.is_empty())
    }

    /// It is broken here.
    pub(super) fn broken(&self, why: Why) -> Broken {
        let before = self.body.get(..self.at).unwrap_or(self.body);
        let start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        Broken {
            line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
            column: before.len() - start + 1,
            why,
            samples: self.samples,
        }
    }
}
