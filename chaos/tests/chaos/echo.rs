//! Servers behind the proxy.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// Serves each connection in a thread of its own.
pub(crate) fn serve(each: impl Fn(TcpStream) + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (stream, each) = (stream.unwrap(), each.clone());
            std::thread::spawn(move || each(stream));
        }
    });
    address
}

/// Sends back what it gets, until it gets no more.
pub(crate) fn echo() -> SocketAddr {
    serve(|mut stream| {
        stream.set_nodelay(true).unwrap();
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            if stream.write_all(&buffer[..count]).is_err() {
                return;
            }
        }
    })
}

/// Waits for a byte, then sends so many, and closes.
pub(crate) fn source(bytes: usize) -> SocketAddr {
    serve(move |mut stream| {
        if stream.read_exact(&mut [0]).is_ok() {
            // The receiver may have had enough.
            drop(stream.write_all(&vec![7; bytes]));
        }
    })
}
