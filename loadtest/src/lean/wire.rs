//! A request in the form in which it is sent, and as much of an answer as is needed.

use std::ops::Range;

use base::clock::Clock;
use base::ids::Ids;
use rand::Rng as _;
use reqwest::Url;
use uuid::Uuid;

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
    pub fn next(&mut self, keys: &Keys) -> &[u8] {
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

/// Where idempotency keys come from; 32 hexadecimal digits either way.
#[derive(Debug, Clone)]
pub enum Keys {
    /// UUIDs of version 7, as the service recommends: keys of the same time share pages.
    ByTime(Ids),
    /// Random ones, each of which lands on another page.
    Random,
}

impl Keys {
    /// Characters of a key.
    pub const LENGTH: usize = 32;

    /// Those of one client.
    #[must_use]
    pub fn new(random: bool) -> Self {
        if random {
            Self::Random
        } else {
            Self::ByTime(Ids::system(Clock::system()))
        }
    }

    fn write_next(&self, place: &mut [u8]) {
        let key = match self {
            Self::ByTime(ids) => ids.next(),
            Self::Random => Uuid::from_u128(rand::rng().random()),
        };
        key.simple().encode_lower(place);
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

    #[test]
    fn a_write_goes_out_under_a_fresh_key_each_time() {
        let url = Url::parse("http://127.0.0.1:81").unwrap();
        let mut request = Prepared::post(&url, "/v1/x", Some("secret"), b"{}");
        for random in [false, true] {
            let keys = Keys::new(random);
            let mut sent = || String::from_utf8(request.next(&keys).to_vec()).unwrap();
            let (first, second) = (sent(), sent());
            assert_ne!(first, second);
            let (head, key) = first.split_once("idempotency-key: ").unwrap();
            let line = "POST /v1/x HTTP/1.1\r\nhost: 127.0.0.1:81\r\nauthorization: Bearer secret\r\n";
            assert!(head.starts_with(line), "{head}");
            let (key, rest) = key.split_once("\r\n").unwrap();
            assert_eq!(rest, "content-length: 2\r\n\r\n{}");
            let uuid = Uuid::try_parse(key).unwrap();
            assert!(random || uuid.get_version_num() == 7, "{key}");
        }
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
