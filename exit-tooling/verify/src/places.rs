//! Where tokens of customers may stay, and nothing else of them.

/// Tables: the ledger, evidence, who approved what, who did what, the recovery's settled facts, and the exits.
const TABLES: &[&str] = &[
    "entries",
    "postings",
    "evidence_leaves",
    "proposals",
    "verdicts",
    "audit",
    "recovery_settled",
    "exits",
    "exit_rows",
    // The key store's: it destroys again what a restored backup brings back.
    "vault_destroyed",
];

/// How a key store's list of destroyed keys begins.
const DESTROYED: &[u8] = b"backstop-destroyed 1 ";
/// How a recovery journal begins.
const RECOVERY: &[u8] = b"{\"journal\":1,\"database\":";

/// Whether a table's rows stay where they are.
#[must_use]
pub fn stays(table: &str) -> bool {
    TABLES.contains(&table)
}

/// Whether a file that begins so may hold tokens.
#[must_use]
pub fn file_stays(beginning: &[u8]) -> bool {
    beginning.starts_with(DESTROYED) || beginning.starts_with(RECOVERY)
}
