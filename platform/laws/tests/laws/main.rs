//! The laws' checkers against planted violations, on both databases.

#[cfg(test)]
mod journal;
