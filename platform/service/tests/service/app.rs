//! A service of its own for each test: its database, its stand-in sources, its
//! clock; driven over real HTTP on a loopback port.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;

use auth::totp::{PERIOD, Secret};
use auth::{Access, AccessKey, By, Certificates, Credentials, Role, Tokens};
use base::clock::{Clock, ManualClock};
use base::ids::Ids;
use base::shutdown::Shutdown;
use db::{Db, Options};
use evidence::{AnchorFile, FINANCING, Sequencer, Signer};
use population::Population;
use reqwest::header::HeaderMap;
use serde_json::Value;
use service::anchoring::{EvidenceLog, Receiver};
use service::app::App;
use service::config::Limits;
use service::run::{self, Ended};
use service::tls::Tls;
use service::wiring::{self, Parts};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use vault::suite::Suites;
use vault::{Custodian, FileKek, KeyStore, Vault};

use crate::schema;
use crate::standin::Standin;

/// The seed of the simulated firms.
const SEED: u64 = 7;

/// Who holds a token in tests: every role once, officers twice.
const HOLDERS: &[(&str, Role)] = &[
    ("customer", Role::Customer),
    ("channel", Role::Channel),
    ("officer1", Role::Officer),
    ("officer2", Role::Officer),
    ("operator", Role::Operator),
    ("commander", Role::Commander),
    ("auditor", Role::Auditor),
    ("model-manager", Role::ModelManager),
    ("exit-planner", Role::ExitPlanner),
    ("control-plane", Role::Plane),
];

/// The password of everybody in tests.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// When the tokens that have ended did: the moment at which every test's clock starts.
const ENDED: &str = "2026-03-02T02:00:00Z";

/// How a test's service differs from the usual one.
pub(crate) struct Builder {
    limits: Limits,
    tls: Option<Tls>,
    database: Option<String>,
    certificates: Option<String>,
    webhook: Option<String>,
}

impl Builder {
    /// Where checkpoints are posted to.
    pub(crate) fn webhook(mut self, url: String) -> Self {
        self.webhook = Some(url);
        self
    }

    pub(crate) fn limits(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self
    }

    pub(crate) fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// With this map of clients' certificates.
    pub(crate) fn certificates(mut self, map: String) -> Self {
        self.certificates = Some(map);
        self
    }

    pub(crate) fn database(mut self, url: String) -> Self {
        self.database = Some(url);
        self
    }

    pub(crate) async fn start(self) -> TestApp {
        let dir = tempfile::tempdir().unwrap();
        let url = self
            .database
            .unwrap_or_else(|| format!("sqlite://{}", dir.path().join("test.db").display()));
        for custodian in Custodian::ALL {
            let aes = Suites::standard().by_number(1).unwrap();
            FileKek::create(dir.path().join(custodian.as_str()), custodian, aes).unwrap();
        }
        let (private, public) = (dir.path().join("evidence.key"), dir.path().join("evidence.pub"));
        evidence::key_file::create(FINANCING, &private, &public).unwrap();
        // Monday, 2 March 2026, ten in the morning in China: branches are open.
        let (clock, hand) = Clock::manual("2026-03-02T02:00:00Z".parse().unwrap());
        auth::create_access_key(dir.path().join("access.key")).unwrap();
        if let Some(map) = &self.certificates {
            let path = dir.path().join("certificates.toml");
            fs::write(&path, map).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        let (tokens, ended) = mint(&dir);
        let place = Place {
            tokens,
            ended,
            standin: Standin::start(SEED).await,
            dir,
            url,
            clock,
            hand,
            limits: self.limits,
            tls: self.tls,
            webhook: self.webhook,
        };
        TestApp::over(place).await
    }
}

/// What outlives a restart.
struct Place {
    dir: TempDir,
    url: String,
    clock: Clock,
    hand: ManualClock,
    limits: Limits,
    tls: Option<Tls>,
    webhook: Option<String>,
    tokens: BTreeMap<&'static str, String>,
    ended: HashMap<Role, String>,
    standin: Standin,
}

/// A running service.
pub(crate) struct TestApp {
    pub(crate) address: SocketAddr,
    pub(crate) population: Population,
    pub(crate) clock: Clock,
    pub(crate) hand: ManualClock,
    pub(crate) shutdown: Shutdown,
    http: reqwest::Client,
    pub(crate) db: Db,
    /// What the service runs with, for what no route does.
    pub(crate) inner: Arc<App>,
    task: JoinHandle<Ended>,
    place: Place,
}

/// The place's keys, as a new process opens them.
async fn vault(place: &Place) -> Vault {
    let kek = |custodian: Custodian| {
        let path = place.dir.path().join(custodian.as_str());
        Arc::new(FileKek::open(path, custodian, Suites::standard()).unwrap())
    };
    let url = format!("sqlite:{}", place.dir.path().join("keys.db").display());
    let parts = vault::Parts {
        db: Db::open(&url, Options::default()).await.unwrap(),
        affairs: kek(Custodian::Affairs),
        identity: kek(Custodian::Identity),
        suites: Suites::standard(),
        clock: place.clock.clone(),
        journal: Some(place.dir.path().join("destroyed.journal")),
    };
    let store = KeyStore::open(parts).await.unwrap();
    Vault::open(Arc::new(store)).await.unwrap()
}

/// How a service ended.
pub(crate) struct Stopped {
    pub(crate) drained: bool,
    place: Place,
}

impl TestApp {
    pub(crate) fn builder() -> Builder {
        Builder {
            limits: Limits::default(),
            tls: None,
            database: None,
            certificates: None,
            webhook: None,
        }
    }

    pub(crate) async fn sqlite() -> Self {
        Self::builder().start().await
    }

    /// None, said aloud, where PostgreSQL is not installed.
    pub(crate) async fn postgres() -> Option<Self> {
        if let Err(why) = cluster::available() {
            println!("SKIPPED: service on PostgreSQL: {why}");
            return None;
        }
        let url = tokio::task::spawn_blocking(|| cluster::fresh_database().unwrap())
            .await
            .unwrap();
        Some(Self::builder().database(url).start().await)
    }

    async fn over(place: Place) -> Self {
        let db = Db::open(&place.url, Options::default()).await.unwrap();
        store::schema::migrate(&db).await.unwrap();
        let parts = Parts {
            db: db.clone(),
            vault: vault(&place).await,
            sources: place.standin.url(),
            clock: place.clock.clone(),
            ids: Ids::system(place.clock.clone()),
        };
        let log = log(&place, &db);
        let shutdown = Shutdown::new();
        let tokens = Tokens::load(place.dir.path().join("tokens.toml")).unwrap();
        let world = wiring::live(parts).unwrap();
        let mut app = App::new(world, tokens, place.limits.clone(), shutdown.clone())
            .unwrap()
            .secure(place.tls.is_some());
        let key = AccessKey::load(place.dir.path().join("access.key")).unwrap();
        app = app.with_access(Access::new(db.clone(), place.clock.clone(), key).unwrap());
        let map = place.dir.path().join("certificates.toml");
        if map.exists() {
            app = app.with_certificates(Certificates::load(map, place.clock.clone()).unwrap());
        }
        let app = Arc::new(app.knowing(vec![other_log().verifier().clone()]));
        app.door.look(&db).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self {
            address: listener.local_addr().unwrap(),
            population: Population::new(SEED),
            clock: place.clock.clone(),
            hand: place.hand.clone(),
            shutdown,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            db,
            inner: Arc::clone(&app),
            task: tokio::spawn(run::run_logged(app, listener, place.tls.clone(), Some(log))),
            place,
        }
    }

    /// Drains and says how it went.
    pub(crate) async fn stop(self) -> Stopped {
        self.shutdown.trigger();
        let ended = self.task.await.unwrap();
        self.db.close().await;
        Stopped {
            drained: ended == Ended::Drained,
            place: self.place,
        }
    }

    /// The same place, database and clock, in a new service.
    pub(crate) async fn restart(self) -> Self {
        Self::over(self.stop().await.place).await
    }

    /// Gives a person an account; answers their app's secret.
    pub(crate) async fn enrol(&self, name: &str, role: Role) -> Secret {
        let key = AccessKey::load(self.place.dir.path().join("access.key")).unwrap();
        let made = Credentials::make(&key, name, PASSWORD).unwrap();
        let secret = made.secret().clone();
        let by = By {
            actor: "admin".to_owned(),
            via: "test",
            at: self.clock.now_micros(),
        };
        self.db
            .write(move |tx| Box::pin(async move { auth::accounts::create(tx, made, role, &by).await }))
            .await
            .unwrap();
        secret
    }

    /// Disables an account.
    pub(crate) async fn bar(&self, name: &'static str) {
        let by = By {
            actor: "admin".to_owned(),
            via: "test",
            at: self.clock.now_micros(),
        };
        let barred = self
            .db
            .write(move |tx| Box::pin(async move { auth::accounts::disable(tx, name, &by).await }));
        barred.await.unwrap();
    }

    /// The code that an app shows now.
    pub(crate) fn code(&self, secret: &Secret) -> String {
        secret.code(self.clock.now_micros().div_euclid(PERIOD))
    }

    /// Signs in over HTTP.
    pub(crate) async fn try_in(&self, name: &str, password: &str, code: &str) -> Answer {
        let body = serde_json::json!({ "account": name, "password": password, "code": code });
        self.request("POST", "/v1/sessions")
            .json_text(&body.to_string())
            .send()
            .await
    }

    /// A person of this role who has just signed in: their session's token.
    pub(crate) async fn person(&self, name: &str, role: Role) -> String {
        let secret = self.enrol(name, role).await;
        let answer = self.try_in(name, PASSWORD, &self.code(&secret)).await.created();
        answer.json["token"].as_str().unwrap().to_owned()
    }

    /// A write under a session.
    pub(crate) async fn act(&self, session: &str, path: &str, body: &Value) -> Answer {
        self.request("POST", path)
            .bearer(session)
            .header("idempotency-key", &crate::path::fresh_key())
            .json_text(&body.to_string())
            .send()
            .await
    }

    /// The acts in the evidence log, by name.
    pub(crate) async fn acts(&self) -> Vec<String> {
        let sql = "SELECT act FROM evidence_leaves ORDER BY act";
        let rows: Result<Vec<db::Row>, db::DbError> = self
            .db
            .read(move |tx| Box::pin(async move { tx.many(sql, &[]).await }))
            .await;
        rows.unwrap()
            .iter()
            .map(|row| row.text(0).unwrap().to_owned())
            .collect()
    }

    pub(crate) fn token(&self, holder: &str) -> &str {
        &self.place.tokens[holder]
    }

    /// A token of this role that has ended.
    pub(crate) fn ended_token_of(&self, role: Role) -> &str {
        &self.place.ended[&role]
    }

    /// The file that says who may call.
    pub(crate) fn token_file(&self) -> std::path::PathBuf {
        self.place.dir.path().join("tokens.toml")
    }

    pub(crate) fn token_of(&self, role: Role) -> &str {
        let (holder, _) = HOLDERS.iter().find(|(_, of)| *of == role).unwrap();
        self.token(holder)
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        let url = format!("http://{}{path}", self.address);
        Request {
            builder: self.http.request(method.parse().unwrap(), url),
            method: method.to_owned(),
            path: path.to_owned(),
        }
    }

    /// A write with a new key.
    pub(crate) async fn write(&self, holder: &str, path: &str, body: &Value) -> Answer {
        self.write_as(holder, path, &crate::path::fresh_key(), body).await
    }

    /// A write with this key.
    pub(crate) async fn write_as(&self, holder: &str, path: &str, key: &str, body: &Value) -> Answer {
        self.request("POST", path)
            .bearer(self.token(holder))
            .header("idempotency-key", key)
            .json_text(&body.to_string())
            .send()
            .await
    }

    pub(crate) async fn read(&self, holder: &str, path: &str) -> Answer {
        self.request("GET", path).bearer(self.token(holder)).send().await
    }

    /// A read without credentials.
    pub(crate) async fn probe(&self, path: &str) -> Answer {
        self.request("GET", path).send().await
    }

    /// The figures, once every one of them was sampled.
    pub(crate) async fn figures_after_a_sample(&self) -> String {
        for _ in 0..200 {
            let text = self.probe("/metrics").await.ok_text();
            if !text.contains("NaN") && text.contains("financing_intake_state") {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no sample in 10 s");
    }

    /// The ledger entry about a repayment.
    pub(crate) async fn entry_about(&self, repayment: &str) -> String {
        let repayment = repayment.to_owned();
        let row = self
            .db
            .read(move |tx| {
                Box::pin(async move {
                    let sql = "SELECT id FROM entries WHERE reference = $1";
                    tx.one(sql, &[(&repayment).into()]).await
                })
            })
            .await;
        let row: Result<Option<db::Row>, db::DbError> = row;
        row.unwrap().unwrap().text(0).unwrap().to_owned()
    }

    /// What the query's first column says, as a number.
    pub(crate) async fn count(&self, sql: &'static str, of: &str) -> i64 {
        let row = self.db.one(sql, &[of.into()]).await.unwrap();
        row.unwrap().int(0).unwrap()
    }

    /// The database's address.
    pub(crate) fn database(&self) -> &str {
        &self.place.url
    }

    /// The file that checkpoints are added to.
    pub(crate) fn anchor_file(&self) -> std::path::PathBuf {
        self.place.dir.path().join("anchors.jsonl")
    }

    /// The evidence log's public key.
    pub(crate) fn evidence_key(&self) -> evidence::Verifier {
        let text = fs::read_to_string(self.place.dir.path().join("evidence.pub")).unwrap();
        evidence::Verifier::parse(&text).unwrap()
    }

    /// Payments at the core bank: how many, and their sum in fen.
    pub(crate) async fn money_moved(&self) -> (u64, i64) {
        self.place.standin.money_moved().await
    }

    /// Makes a source, or `core`, fail every call.
    pub(crate) async fn fail(&self, target: &str) {
        self.place.standin.fail(target).await;
    }

    /// Makes a source answer late.
    pub(crate) async fn slow(&self, target: &str, latency_ms: u64) {
        self.place.standin.slow(target, latency_ms).await;
    }

    /// Changes the database behind the service's back.
    pub(crate) async fn change(&self, sql: &'static str) {
        let changed = self
            .db
            .write::<_, db::DbError, _>(move |tx| Box::pin(async move { tx.exec(sql, &[]).await }));
        changed.await.unwrap();
    }

    /// One number of a question to the database.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        self.db.one(sql, &[]).await.unwrap().unwrap().int(0).unwrap()
    }

    /// Makes it answer again.
    pub(crate) async fn mend(&self, target: &str) {
        self.place.standin.mend(target).await;
    }

    /// Questions that the outside sources were asked.
    pub(crate) async fn pulls(&self) -> u64 {
        self.place.standin.pulls().await
    }
}

/// The evidence log of this place.
fn log(place: &Place, db: &Db) -> EvidenceLog {
    let signer = evidence::key_file::load(FINANCING, &place.dir.path().join("evidence.key")).unwrap();
    let anchors = AnchorFile::open(&place.dir.path().join("anchors.jsonl"), signer.verifier()).unwrap();
    let webhook = place.webhook.iter();
    EvidenceLog {
        sequencer: Sequencer::new(db.clone(), signer, Some(anchors), place.clock.clone()),
        receivers: webhook
            .map(|url| Receiver::webhook("webhook-1".to_owned(), url).unwrap())
            .collect(),
    }
}

/// The log of the other plane, which this service knows.
pub(crate) fn other_log() -> Signer {
    Signer::new(evidence::CONTROL, &[9; 32]).unwrap()
}

/// Mints a token for each holder and writes the file of their hashes.
fn mint(dir: &TempDir) -> (BTreeMap<&'static str, String>, HashMap<Role, String>) {
    let mut file = String::new();
    let mut tokens = BTreeMap::new();
    let mut ended = HashMap::new();
    for (name, role) in HOLDERS {
        let (token, sha256) = auth::mint().unwrap();
        file.push_str(&format!(
            "[[token]]\nname = \"{name}\"\nrole = \"{role}\"\nsha256 = \"{sha256}\"\n"
        ));
        tokens.insert(*name, token);
    }
    for role in Role::ALL {
        let (token, sha256) = auth::mint().unwrap();
        file.push_str(&format!(
            "[[token]]\nname = \"ended-{role}\"\nrole = \"{role}\"\nsha256 = \"{sha256}\"\n\
             not_after = \"{ENDED}\"\n"
        ));
        ended.insert(*role, token);
    }
    let path = dir.path().join("tokens.toml");
    fs::write(&path, file).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    (tokens, ended)
}

/// A request under construction.
pub(crate) struct Request {
    builder: reqwest::RequestBuilder,
    method: String,
    path: String,
}

impl Request {
    pub(crate) fn bearer(self, token: &str) -> Self {
        let builder = self.builder.bearer_auth(token);
        Self { builder, ..self }
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        let builder = self.builder.header(name, value);
        Self { builder, ..self }
    }

    pub(crate) fn json_text(self, body: &str) -> Self {
        self.header("content-type", "application/json").body(body)
    }

    pub(crate) fn body(self, body: &str) -> Self {
        let builder = self.builder.body(body.to_owned());
        Self { builder, ..self }
    }

    pub(crate) async fn send(self) -> Answer {
        let response = self.builder.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        let kind = headers
            .get("content-type")
            .map_or("", |kind| kind.to_str().unwrap());
        if let Err(why) = schema::conforms(&self.method, &self.path, status, kind, &json) {
            panic!("{why}");
        }
        Answer {
            status,
            replayed: headers.contains_key("idempotency-replayed"),
            json,
            headers,
            text,
        }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) replayed: bool,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl Answer {
    #[track_caller]
    pub(crate) fn created(self) -> Self {
        assert_eq!(self.status, 201, "{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, 200, "{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert!((200..300).contains(&self.status), "{}", self.text);
        self
    }

    #[track_caller]
    pub(crate) fn ok_text(self) -> String {
        self.ok().text
    }

    #[track_caller]
    pub(crate) fn id(&self) -> String {
        self.json["id"]
            .as_str()
            .unwrap_or_else(|| panic!("no id: {}", self.text))
            .to_owned()
    }

    /// Status and code of a problem.
    #[track_caller]
    pub(crate) fn problem(&self) -> (u16, &str) {
        (
            self.status,
            self.json["code"]
                .as_str()
                .unwrap_or_else(|| panic!("no problem: {}", self.text)),
        )
    }
}
