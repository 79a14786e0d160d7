//! The few requests that the benches send themselves: is it ready, and what does it answer? All load comes from
//! the load client.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A service on loopback answers in well under a millisecond; one that takes this long is not ready.
const PATIENCE: Duration = Duration::from_millis(500);

/// The body of a `GET`, if it answers 200.
pub(crate) fn get(address: SocketAddr, path: &str, bearer: Option<&str>) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let bearer = bearer.map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
    // One write: a server that closes after the first part of a request would cut off the rest.
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{bearer}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..end]);
    (head.split_whitespace().nth(1) == Some("200")).then(|| answer.split_off(end + 4))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn only_a_200_is_ready() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            for answer in [
                "HTTP/1.1 503 Service Unavailable\r\n\r\n",
                "HTTP/1.1 200 OK\r\n\r\nfine",
            ] {
                let (mut stream, _) = listener.accept().unwrap();
                // The request is read first: closing with it unread would reset the connection.
                let read = stream.read(&mut [0; 512]).unwrap();
                assert!(read > 0);
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        assert_eq!(get(address, "/readyz", None), None);
        assert_eq!(get(address, "/readyz", None).as_deref(), Some(b"fine".as_slice()));
        server.join().unwrap();
        assert_eq!(get(address, "/readyz", None), None, "nobody listens any more");
    }
}
