//! Probes of real servers.

use rcgen::date_time_ymd;
use tokio::net::TcpListener;

use crate::exhibit::{Exhibit, Page};
use crate::failures::{acceptor, authority};
use crate::process;
use crate::watch::Watch;

/// Shows a certificate that ends in this year; answers the address.
async fn door(issuer: &rcgen::CertifiedIssuer<'static, rcgen::KeyPair>, year: i32) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let acceptor = acceptor(issuer, |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(year, 3, 1);
    });
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                crate::exhibit::head(&mut stream).await;
                use tokio::io::AsyncWriteExt;
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
                let _may_be_gone = stream.write_all(answer).await;
            });
        }
    });
    address
}

fn end(year: i32) -> f64 {
    let end: jiff::Timestamp = format!("{year}-03-01T00:00:00Z").parse().unwrap();
    #[expect(clippy::cast_precision_loss, reason = "seconds")]
    let end = end.as_second() as f64;
    end
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_answers_as_it_should_is_a_success_and_all_else_is_told_as_what_it_is() {
    let exhibit = Exhibit::start().await;
    exhibit.show("/ok", Page::text("all is well\n"));
    exhibit.show(
        "/moved",
        Page {
            status: "301 Moved Permanently",
            ..Page::text("")
        },
    );
    exhibit.show(
        "/wrong",
        Page {
            status: "503 Service Unavailable",
            ..Page::text("all is well\n")
        },
    );
    let (known, unknown) = (authority(), authority());
    let (good, old, strange) = (
        door(&known, 2099).await,
        door(&known, 2021).await,
        door(&unknown, 2098).await,
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), known.pem()).unwrap();
    let http = format!("http://{}", exhibit.address);
    let nobody = format!("127.0.0.1:{}", process::port());
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = silent
        .local_addr()
        .map(|address| (address.to_string(), silent))
        .unwrap();
    // Job, kind, target, more; then success, status, end of the certificate.
    type Wanted = (f64, Option<f64>, Option<f64>);
    let cases: Vec<(&str, &str, String, &str, Wanted)> = vec![
        (
            "ok",
            "http",
            format!("{http}/ok"),
            "expect = { text = \"is well\" }",
            (1.0, Some(200.0), None),
        ),
        (
            "text missing",
            "http",
            format!("{http}/ok"),
            "expect = { text = \"is ill\" }",
            (0.0, Some(200.0), None),
        ),
        (
            "moved",
            "http",
            format!("{http}/moved"),
            "",
            (0.0, Some(301.0), None),
        ),
        (
            "moved as wanted",
            "http",
            format!("{http}/moved"),
            "expect = { status = [301] }",
            (1.0, Some(301.0), None),
        ),
        (
            "wrong",
            "http",
            format!("{http}/wrong"),
            "",
            (0.0, Some(503.0), None),
        ),
        (
            "nobody",
            "http",
            format!("http://{nobody}/"),
            "",
            (0.0, Some(0.0), None),
        ),
        (
            "silent",
            "http",
            format!("http://{}/", silent.0),
            "timeout = \"500ms\"",
            (0.0, Some(0.0), None),
        ),
        (
            "https",
            "http",
            format!("https://{good}/"),
            "ca_file = \"ca.pem\"",
            (1.0, Some(200.0), Some(end(2099))),
        ),
        (
            "https old",
            "http",
            format!("https://{old}/"),
            "ca_file = \"ca.pem\"",
            (0.0, Some(0.0), Some(end(2021))),
        ),
        ("tcp", "tcp", exhibit.address.clone(), "", (1.0, None, None)),
        ("tcp nobody", "tcp", nobody.clone(), "", (0.0, None, None)),
        (
            "tls",
            "tls",
            good,
            "ca_file = \"ca.pem\"",
            (1.0, None, Some(end(2099))),
        ),
        (
            "tls old",
            "tls",
            old,
            "ca_file = \"ca.pem\"",
            (0.0, None, Some(end(2021))),
        ),
        (
            "tls strange",
            "tls",
            strange.clone(),
            "ca_file = \"ca.pem\"",
            (0.0, None, Some(end(2098))),
        ),
        ("tls system", "tls", strange, "", (0.0, None, Some(end(2098)))),
        (
            "tls silent",
            "tls",
            silent.0.clone(),
            "timeout = \"500ms\"",
            (0.0, None, None),
        ),
        (
            "tls no file",
            "tls",
            nobody,
            "ca_file = \"none.pem\"",
            (0.0, None, None),
        ),
    ];
    let table = |(job, kind, target, more, _): &(&str, &str, String, &str, Wanted)| {
        format!(
            "[[probe]]\njob = \"{job}\"\nkind = \"{kind}\"\ntargets = [\"{target}\"]\ninterval = \"1s\"\n{more}\n"
        )
    };
    let config: String = cases.iter().map(table).collect();
    let watch = Watch::start(&config, folder.path());
    for (job, _, target, _, (success, status, end)) in &cases {
        let labels = [("job", *job), ("instance", target.as_str())];
        watch
            .until("it was tried", |watch| {
                watch.last("probe_success", &labels).is_some()
            })
            .await;
        assert_eq!(watch.last("probe_success", &labels), Some(*success), "{job}");
        assert_eq!(watch.last("probe_http_status_code", &labels), *status, "{job}");
        assert_eq!(
            watch.last("probe_ssl_earliest_cert_expiry", &labels),
            *end,
            "{job}"
        );
        assert_eq!(
            watch.last("up", &labels),
            Some(1.0),
            "{job}: the probe itself came back"
        );
        let took = watch.last("probe_duration_seconds", &labels).unwrap();
        assert!(took < 0.8, "{job} took {took} s");
    }
    assert_eq!(
        watch.last("probe_failed_due_to_regex", &[("job", "text missing")]),
        Some(1.0)
    );
    assert_eq!(
        watch.last("probe_failed_due_to_regex", &[("job", "ok")]),
        Some(0.0)
    );
}
