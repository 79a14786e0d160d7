//! Exit codes, the same for every executable.

/// All went well.
pub const OK: u8 = 0;
/// Something failed; the message says what.
pub const FAILED: u8 = 1;
/// The command line or a setting is wrong.
pub const USAGE: u8 = 2;
/// A law is broken.
pub const LAW_BROKEN: u8 = 3;
/// A law that had to be touched was not: no pass.
pub const NOT_TOUCHED: u8 = 4;
/// The service or the database cannot be reached.
pub const UNREACHABLE: u8 = 5;
/// Refused: the state or the permission does not allow it; nothing changed.
pub const REFUSED: u8 = 6;
/// The outcome is unknown; look before trying again.
pub const AMBIGUOUS: u8 = 7;
