//! Shared fixture of the scenarios.
