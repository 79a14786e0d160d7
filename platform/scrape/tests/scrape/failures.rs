//! Targets that misbehave are down, in time, and cost no more than their bound.

use std::sync::Arc;
use std::time::Duration;

use promql::is_stale;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, pem::PemObject};

use crate::exhibit::{Exhibit, Page, head};
use crate::process;
use crate::watch::Watch;

/// What a server does with a connection.
#[derive(Clone, Copy)]
enum Does {
    Hang,
    Drip,
    Flood,
    BreakOff,
    Shut,
    Garbage,
}

/// One that does it with each connection; ends with the test's runtime.
async fn misbehaving(does: Does) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(misbehave(stream, does));
        }
    });
    address
}

async fn misbehave(mut stream: tokio::net::TcpStream, does: Does) -> std::io::Result<()> {
    if matches!(does, Does::Shut) {
        return Ok(());
    }
    head(&mut stream).await;
    let open = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n";
    match does {
        Does::Hang | Does::Shut => std::future::pending().await,
        Does::Garbage => stream.write_all(b"this is no answer\r\n\r\n").await,
        Does::BreakOff => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\na 1\n")
                .await
        }
        Does::Drip => {
            stream.write_all(open).await?;
            loop {
                stream.write_all(b"#").await?;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Does::Flood => {
            stream.write_all(open).await?;
            loop {
                stream.write_all(&[b'#'; 65_536]).await?;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_misbehaves_is_down_in_time_and_the_others_are_not() {
    let exhibit = Exhibit::start().await;
    exhibit.show("/good", Page::text("a 1\n"));
    for (path, status) in [
        ("/moved", "302 Found"),
        ("/wrong", "500 Internal Server Error"),
        ("/none", "204 No Content"),
    ] {
        exhibit.show(
            path,
            Page {
                status,
                ..Page::text("a 1\n")
            },
        );
    }
    let html = Page {
        content_type: "text/html".to_owned(),
        ..Page::text("")
    };
    exhibit.show("/page", html);
    exhibit.show("/large", Page::text(vec![b'#'; 200_000]));
    exhibit.show(
        "/many",
        Page::text("a{x=\"1\"} 1\na{x=\"2\"} 1\na{x=\"3\"} 1\na{x=\"4\"} 1\n"),
    );
    exhibit.show("/broken", Page::text("a 1\nb{ 2\n"));

    let mut config = String::new();
    let mut table = |job: &str, target: &str| {
        config += &format!(
            "[[scrape]]\njob = \"{job}\"\ntargets = [\"{target}\"]\ninterval = \"1s\"\ntimeout = \"500ms\"\n\
             [scrape.bounds]\nbody = 100000\nsamples = 3\n"
        );
    };
    let bad = [
        ("hang", misbehaving(Does::Hang).await, "timeout"),
        ("drip", misbehaving(Does::Drip).await, "timeout"),
        ("flood", misbehaving(Does::Flood).await, "larger than its bound"),
        (
            "break off",
            misbehaving(Does::BreakOff).await,
            "could not be asked",
        ),
        ("shut", misbehaving(Does::Shut).await, "could not be asked"),
        ("garbage", misbehaving(Does::Garbage).await, "could not be asked"),
        (
            "nobody",
            format!("127.0.0.1:{}", process::port()),
            "could not be asked",
        ),
    ];
    for (job, address, _) in &bad {
        table(job, address);
    }
    let bad_pages = [
        ("moved", "answered 302"),
        ("wrong", "answered 500"),
        ("none", "answered 204"),
        ("page", "content type"),
        ("large", "larger than its bound"),
        ("many", "line 4, column 11: more samples"),
        ("broken", "line 2, column 4: a label's name"),
        ("missing", "answered 404"),
    ];
    for (job, _) in &bad_pages {
        table(job, &format!("http://{}/{job}", exhibit.address));
    }
    table("good", &format!("http://{}/good", exhibit.address));

    let folder = tempfile::tempdir().unwrap();
    let watch = Watch::start(&config, folder.path());
    tokio::time::sleep(Duration::from_secs(5)).await;
    let reasons = bad.iter().map(|(job, _, why)| (*job, *why)).chain(bad_pages);
    let targets = watch.health.targets();
    for (job, why) in reasons {
        let up = watch.samples("up", &[("job", job)]);
        assert!(
            up.len() >= 3 && up.iter().all(|sample| sample.value == 0.0),
            "{job}: {up:?}"
        );
        let rounds = up.windows(2).map(|pair| pair[1].at - pair[0].at);
        assert!(rounds.max().unwrap() < 1_600, "{job} is late: {up:?}");
        let took = watch.last("scrape_duration_seconds", &[("job", job)]).unwrap();
        assert!(took < 0.8, "{job} took {took} s");
        assert_eq!(watch.last("a", &[("job", job)]), None, "{job} left something");
        let state = targets
            .iter()
            .find(|state| state.labels.get("job") == job)
            .unwrap();
        assert!(
            state.down.as_deref().unwrap().contains(why),
            "{job}: {:?}",
            state.down
        );
    }
    assert_eq!(watch.last("up", &[("job", "good")]), Some(1.0));
    assert_eq!(watch.last("a", &[("job", "good")]), Some(1.0));
    assert_eq!(
        watch.last("scrape_samples_scraped", &[("job", "broken")]),
        Some(1.0)
    );
}

/// A certificate for 127.0.0.1 from this authority, before the exhibit; answers the address.
async fn under_tls(exhibit: &Exhibit, issuer: &CertifiedIssuer<'static, KeyPair>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let acceptor = acceptor(issuer, |_| {});
    let behind = exhibit.address.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, behind) = (acceptor.clone(), behind.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let plain = tokio::net::TcpStream::connect(behind).await.unwrap();
                join(stream, plain).await;
            });
        }
    });
    address
}

async fn join(
    mut one: impl AsyncRead + AsyncWrite + Unpin,
    mut other: impl AsyncReadExt + AsyncWrite + Unpin,
) {
    let _either_may_break_off = tokio::io::copy_bidirectional(&mut one, &mut other).await;
}

pub(crate) fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

pub(crate) fn acceptor(
    issuer: &CertifiedIssuer<'static, KeyPair>,
    change: impl Fn(&mut CertificateParams),
) -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    change(&mut params);
    let certificate = params.signed_by(&key, issuer).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_under_tls_is_believed_by_its_authority_alone_and_gets_the_token_of_the_day() {
    let exhibit = Exhibit::start().await;
    exhibit.show("/metrics", Page::text("a 1\n"));
    let (known, unknown) = (authority(), authority());
    let (good, bad) = (
        under_tls(&exhibit, &known).await,
        under_tls(&exhibit, &unknown).await,
    );
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), known.pem()).unwrap();
    std::fs::write(folder.path().join("token"), "first\n").unwrap();
    let table = |job: &str, address: &str, more: &str| {
        format!(
            "[[scrape]]\njob = \"{job}\"\nscheme = \"https\"\ntargets = [\"{address}\"]\ninterval = \"1s\"\n{more}\n"
        )
    };
    let config = table(
        "good",
        &good,
        "ca_file = \"ca.pem\"\nbearer_token_file = \"token\"",
    ) + &table("bad", &bad, "ca_file = \"ca.pem\"")
        + &table("system", &good, "")
        + &table("no file", &good, "ca_file = \"none.pem\"")
        + &table(
            "no token",
            &good,
            "ca_file = \"ca.pem\"\nbearer_token_file = \"none\"",
        );
    let watch = Watch::start(&config, folder.path());
    let sent = |token: &str| {
        exhibit
            .heads()
            .iter()
            .any(|head| head.contains(&format!("authorization: Bearer {token}\r\n")))
    };
    watch
        .until("the target is up", |watch| {
            watch.last("up", &[("job", "good")]) == Some(1.0)
        })
        .await;
    assert!(sent("first"));
    std::fs::write(folder.path().join("token"), "second\n").unwrap();
    watch.until("the new token is sent", |_| sent("second")).await;
    for job in ["bad", "system", "no file", "no token"] {
        watch
            .until("it was asked", |watch| {
                !watch.samples("up", &[("job", job)]).is_empty()
            })
            .await;
        assert!(
            watch
                .samples("up", &[("job", job)])
                .iter()
                .all(|sample| sample.value == 0.0),
            "{job}"
        );
    }
    // The authority that the target's certificate is from takes the place of the other.
    std::fs::write(folder.path().join("ca.pem"), unknown.pem()).unwrap();
    watch
        .until("the new authority is believed", |watch| {
            watch.last("up", &[("job", "bad")]) == Some(1.0)
        })
        .await;
    assert!(
        !watch
            .all()
            .iter()
            .any(|series| series.samples.iter().all(|sample| is_stale(sample.value)))
    );
}
