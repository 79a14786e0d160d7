//! What faces outside: TLS, headers, rates, and clients that are slow on purpose.

use std::path::Path;
use std::time::Duration;
use std::{fs, net::SocketAddr};

use client::http::{Client, Trust};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use web::tls::{Files, Tls};

use crate::app::TestApp;
use crate::path;

/// Far above what a bound in these tests needs, far below a hanging test.
const PATIENCE: Duration = Duration::from_secs(10);

/// An authority of a test's own, and the files it issues.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    dir: TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, dir }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    /// Certificate and key for 127.0.0.1.
    fn issue(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    fn files(&self, client_ca: Option<&Path>) -> Files {
        let (certificate, key) = self.issue();
        fs::write(self.path("cert.pem"), certificate).unwrap();
        fs::write(self.path("key.pem"), key).unwrap();
        Files {
            certificate: self.path("cert.pem"),
            key: self.path("key.pem"),
            client_ca: client_ca.map(Path::to_owned),
            client_certificate_optional: false,
        }
    }

    fn trust(&self) -> Trust {
        Trust::default().authority(&self.path("ca.pem")).unwrap()
    }
}

fn under_tls(address: SocketAddr, trust: &Trust) -> Client {
    Client::trusting(&format!("https://{address}"), "", PATIENCE, trust).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_tls_who_trusts_the_authority_is_served_and_nobody_in_the_clear() {
    let ours = Authority::new();
    let app = TestApp::builder()
        .tls(Tls::load(ours.files(None)).unwrap())
        .start()
        .await;
    under_tls(app.address, &ours.trust()).live().await.unwrap();
    let stranger = under_tls(app.address, &Authority::new().trust());
    assert!(
        stranger.live().await.is_err(),
        "another authority's word is not taken"
    );
    let plain = Client::new(&format!("http://{}", app.address), "").unwrap();
    assert!(plain.live().await.is_err(), "nothing is answered in the clear");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_certificate_is_served_without_a_restart_and_a_broken_one_is_not() {
    let (old, new) = (Authority::new(), Authority::new());
    let app = TestApp::builder()
        .tls(Tls::load(old.files(None)).unwrap())
        .start()
        .await;
    let open = under_tls(app.address, &old.trust());
    open.live().await.unwrap();

    fs::write(old.path("key.pem"), "half a key").unwrap();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    under_tls(app.address, &old.trust()).live().await.unwrap();

    let (certificate, key) = new.issue();
    fs::write(old.path("cert.pem"), certificate).unwrap();
    fs::write(old.path("key.pem"), key).unwrap();
    let begun = tokio::time::Instant::now();
    while under_tls(app.address, &new.trust()).live().await.is_err() {
        assert!(begun.elapsed() < PATIENCE, "the new certificate is not served");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    open.live().await.unwrap();
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_mutual_tls_a_client_shows_a_certificate_of_the_named_authority() {
    let (ours, clients) = (Authority::new(), Authority::new());
    let files = ours.files(Some(&clients.path("ca.pem")));
    let app = TestApp::builder().tls(Tls::load(files).unwrap()).start().await;
    let with = |authority: &Authority| {
        let (certificate, key) = authority.issue();
        let path = authority.path("client.pem");
        fs::write(&path, certificate + &key).unwrap();
        under_tls(app.address, &ours.trust().identity(&path).unwrap())
    };
    with(&clients).live().await.unwrap();
    assert!(with(&ours).live().await.is_err(), "another authority's client");
    assert!(
        under_tls(app.address, &ours.trust()).live().await.is_err(),
        "no certificate"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_certificate_names_its_principal() {
    let (ours, clients) = (Authority::new(), Authority::new());
    let mut files = ours.files(Some(&clients.path("ca.pem")));
    files.client_certificate_optional = true;
    let map = "[[certificate]]\nname = \"gateway\"\nrole = \"operator\"\nsan = \"gateway.bank.example\"\n";
    let app = TestApp::builder()
        .tls(Tls::load(files).unwrap())
        .certificates(map.to_owned())
        .start()
        .await;
    let with = |san: &str| {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![san.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &clients.issuer).unwrap();
        let path = clients.path(&format!("{san}.pem"));
        fs::write(&path, certificate.pem() + &key.serialize_pem()).unwrap();
        under_tls(app.address, &ours.trust().identity(&path).unwrap())
    };
    let intake = with("gateway.bank.example").intake().await.unwrap();
    assert_eq!(intake.body.state, "open");
    let order = client::operations::IntakeOrder::everything("drill");
    let closed = with("gateway.bank.example")
        .close_intake("key", &order)
        .await
        .unwrap();
    assert_eq!(closed.body.actor, "gateway");
    for stranger in [with("other.bank.example"), under_tls(app.address, &ours.trust())] {
        let refused = stranger.intake().await.unwrap_err();
        assert_eq!(refused.code(), Some("unauthenticated"));
        stranger.live().await.unwrap();
    }
    // A token says more than the certificate that it comes with.
    let other = with("other.bank.example")
        .with_token(app.token("auditor"))
        .unwrap();
    other.intake().await.unwrap();
    // Whose account was disabled is let in by no certificate either.
    app.enrol("gateway", auth::Role::Operator).await;
    with("gateway.bank.example").intake().await.unwrap();
    app.bar("gateway").await;
    let barred = with("gateway.bank.example").intake().await.unwrap_err();
    assert_eq!(barred.code(), Some("unauthenticated"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handshake_that_never_ends_gives_its_place_back() {
    let ours = Authority::new();
    let app = TestApp::builder()
        .tls(Tls::load(ours.files(None)).unwrap())
        .limits(|limits| {
            (limits.wire.handshake_time, limits.wire.connections) = (Duration::from_millis(200), 1)
        })
        .start()
        .await;
    let mut silent = TcpStream::connect(app.address).await.unwrap();
    under_tls(app.address, &ours.trust()).live().await.unwrap();
    assert!(is_closed(&mut silent).await);
    app.stop().await;
}

#[tokio::test]
async fn every_answer_tells_a_browser_to_keep_its_hands_off() {
    let app = TestApp::sqlite().await;
    let found = app.probe("/livez").await;
    let missing = app.probe("/nowhere").await;
    let allowed = app.read("channel", "/v1/intake").await;
    let method = app.request("DELETE", "/v1/firms").send().await;
    for (answer, status) in [(found, 200), (missing, 404), (allowed, 200), (method, 405)] {
        assert_eq!(answer.status, status, "{}", answer.text);
        let header = |name: &str| answer.headers[name].to_str().unwrap();
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(
            header("content-security-policy"),
            "default-src 'none'; frame-ancestors 'none'"
        );
        assert!(header("cache-control").contains("no-"), "no cache keeps it");
        assert!(
            !answer.headers.contains_key("strict-transport-security"),
            "only under TLS"
        );
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_tls_the_answer_forbids_plain_http() {
    let ours = Authority::new();
    let app = TestApp::builder()
        .tls(Tls::load(ours.files(None)).unwrap())
        .start()
        .await;
    let authority = fs::read(ours.path("ca.pem")).unwrap();
    let answer = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([reqwest::Certificate::from_pem(&authority).unwrap()])
        .build()
        .unwrap()
        .get(format!("https://{}/livez", app.address))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    app.stop().await;
}

#[tokio::test]
async fn who_asks_too_often_waits_and_the_switch_does_not() {
    let app = TestApp::builder()
        .limits(|limits| limits.rate_principal = Some(3))
        .start()
        .await;
    let firm = "/v1/firms/frm_01900000000070008000000000000000";
    let limited = loop {
        let answer = app.read("operator", firm).await;
        if answer.status != 404 {
            break answer;
        }
    };
    assert_eq!(limited.problem(), (429, "rate-limited"));
    assert_eq!(limited.headers["retry-after"], "1");
    app.write("operator", "/v1/intake/close", &json!({"reason": "flood"}))
        .await
        .ok();
    for _ in 0..20 {
        app.read("operator", "/v1/intake").await.ok();
        app.probe("/livez").await.ok_text();
    }
    app.stop().await;
}

#[tokio::test]
async fn an_address_that_asks_too_often_waits_before_anybody_reads_its_token() {
    let app = TestApp::builder()
        .limits(|limits| limits.wire.rate_address = Some(3))
        .start()
        .await;
    let firm = "/v1/firms/frm_01900000000070008000000000000000";
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(app.request("GET", firm).bearer("guess").send().await.status);
    }
    assert!(statuses.contains(&401) && statuses.contains(&429), "{statuses:?}");
    app.read("operator", "/v1/intake").await.ok();
    app.stop().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_its_answers_gives_its_place_back() {
    let app = TestApp::builder()
        .limits(|limits| (limits.wire.write_time, limits.wire.connections) = (Duration::from_millis(300), 1))
        .start()
        .await;
    let mut deaf = TcpStream::connect(app.address).await.unwrap();
    let asked = "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(50);
    // It asks on and on and reads nothing, until the service has enough.
    let asking = async { while deaf.write_all(asked.as_bytes()).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, asking).await.unwrap();
    app.probe("/livez").await.ok_text();
    app.stop().await;
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let app = TestApp::builder()
        .limits(|limits| limits.wire.head_time = Duration::from_millis(300))
        .start()
        .await;
    let mut idle = TcpStream::connect(app.address).await.unwrap();
    idle.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    assert!(is_closed(&mut idle).await);
    app.stop().await;
}

#[tokio::test]
async fn an_address_that_floods_leaves_room_for_business() {
    let app = TestApp::builder()
        .limits(|limits| (limits.wire.connections, limits.wire.connections_per_address) = (20, 10))
        .start()
        .await;
    let mut flood = Vec::new();
    for _ in 0..50 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        if let Ok(stream) = socket.connect(app.address).await {
            flood.push(stream);
        }
    }
    let body = path::registration(&app, 1);
    let begun = tokio::time::Instant::now();
    app.write("channel", "/v1/firms", &body).await.created();
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "before the flood times out"
    );
    drop(flood);
    app.stop().await;
}

/// Reads until the other side closes; false when it doesn't in time.
async fn is_closed(stream: &mut TcpStream) -> bool {
    let reading = async {
        let mut buffer = [0; 1024];
        while !matches!(stream.read(&mut buffer).await, Ok(0) | Err(_)) {}
    };
    tokio::time::timeout(PATIENCE, reading).await.is_ok()
}
