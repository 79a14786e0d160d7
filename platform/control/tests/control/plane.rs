//! A control plane on loopback.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use auth::{Role, Tokens};
use base::clock::Clock;
use base::shutdown::Shutdown;
use client::http::Client;
use control::App;
use control::run::Ended;
use db::{Db, Options};
use evidence::{AnchorFile, CONTROL, FINANCING, Sequencer, Signer, Verifier, key_file};
use logkeeper::EvidenceLog;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use web::Limits;

pub(crate) struct Plane {
    pub(crate) dir: TempDir,
    pub(crate) database: String,
    pub(crate) url: String,
    pub(crate) db: Db,
    tokens: HashMap<String, String>,
    ended: HashMap<Role, String>,
    shutdown: Shutdown,
    serving: JoinHandle<Ended>,
}

/// The log of the other plane, which this one knows.
pub(crate) fn other_log() -> Signer {
    Signer::new(FINANCING, &[7; 32]).unwrap()
}

impl Plane {
    pub(crate) async fn start() -> Self {
        Self::watching("").await
    }

    /// One that watches what a text of watch.toml says; nothing, if it is empty.
    pub(crate) async fn watching(config: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", dir.path().join("control.db").display());
        Self::over(dir, database, config).await
    }

    pub(crate) async fn on_postgres() -> Self {
        let database = cluster::fresh_database().unwrap();
        Self::over(tempfile::tempdir().unwrap(), database, "").await
    }

    async fn over(dir: TempDir, database: String, config: &str) -> Self {
        let at = |name: &str| dir.path().join(name);
        keys(dir.path());
        let tokens = serde_json::from_slice(&fs::read(at("tokens.json")).unwrap()).unwrap();
        let ended = ended(&at("tokens.toml"));
        let (url, db, shutdown, serving) = serve(dir.path(), &database, config).await;
        Self {
            dir,
            database,
            url,
            db,
            tokens,
            ended,
            shutdown,
            serving,
        }
    }

    pub(crate) fn token(&self, role: Role) -> &str {
        &self.tokens[role.as_str()]
    }

    /// One whose time is over.
    pub(crate) fn ended_token(&self, role: Role) -> &str {
        &self.ended[&role]
    }

    pub(crate) fn client(&self, role: Role) -> Client {
        Client::new(&self.url, self.token(role)).unwrap()
    }

    /// Acts as somebody whose token has this name.
    pub(crate) fn client_of(&self, name: &str) -> Client {
        Client::new(&self.url, &self.tokens[name]).unwrap()
    }

    /// How many leaves there are of an act.
    pub(crate) async fn leaves(&self, act: &str) -> i64 {
        let sql = "SELECT COUNT(*) FROM evidence_leaves WHERE act = $1 AND origin = 'backstop/control'";
        self.db
            .one(sql, &[act.into()])
            .await
            .unwrap()
            .unwrap()
            .int(0)
            .unwrap()
    }

    /// Waits until so many leaves stand under a checkpoint: a sequencer takes over after a second.
    pub(crate) async fn signed(&self, leaves: i64) {
        let sql = "SELECT COALESCE(MAX(size), 0) FROM evidence_checkpoints";
        for _ in 0..500 {
            if self.db.one(sql, &[]).await.unwrap().unwrap().int(0).unwrap() == leaves {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("no checkpoint over {leaves} leaves within 10 s");
    }

    /// Drains.
    pub(crate) async fn stop(self) -> TempDir {
        self.shutdown.trigger();
        assert_eq!(self.serving.await.unwrap(), Ended::Drained);
        self.db.close().await;
        self.dir
    }
}

/// Adds a token of each role to the file whose time is over.
fn ended(hashes: &Path) -> HashMap<Role, String> {
    let mut file = fs::OpenOptions::new().append(true).open(hashes).unwrap();
    let add = |role: &Role| {
        let (token, sha256) = auth::mint().unwrap();
        writeln!(
            file,
            "[[token]]\nname = \"ended-{role}\"\nrole = \"{role}\"\nsha256 = \"{sha256}\"\n\
             not_after = \"2026-01-01T00:00:00Z\"\n"
        )
        .unwrap();
        (*role, token)
    };
    Role::ALL.iter().map(add).collect()
}

/// Keys and tokens of a control plane.
pub(crate) fn keys(folder: &Path) {
    let at = |name: &str| folder.join(name);
    let holders = Role::ALL.iter().map(|role| (role.as_str(), *role));
    // A third person who may lead, for what takes two besides whoever began it.
    let deputy = ("deputy", Role::Commander);
    let holders: Vec<(&str, Role)> = holders.chain([deputy]).collect();
    auth::create_tokens(&holders, &at("tokens.toml"), &at("tokens.json")).unwrap();
    key_file::create(CONTROL, &at("evidence.key"), &at("evidence.pub")).unwrap();
}

/// Serves over a folder that has keys: its address, its store, how it is ended, and its end.
pub(crate) async fn serve(
    folder: &Path,
    database: &str,
    config: &str,
) -> (String, Db, Shutdown, JoinHandle<Ended>) {
    let at = |name: &str| folder.join(name);
    let db = Db::open(database, Options::default()).await.unwrap();
    control::schema::migrate(&db).await.unwrap();
    let (clock, shutdown) = (Clock::system(), Shutdown::new());
    let app = App::new(
        db.clone(),
        clock.clone(),
        Tokens::load(at("tokens.toml")).unwrap(),
        vec![Verifier::parse(&other_log().verifier().to_string()).unwrap()],
        Limits::default(),
        shutdown.clone(),
    );
    let watch = match config {
        "" => None,
        text => {
            let config = watch::Config::parse(text, folder).unwrap();
            let samples = at("samples");
            let opened = watch::Watch::open(db.clone(), config, Some(&samples), clock.clone());
            Some(opened.await.unwrap())
        }
    };
    let app = app.unwrap().watching(watch);
    let signer = key_file::load(CONTROL, &at("evidence.key")).unwrap();
    let anchors = AnchorFile::open(&at("anchors.jsonl"), signer.verifier()).unwrap();
    let log = EvidenceLog {
        sequencer: Sequencer::new(db.clone(), signer, Some(anchors), clock),
        receivers: Vec::new(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(control::run::run(Arc::new(app), listener, None, log));
    (url, db, shutdown, serving)
}
