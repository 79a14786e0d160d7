//! Use cases of the lending service, one file per verb, each owning its transaction.
