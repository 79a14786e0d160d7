//! Parameters of a statement: few types, so that both databases agree on them.

/// One parameter. Borrowed, as statements run while their caller waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum V<'a> {
    /// NULL whose type the database infers from its place.
    Null,
    /// A whole number; also booleans (0 and 1) and times (microseconds).
    Int(i64),
    /// Text; also ids, business dates and JSON.
    Text(&'a str),
    /// Bytes; sealed fields, hashes.
    Bytes(&'a [u8]),
    /// NULL where a number stands.
    NullInt,
    /// NULL where text stands.
    NullText,
    /// NULL where bytes stand.
    NullBytes,
}

impl From<i64> for V<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for V<'_> {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<bool> for V<'_> {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}

impl<'a> From<&'a str> for V<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a String> for V<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a [u8]> for V<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}

impl<'a> From<&'a Vec<u8>> for V<'a> {
    fn from(value: &'a Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl From<Option<i64>> for V<'_> {
    fn from(value: Option<i64>) -> Self {
        value.map_or(Self::NullInt, Self::Int)
    }
}

impl<'a> From<Option<&'a str>> for V<'a> {
    fn from(value: Option<&'a str>) -> Self {
        value.map_or(Self::NullText, Self::Text)
    }
}

impl<'a> From<&'a Option<String>> for V<'a> {
    fn from(value: &'a Option<String>) -> Self {
        value.as_deref().into()
    }
}

impl<'a> From<Option<&'a [u8]>> for V<'a> {
    fn from(value: Option<&'a [u8]>) -> Self {
        value.map_or(Self::NullBytes, Self::Bytes)
    }
}

impl<'a> From<&'a Option<Vec<u8>>> for V<'a> {
    fn from(value: &'a Option<Vec<u8>>) -> Self {
        value.as_deref().into()
    }
}
