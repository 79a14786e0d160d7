//! A request in the form in which it is sent, and as much of an answer as is needed.

use std::ops::Range;

use rand::Rng;
use reqwest::Url;

/// Headers of an answer at most; the service sends about five.
const HEADERS: usize = 32;
/// Most bytes of an answer; a statement is the longest, at about 70 kB.
const LONGEST: usize = 1 << 20;

/// Why an answer can't be read.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Not HTTP/1.1.
    #[error("the answer is not HTTP/1.1")]
    NotHttp(#[from] httparse::Error),
    /// Without a length.
    #[error("the answer does not say its length, which this engine needs")]
    NoLength,
    /// Larger than is sane.
    #[error("the answer is longer than {LONGEST} bytes")]
    TooLong,
}

/// A prepared request. Only the idempotency key changes from one to the next.
#[derive(Debug, Clone)]
pub struct Prepared {
    bytes: Vec<u8>,
    key: Option<Range<usize>>,
}

impl Prepared {
    /// A read.
    #[must_use]
    pub fn get(url: &Url, path: &str, token: Option<&str>) -> Self {
        let head = head("GET", url, path, token);
        Self {
            bytes: format!("{head}\r\n").into_bytes(),
            key: None,
        }
    }

    /// A write with a JSON body, under keys that [`Keys`] makes.
    #[must_use]
    pub fn post(url: &Url, path: &str, token: Option<&str>, body: &[u8]) -> Self {
        let head = head("POST", url, path, token);
        let before = format!("{head}content-type: application/json\r\nidempotency-key: ");
        let key = before.len()..before.len() + Keys::LENGTH;
        let length = body.len();
        let blank = "0".repeat(Keys::LENGTH);
        let mut bytes = format!("{before}{blank}\r\ncontent-length: {length}\r\n\r\n").into_bytes();
        bytes.extend_from_slice(body);
        Self {
            bytes,
            key: Some(key),
        }
    }

    /// The bytes to send, under a fresh key where there is one.
    pub fn next(&mut self, keys: &mut Keys) -> &[u8] {
        if let Some(place) = self.key.clone() {
            keys.write_next(&mut self.bytes[place]);
        }
        &self.bytes
    }
}

fn head(method: &str, url: &Url, path: &str, token: Option<&str>) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(80);
    let bearer = token.map_or_else(String::new, |token| format!("authorization: Bearer {token}\r\n"));
    format!("{method} {path} HTTP/1.1\r\nhost: {host}:{port}\r\n{bearer}")
}

/// Idempotency keys: 16 random hexadecimal digits for a client, then a count.
#[derive(Debug, Clone)]
pub struct Keys {
    client: u64,
    count: u64,
}

impl Keys {
    /// Characters of a key.
    pub const LENGTH: usize = 32;

    /// Those of one client.
    pub fn new(rng: &mut impl Rng) -> Self {
        Self {
            client: rng.random(),
            count: 0,
        }
    }

    fn write_next(&mut self, place: &mut [u8]) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.count += 1;
        let mut value = (u128::from(self.client) << 64) | u128::from(self.count);
        for digit in place.iter_mut().rev() {
            *digit = DIGITS[usize::from(value.to_le_bytes()[0] & 15)];
            value >>= 4;
        }
    }
}

/// An answer's status and length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// HTTP status.
    pub status: u16,
    /// Bytes of head and body together.
    pub length: usize,
    /// Whether the server will close the connection.
    pub closes: bool,
}

/// Reads an answer's head; none while it is incomplete.
///
/// # Errors
/// When it is not an answer that this engine reads.
pub fn head_of(bytes: &[u8]) -> Result<Option<Head>, WireError> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut answer = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = answer.parse(bytes)? else {
        return if bytes.len() > LONGEST {
            Err(WireError::TooLong)
        } else {
            Ok(None)
        };
    };
    let status = answer.code.unwrap_or_default();
    let field = |name: &str| {
        let mut headers = answer.headers.iter();
        headers
            .find(|header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value)
    };
    let body: usize = field("content-length")
        .and_then(|value| std::str::from_utf8(value).ok()?.parse().ok())
        .ok_or(WireError::NoLength)?;
    if body > LONGEST {
        return Err(WireError::TooLong);
    }
    Ok(Some(Head {
        status,
        length: head + body,
        closes: field("connection").is_some_and(|value| value.eq_ignore_ascii_case(b"close")),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn a_write_goes_out_under_a_fresh_key_each_time() {
        let url = Url::parse("http://127.0.0.1:81").unwrap();
        let mut request = Prepared::post(&url, "/v1/x", Some("secret"), b"{}");
        let mut keys = Keys::new(&mut rand_chacha::ChaCha12Rng::seed_from_u64(1));
        let first = String::from_utf8(request.next(&mut keys).to_vec()).unwrap();
        let second = String::from_utf8(request.next(&mut keys).to_vec()).unwrap();
        assert_ne!(first, second);
        assert!(
            first
                .starts_with("POST /v1/x HTTP/1.1\r\nhost: 127.0.0.1:81\r\nauthorization: Bearer secret\r\n")
        );
        assert!(
            first.ends_with("0000000000000001\r\ncontent-length: 2\r\n\r\n{}"),
            "{first}"
        );
        assert!(
            second.ends_with("0000000000000002\r\ncontent-length: 2\r\n\r\n{}"),
            "{second}"
        );
    }

    #[test]
    fn an_answer_is_read_when_its_head_is_complete_and_says_its_length() {
        let answer = b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\nConnection: Close\r\n\r\nhello";
        assert_eq!(head_of(&answer[..30]).unwrap(), None);
        let head = Head {
            status: 201,
            length: answer.len(),
            closes: true,
        };
        assert_eq!(head_of(answer).unwrap(), Some(head));
        assert!(matches!(
            head_of(b"HTTP/1.1 200 OK\r\n\r\n"),
            Err(WireError::NoLength)
        ));
        assert!(matches!(head_of(b"nonsense\r\n\r\n"), Err(WireError::NotHttp(_))));
        let huge = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n";
        assert!(matches!(head_of(huge), Err(WireError::TooLong)));
    }
}
