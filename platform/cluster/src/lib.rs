//! A throw-away PostgreSQL cluster on loopback, for tests, rehearsals and benches.
