//! A GET.

use reqwest::redirect::Policy;
use reqwest::{Client, Response};

use super::Found;
use super::trust::Watch;
use crate::targets::Expect;

/// As much of a body is read to find a text in it.
const BODY: usize = 256 << 10;

/// With a connection of its own: one that was kept would tell of a door that has since been shut.
pub(super) async fn get(url: &str, expect: &Expect, watch: Option<Watch>) -> Found {
    let answer = ask(url, watch.as_ref()).await;
    let expiry = watch.as_ref().and_then(Watch::expiry);
    let Some(answer) = answer else {
        return Found {
            expiry,
            ..Found::default()
        };
    };
    let status = answer.status().as_u16();
    let wanted = if expect.status.is_empty() {
        (200..300).contains(&status)
    } else {
        expect.status.contains(&status)
    };
    // Read in any case: an answer that breaks off is none.
    let body = body(answer).await;
    let holds = |body: &Vec<u8>| {
        expect
            .text
            .as_deref()
            .is_none_or(|text| contains(body, text.as_bytes()))
    };
    let text_missing = body.as_ref().is_some_and(|body| !holds(body));
    Found {
        success: wanted && body.is_some() && !text_missing,
        status: Some(status),
        text_missing,
        expiry,
        ..Found::default()
    }
}

async fn ask(url: &str, watch: Option<&Watch>) -> Option<Response> {
    client(watch)?.get(url).send().await.ok()
}

/// One that follows no redirect and keeps no connection.
pub(super) fn client(watch: Option<&Watch>) -> Option<Client> {
    let mut builder = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .user_agent("backstop-watch")
        .pool_max_idle_per_host(0);
    builder = match watch {
        Some(watch) => builder.tls_backend_preconfigured(watch.config()?),
        None => builder.tls_certs_only([]),
    };
    builder.build().ok()
}

/// `None` if it breaks off; what is behind the bound is not waited for.
async fn body(mut answer: Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while body.len() < BODY {
        match answer.chunk().await.ok()? {
            Some(chunk) => body.extend_from_slice(&chunk),
            None => break,
        }
    }
    body.truncate(BODY);
    Some(body)
}

fn contains(body: &[u8], text: &[u8]) -> bool {
    text.is_empty() || body.windows(text.len()).any(|window| window == text)
}
