//! A seeded population of simulated small enterprises.
