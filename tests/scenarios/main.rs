//! Whole-system scenarios: one file per story.
