//! Which of our commands only read, so that a condition may run them as often as it likes.

/// Commands that change nothing, by their first words after `backstop`.
const READS: &[&[&str]] = &[
    &["audit"],
    &["evidence", "show"],
    &["evidence", "verify"],
    &["intake", "history"],
    &["intake", "impact"],
    &["intake", "status"],
    &["watch", "alerts"],
    &["watch", "query"],
    &["watch", "status"],
];

/// Whether these words are a command that changes nothing.
pub(crate) fn only_reads(words: &[&str]) -> bool {
    let Some(("backstop", rest)) = words.split_first().map(|(first, rest)| (*first, rest)) else {
        return false;
    };
    READS.iter().any(|known| rest.starts_with(known))
}

/// Those commands, for a message.
pub(crate) fn readers() -> String {
    let all: Vec<String> = READS.iter().map(|words| words.join(" ")).collect();
    all.join(", ")
}
