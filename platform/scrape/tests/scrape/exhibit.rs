//! A small HTTP server that shows what it is told to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// What a path answers.
#[derive(Clone)]
pub(crate) struct Page {
    pub(crate) status: &'static str,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

impl Page {
    pub(crate) fn text(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: "200 OK",
            content_type: "text/plain; version=0.0.4".to_owned(),
            body: body.into(),
        }
    }
}

impl Page {
    /// Nothing is answered, and the connection stays.
    pub(crate) fn silent() -> Self {
        Self {
            status: "",
            ..Self::text("")
        }
    }
}

/// Serves until it is dropped.
pub(crate) struct Exhibit {
    pub(crate) address: String,
    pages: Arc<Mutex<HashMap<String, Page>>>,
    heads: Arc<Mutex<Vec<String>>>,
    task: AbortHandle,
}

impl Exhibit {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let pages: Arc<Mutex<HashMap<String, Page>>> = Arc::default();
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let (shown, kept) = (Arc::clone(&pages), Arc::clone(&heads));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (shown, kept) = (Arc::clone(&shown), Arc::clone(&kept));
                tokio::spawn(async move { answer(stream, &shown, &kept).await });
            }
        });
        Self {
            address,
            pages,
            heads,
            task: task.abort_handle(),
        }
    }

    pub(crate) fn show(&self, path: &str, page: Page) {
        self.pages.lock().unwrap().insert(path.to_owned(), page);
    }

    /// The heads of all requests so far, each with its body.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

impl Drop for Exhibit {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads a request's head.
pub(crate) async fn head(stream: &mut (impl AsyncReadExt + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

async fn answer(
    mut stream: TcpStream,
    pages: &Mutex<HashMap<String, Page>>,
    heads: &Mutex<Vec<String>>,
) -> Option<()> {
    let head = head(&mut stream).await?;
    let path = head.split(' ').nth(1)?.to_owned();
    let length = head.to_ascii_lowercase();
    let length = length
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.lines().next());
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    heads.lock().unwrap().push(head + &String::from_utf8_lossy(&body));
    let page = pages.lock().unwrap().get(&path).cloned().unwrap_or(Page {
        status: "404 Not Found",
        content_type: "text/plain".to_owned(),
        body: Vec::new(),
    });
    if page.status.is_empty() {
        std::future::pending::<()>().await;
    }
    let kind = if page.content_type.is_empty() {
        String::new()
    } else {
        format!("Content-Type: {}\r\n", page.content_type)
    };
    let head = format!(
        "HTTP/1.1 {}\r\n{kind}Content-Length: {}\r\nConnection: close\r\n\r\n",
        page.status,
        page.body.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(&page.body).await.ok()
}
