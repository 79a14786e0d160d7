//! How a value may be written down.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// A pattern, wiped when it is dropped.
pub(super) type Pattern = Zeroizing<Vec<u8>>;

/// A way in which a value is written into a file, a log or an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// As it is.
    Utf8,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// GBK, as older systems of the trade write Chinese.
    Gbk,
    /// Hexadecimal digits of the UTF-8 bytes, all lower or all upper case.
    Hex,
    /// Base64 of the UTF-8 bytes, either alphabet, wherever in the encoded text it begins.
    Base64,
    /// `\uXXXX`, of what is not ASCII or of everything, with surrogates.
    Json,
    /// Percent-encoding, as in a URL.
    Percent,
    /// Bytes that are no text, as they are.
    Raw,
}

impl Encoding {
    /// Every encoding of a text, the plainest first.
    pub const ALL: [Self; 8] = [
        Self::Utf8,
        Self::Utf16Le,
        Self::Utf16Be,
        Self::Gbk,
        Self::Hex,
        Self::Base64,
        Self::Json,
        Self::Percent,
    ];

    /// The encodings of bytes that are no text.
    pub const OF_BYTES: [Self; 3] = [Self::Raw, Self::Hex, Self::Base64];

    /// The word in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Gbk => "gbk",
            Self::Hex => "hex",
            Self::Base64 => "base64",
            Self::Json => "json-escape",
            Self::Percent => "percent",
            Self::Raw => "raw",
        }
    }

    /// Every byte string that shows bytes that are no text in this encoding; none in an encoding of text.
    pub(super) fn of_bytes(self, bytes: &[u8]) -> Vec<Pattern> {
        match self {
            Self::Raw => vec![Zeroizing::new(bytes.to_vec())],
            Self::Hex => hex(bytes),
            Self::Base64 => (0..3).flat_map(|shift| base64(bytes, shift)).collect(),
            Self::Utf8 | Self::Utf16Le | Self::Utf16Be | Self::Gbk | Self::Json | Self::Percent => Vec::new(),
        }
    }

    /// Every byte string that shows `value` in this encoding.
    pub(super) fn patterns(self, value: &str) -> Vec<Pattern> {
        let bytes = value.as_bytes();
        match self {
            Self::Utf8 | Self::Raw => vec![Zeroizing::new(bytes.to_vec())],
            Self::Utf16Le => vec![units(value, u16::to_le_bytes)],
            Self::Utf16Be => vec![units(value, u16::to_be_bytes)],
            Self::Gbk => {
                let (gbk, _, unmappable) = encoding_rs::GBK.encode(value);
                // What GBK has no code for is not written in GBK.
                if unmappable {
                    Vec::new()
                } else {
                    vec![Zeroizing::new(gbk.into_owned())]
                }
            }
            Self::Hex => hex(bytes),
            Self::Base64 => (0..3).flat_map(|shift| base64(bytes, shift)).collect(),
            Self::Json => [(false, false), (false, true), (true, false), (true, true)]
                .map(|(all, upper)| json(value, all, upper))
                .into(),
            Self::Percent => [false, true]
                .map(|upper| escaped(bytes, "%", upper, |byte| !unreserved(byte)))
                .into(),
        }
    }
}

fn units(value: &str, bytes: impl Fn(u16) -> [u8; 2]) -> Pattern {
    Zeroizing::new(value.encode_utf16().flat_map(bytes).collect())
}

fn hex(bytes: &[u8]) -> Vec<Pattern> {
    [false, true]
        .map(|upper| escaped(bytes, "", upper, |_| true))
        .into()
}

/// Hexadecimal digits of the bytes that are to be escaped, each after `mark`.
fn escaped(bytes: &[u8], mark: &str, upper: bool, escape: impl Fn(u8) -> bool) -> Pattern {
    let mut out = Vec::with_capacity(bytes.len() * 3);
    for &byte in bytes {
        if escape(byte) {
            out.extend_from_slice(mark.as_bytes());
            out.extend([byte >> 4, byte & 15].map(|digit| digit_of(digit, upper)));
        } else {
            out.push(byte);
        }
    }
    Zeroizing::new(out)
}

const fn digit_of(digit: u8, upper: bool) -> u8 {
    match (digit, upper) {
        (0..=9, _) => b'0' + digit,
        (_, true) => b'A' + digit - 10,
        (_, false) => b'a' + digit - 10,
    }
}

/// RFC 3986's characters that nobody escapes.
const fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// The characters that depend on nothing but the value, when `shift` bytes
/// stand before it in its group of three.
fn base64(bytes: &[u8], shift: usize) -> [Pattern; 2] {
    let mut shifted = Zeroizing::new(vec![0; shift]);
    shifted.extend_from_slice(bytes);
    let first = (shift * 8).div_ceil(6);
    let end = shifted.len() * 8 / 6;
    [STANDARD_NO_PAD, URL_SAFE_NO_PAD].map(|engine| {
        let text = Zeroizing::new(engine.encode(&shifted));
        Zeroizing::new(text.as_bytes().get(first..end).unwrap_or_default().to_vec())
    })
}

fn json(value: &str, all: bool, upper: bool) -> Pattern {
    let mut out = Zeroizing::new(String::with_capacity(value.len() * 6));
    for character in value.chars() {
        if character.is_ascii() && !all {
            out.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            out.push_str("\\u");
            for byte in unit.to_be_bytes() {
                out.extend([byte >> 4, byte & 15].map(|digit| char::from(digit_of(digit, upper))));
            }
        }
    }
    Zeroizing::new(out.as_bytes().to_vec())
}
