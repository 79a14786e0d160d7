//! Chat robots and gateways, over real connections, judged by a second implementation of their rules.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::server::Server;
use crate::webhooks::Real;
use crate::world::notice;

/// What the makers' servers compute.
fn hmac(key: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// A group of many alerts with long texts, some of which would break out of Markdown.
async fn flood(real: &Real) -> bool {
    let now = real.clock.now_micros();
    let mut notices = Vec::new();
    for i in 0..100 {
        let name = i.to_string();
        let mut one = notice(
            &[
                ("alertname", "Slow"),
                ("instance", &name),
                ("x", "<@all> [click](http://evil)"),
            ],
            now,
            None,
        );
        for label in 0..12 {
            one.labels.insert(format!("l{label}"), "\"长".repeat(100));
        }
        one.annotations
            .insert("summary".to_owned(), "长\"文本\n".repeat(400));
        notices.push(one);
    }
    real.notifier.take(&notices).await.unwrap();
    while real.notifier.tick().await.unwrap() {}
    real.notifier.send_next("it").await.unwrap().unwrap()
}

#[tokio::test]
async fn wecom() {
    let server = Server::start(r#"{"errcode":0,"errmsg":"ok"}"#).await;
    let url = format!("{}/cgi-bin/webhook/send?key=hush", server.url);
    let real = Real::with("wecom = { url_file = \"url\" }", &[("url", &url)]).await;
    server.reply((
        200,
        None,
        r#"{"errcode":93000,"errmsg":"invalid webhook url, 13800000000"}"#.to_owned(),
    ));
    assert!(
        !flood(&real).await,
        "a status of success with an error code is a failure"
    );
    let page = &real.notifier.pages(None, 1).await.unwrap()[0];
    assert_eq!(
        page.error.as_deref(),
        Some("HTTP status 200 with the robot's error code 93000")
    );
    assert!(real.page(&[("alertname", "Other")]).await);
    for request in server.requests() {
        assert_eq!(request.uri.query(), Some("key=hush"));
        let body = request.json();
        assert_eq!(body["msgtype"], "markdown");
        let content = body["markdown"]["content"].as_str().unwrap();
        assert!(content.len() <= 4096 && content.len() > 50, "{}", content.len());
        assert!(!content.contains('<') && !content.contains("]("), "{content}");
    }
    assert!(
        server.requests()[0].json()["markdown"]["content"]
            .as_str()
            .unwrap()
            .len()
            > 3500
    );
}

#[tokio::test]
async fn dingtalk() {
    let server = Server::start(r#"{"errcode":0,"errmsg":"ok"}"#).await;
    let url = format!("{}/robot/send?access_token=hush", server.url);
    let real = Real::with(
        "dingtalk = { url_file = \"url\", secret_file = \"secret\" }",
        &[("url", &url), ("secret", "SEC123")],
    )
    .await;
    assert!(flood(&real).await);
    let request = server.requests().remove(0);
    let address = reqwest::Url::parse(&format!("http://x{}", request.uri)).unwrap();
    let query: std::collections::BTreeMap<String, String> = address.query_pairs().into_owned().collect();
    assert_eq!(query["access_token"], "hush");
    assert_eq!(
        query["sign"],
        hmac("SEC123", &format!("{}\nSEC123", query["timestamp"]))
    );
    let millis: i64 = query["timestamp"].parse().unwrap();
    assert!((real.clock.now_micros() / 1000).abs_diff(millis) < 60_000);
    assert!(
        request.body.len() <= 20_000 && request.body.len() > 15_000,
        "{}",
        request.body.len()
    );
    let body = request.json();
    assert_eq!(body["msgtype"], "markdown");
    assert!(body["markdown"]["title"].as_str().unwrap().contains("Slow"));
    // One more after the limit: it refuses for ten minutes, and is left alone for as long.
    server.reply((
        200,
        None,
        r#"{"errcode":130101,"errmsg":"send too fast"}"#.to_owned(),
    ));
    assert!(!real.page(&[("alertname", "A")]).await);
    assert_eq!(real.notifier.send_next("it").await.unwrap(), None);
    let now = real.clock.now_micros();
    real.notifier
        .take(&[notice(&[("alertname", "B")], now, None)])
        .await
        .unwrap();
    while real.notifier.tick().await.unwrap() {}
    assert_eq!(real.notifier.send_next("it").await.unwrap(), None);
}

#[tokio::test]
async fn feishu() {
    let server = Server::start(r#"{"code":0,"msg":"success","data":{}}"#).await;
    let url = format!("{}/open-apis/bot/v2/hook/hush", server.url);
    let real = Real::with(
        "feishu = { url_file = \"url\", secret_file = \"secret\" }",
        &[("url", &url), ("secret", "s3cret")],
    )
    .await;
    assert!(flood(&real).await);
    server.reply((200, None, r#"{"code":19021,"msg":"sign match fail"}"#.to_owned()));
    assert!(!real.page(&[("alertname", "Other")]).await);
    assert!(server.requests()[0].body.len() > 15_000);
    for request in server.requests() {
        assert!(request.body.len() <= 20_000, "{}", request.body.len());
        let body = request.json();
        let timestamp = body["timestamp"].as_str().unwrap();
        assert_eq!(body["sign"], hmac(&format!("{timestamp}\ns3cret"), "").as_str());
        assert!((real.clock.now_micros() / 1_000_000).abs_diff(timestamp.parse().unwrap()) < 60);
        assert_eq!(body["msg_type"], "text");
        assert!(!body["content"]["text"].as_str().unwrap().contains('<'));
    }
}

#[tokio::test]
async fn a_gateway_gets_its_own_format_once_for_each_number() {
    let server = Server::start(r#"{"result":{"code":"OK"}}"#).await;
    let url = format!("{}/sms", server.url);
    let channel = "gateway = { url_file = \"url\", token_file = \"token\", to_file = \"to\", max_chars = 100, \
                   expect = { pointer = \"/result/code\", value = \"OK\" }, \
                   body = { phones = [\"{to}\"], params = { content = \"{text}\", ref = \"{key}\" } } }";
    let real = Real::with(
        channel,
        &[
            ("url", &url),
            ("token", "hush"),
            ("to", "13800000000\n13900000000\n"),
        ],
    )
    .await;
    assert!(flood(&real).await);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    let key = real.notifier.pages(None, 1).await.unwrap()[0].key.clone();
    for (i, (request, phone)) in requests.iter().zip(["13800000000", "13900000000"]).enumerate() {
        let body = request.json();
        assert_eq!(body["phones"][0], phone);
        let content = body["params"]["content"].as_str().unwrap();
        assert!(
            content.chars().count() <= 100 && content.contains("Slow") && !content.contains('\n'),
            "{content}"
        );
        let expected = if i == 0 { key.clone() } else { format!("{key}-1") };
        assert_eq!(body["params"]["ref"], expected.as_str());
        assert_eq!(request.header("authorization"), "Bearer hush");
    }
    server.reply((200, None, r#"{"result":{"code":"BALANCE"}}"#.to_owned()));
    assert!(!real.page(&[("alertname", "Other")]).await);
}

#[tokio::test]
async fn a_number_that_is_refused_keeps_no_other_from_the_page() {
    let server = Server::start("").await;
    let url = format!("{}/sms", server.url);
    let real = Real::with(
        "gateway = { url_file = \"url\", to_file = \"to\", body = { to = \"{to}\", text = \"{text}\" } }",
        &[("url", &url), ("to", "13800000000\n13900000000\n13700000000\n")],
    )
    .await;
    server.reply((422, None, String::new()));
    assert!(!real.page(&[("alertname", "Slow")]).await);
    let told: Vec<_> = server.requests().iter().map(|r| r.json()["to"].clone()).collect();
    assert_eq!(told, ["13800000000", "13900000000", "13700000000"]);
    let page = &real.notifier.pages(None, 1).await.unwrap()[0];
    assert_eq!(
        (page.state.as_str(), page.error.as_deref()),
        ("queued", Some("HTTP status 422"))
    );
    // A gateway that asks to be left alone is left alone.
    server.reply((429, None, String::new()));
    assert!(!real.page(&[("alertname", "Other")]).await);
    assert_eq!(server.requests().len(), 4);
}
