//! As much HTTP as it takes to ask a proxy on this machine: one small request, one small answer, bounded in size and
//! time. A keeper must work while everything else is broken, so it brings no client along.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

/// A proxy on this machine answers within milliseconds, or is stopped.
const CONNECT: Duration = Duration::from_millis(500);
const ANSWER: Duration = Duration::from_millis(1_000);
/// And all of the answer within this: a drop a second is no answer.
const WHOLE: Duration = Duration::from_secs(3);
/// More than any list of proxies takes.
const LARGEST: usize = 4 << 20;

/// A status and a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Asks; `api` is `HOST:PORT`. It blocks for four seconds at most.
///
/// # Errors
/// [`io::ErrorKind::ConnectionRefused`] when nobody listens, and what else the network says.
pub fn ask(method: &str, api: &str, path: &str, body: &str) -> io::Result<Answer> {
    let address = api
        .to_socket_addrs()?
        .next()
        .ok_or_else(|| io::Error::other(format!("{api} is no address")))?;
    let mut stream = TcpStream::connect_timeout(&address, CONNECT)?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.set_write_timeout(Some(ANSWER))?;
    // Version 1.0, so that the answer ends with the connection and comes in one piece.
    let request = format!(
        "{method} {path} HTTP/1.0\r\nHost: {api}\r\nUser-Agent: backstop\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes())?;
    let began = Instant::now();
    let (mut text, mut piece) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let count = stream.read(&mut piece)?;
        if count == 0 {
            break;
        }
        text.extend_from_slice(piece.get(..count).unwrap_or_default());
        if text.len() > LARGEST || began.elapsed() > WHOLE {
            return Err(io::Error::other(format!("{api} does not come to an end")));
        }
    }
    parse(&text).ok_or_else(|| io::Error::other(format!("{api} does not speak HTTP")))
}

fn parse(text: &[u8]) -> Option<Answer> {
    let ends = text.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = text.split_at(ends);
    let status = std::str::from_utf8(head).ok()?.split(' ').nth(1)?;
    Some(Answer {
        status: status.get(..3)?.parse().ok()?,
        body: body.get(4..)?.to_vec(),
    })
}

/// A name as one segment of a path.
#[must_use]
pub fn segment(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    name.bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_segment_whatever_they_hold() {
        assert_eq!(segment("redis-1"), "redis-1");
        assert_eq!(segment("a/b ü"), "a%2Fb%20%C3%BC");
    }

    #[test]
    fn an_answer_is_read_and_nonsense_is_not() {
        let answer = parse(b"HTTP/1.1 404 Not Found\r\nX: y\r\n\r\n{}").unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (404, b"{}".as_slice()));
        assert_eq!(parse(b"220 mail ready\r\n"), None);
    }
}
