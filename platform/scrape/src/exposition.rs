//! What a target shows of itself: Prometheus' text format 0.0.4 and `OpenMetrics` 1.0, read as Prometheus
//! 2.42 reads them.
//!
//! [`format`] chooses one by its content type, [`text`] and [`openmetrics`] read them through one [`cursor`],
//! [`labelset`] and [`number`] are what they share, [`bounds`] what they refuse, [`error`] how they say so.

pub mod bounds;
mod cursor;
pub mod error;
pub mod format;
mod labelset;
mod number;
mod openmetrics;
mod text;

use std::borrow::Cow;

pub use bounds::Bounds;
pub use error::{Broken, Why};
pub use format::Format;

/// One line that holds a sample.
#[derive(Debug)]
pub struct Exposed<'a> {
    /// The metric's name.
    pub name: &'a str,
    /// Its labels as they are written: in order, empty ones among them, no name twice.
    pub labels: &'a [(&'a str, Cow<'a, str>)],
    /// Its value; every NaN is the same one, so that no target can write the mark of an ended series.
    pub value: f64,
    /// Milliseconds since the Unix epoch, if the target says when.
    pub at: Option<i64>,
}

/// Reads a body and hands over each sample. A line that is broken ends it: what was handed over before is not
/// to be used, as Prometheus takes all of a scrape or nothing.
///
/// # Errors
/// A line that is not of the format, or passes a bound; with its place.
pub fn parse(
    body: &[u8],
    format: Format,
    bounds: &Bounds,
    each: impl FnMut(&Exposed<'_>),
) -> Result<usize, Broken> {
    match format {
        Format::Text => text::parse(body, bounds, each),
        Format::OpenMetrics => openmetrics::parse(body, bounds, each),
    }
}

/// The NaN that is stored whatever NaN was written (`value.NormalNaN` of Prometheus).
const NORMAL_NAN: f64 = f64::from_bits(0x7ff8_0000_0000_0001);
