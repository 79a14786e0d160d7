//! Who may end a transaction: this layer alone.

use crate::DbError;

/// Words that would take the transaction out of the layer's hands.
const WORDS: [&str; 6] = ["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE"];

/// Refuses a statement that starts with transaction control.
pub(crate) fn refuse(sql: &str) -> Result<(), DbError> {
    let start = sql.trim_start();
    let word = start
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    // Most statements start with other letters: one comparison of lengths and bytes.
    if WORDS.iter().any(|control| control.eq_ignore_ascii_case(word)) {
        return Err(DbError::Other(format!(
            "{word} inside a job: the layer begins and ends transactions"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_at_the_start_are_control() {
        assert!(refuse(" commit; ").is_err());
        assert!(refuse("Rollback TO job").is_err());
        assert!(refuse("SELECT 'commit'").is_ok());
        assert!(refuse("ENDURE").is_ok());
    }
}
