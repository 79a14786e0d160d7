//! The client journal and every law's checker.
