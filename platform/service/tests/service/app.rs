//! A service of its own for each test: its database, its stand-in sources, its
//! clock; driven over real HTTP on a loopback port.

mod behind;
mod exchange;
mod people;
mod restore;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use auth::{Access, AccessKey, Certificates, Role, Tokens};
use base::clock::{Clock, ManualClock};
use base::ids::Ids;
use base::shutdown::Shutdown;
use db::{Db, Options};
use evidence::{AnchorFile, FINANCING, Sequencer, Signer};
use logkeeper::{EvidenceLog, Receiver};
use population::Population;
use recovery::{Keeper, Opening};
use service::app::App;
use service::config::Limits;
use service::run::{self, Ended};
use service::wiring::{self, Parts};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use vault::suite::Suites;
use vault::{Custodian, FileKek, KeyStore, Vault};
use web::tls::Tls;

pub(crate) use exchange::{Answer, Request};
pub(crate) use people::PASSWORD;
pub(crate) use restore::Copy;

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

/// When the tokens that have ended did: the moment at which every test's clock starts.
const ENDED: &str = "2026-03-02T02:00:00Z";

/// How a test's service differs from the usual one.
pub(crate) struct Builder {
    limits: Limits,
    tls: Option<Tls>,
    database: Option<String>,
    certificates: Option<String>,
    webhook: Option<String>,
    plane: Option<(String, PathBuf)>,
    recovery: bool,
}

impl Builder {
    /// With a recovery journal.
    pub(crate) fn recovery(mut self) -> Self {
        self.recovery = true;
        self
    }

    /// The other plane, and the file of the token for it.
    pub(crate) fn plane(mut self, url: String, token: PathBuf) -> Self {
        self.plane = Some((url, token));
        self
    }

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
            plane: self.plane,
            recovery: self.recovery,
            officers: tokio::sync::Mutex::default(),
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
    plane: Option<(String, PathBuf)>,
    recovery: bool,
    tokens: BTreeMap<&'static str, String>,
    ended: HashMap<Role, String>,
    standin: Standin,
    /// Officers as people: their apps' secrets, sessions, and since when those are.
    officers: tokio::sync::Mutex<HashMap<String, (auth::totp::Secret, String, i64)>>,
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
            plane: None,
            recovery: false,
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
        if place.recovery {
            let journal = place.dir.path().join("recovery.jsonl");
            let opening = if journal.exists() {
                Opening::Continue
            } else {
                Opening::Begin
            };
            let keeper = Keeper::open(&journal, opening, db.clone(), place.clock.clone()).await;
            app = app.keeping(Some(keeper.unwrap()));
        }
        let map = place.dir.path().join("certificates.toml");
        if map.exists() {
            app = app.with_certificates(Certificates::load(map, place.clock.clone()).unwrap());
        }
        let app = Arc::new(app.knowing(vec![other_log().verifier().clone()]));
        app.door.look(&db).await.unwrap();
        if let Some(recovery) = &app.recovery {
            recovery.verify(0).await.unwrap();
            recovery.keep_up().await.unwrap();
            app.door.look(&db).await.unwrap();
        }
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
}

/// The evidence log of this place.
fn log(place: &Place, db: &Db) -> EvidenceLog {
    let signer = evidence::key_file::load(FINANCING, &place.dir.path().join("evidence.key")).unwrap();
    let anchors = AnchorFile::open(&place.dir.path().join("anchors.jsonl"), signer.verifier()).unwrap();
    let webhook = place.webhook.iter();
    let webhook = webhook.map(|url| Receiver::webhook("webhook-1".to_owned(), url).unwrap());
    let plane = place.plane.iter();
    let plane = plane.map(|(url, token)| Receiver::plane(url, token).unwrap());
    EvidenceLog {
        sequencer: Sequencer::new(db.clone(), signer, Some(anchors), place.clock.clone()),
        receivers: webhook.chain(plane).collect(),
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
