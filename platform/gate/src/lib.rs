//! The intake gate: state, lock protocol, close and reopen, triggers.
