//! Law 5: the search for customer data in the clear.
//!
//! [`Needles`] are the values that must not be anywhere; [`Encoding`] is how
//! each may be written; [`Search`] looks through bytes as they stream by, with
//! a [`Matcher`] of all of them, and
//! [`files`] through whatever a system left on disk. [`Sweep`] looks into
//! tables, files and texts, and rules. A [`Hit`] names the place, the kind of
//! field and the encoding, never the value.

mod encoding;
mod files;
mod matcher;
mod needle;
mod search;
mod sweep;

pub use encoding::Encoding;
pub use files::{Searched, files};
pub use matcher::{Builder, Found, Matcher, WINDOW};
pub use needle::{ENOUGH_BYTES, ENOUGH_DIFFERENT, Needles, TooWeak};
pub use search::{CONTROL, Hit, Search, SearchError};
pub use sweep::{Drawn, Sweep, Wanted};
