//! A database with accounts, a clock that stands, and the apps of its people.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use auth::totp::{PERIOD, Secret};
use auth::{
    Access, AccessKey, AccountError, Begun, By, Credentials, Kind, Principal, Role, SignIn, SignInError,
};
use base::clock::{Clock, ManualClock};
use db::{Db, DbError, Options, Row, Tx};
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const DESK: &str = "192.0.2.1";
pub(crate) const ELSEWHERE: &str = "198.51.100.7";

pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) access: Arc<Access>,
    /// A second instance over the same database and key.
    pub(crate) other: Arc<Access>,
    pub(crate) clock: Clock,
    pub(crate) hand: ManualClock,
    key: AccessKey,
    apps: Mutex<BTreeMap<String, Secret>>,
    _folder: TempDir,
}

impl World {
    pub(crate) async fn sqlite() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("access.db").display());
        Some(Self::over(&url, folder).await)
    }

    /// None, said aloud, where PostgreSQL is not installed.
    pub(crate) async fn postgres() -> Option<Self> {
        if let Err(why) = cluster::available() {
            println!("SKIPPED: access on PostgreSQL: {why}");
            return None;
        }
        let url = tokio::task::spawn_blocking(|| cluster::fresh_database().unwrap())
            .await
            .unwrap();
        Some(Self::over(&url, tempfile::tempdir().unwrap()).await)
    }

    async fn over(url: &str, folder: TempDir) -> Self {
        let db = Db::open(url, Options::default()).await.unwrap();
        db::migrate(&db, &[evidence::MIGRATION, auth::MIGRATION])
            .await
            .unwrap();
        let path = folder.path().join("access.key");
        auth::create_access_key(&path).unwrap();
        let (clock, hand) = Clock::manual("2026-03-02T02:00:00Z".parse().unwrap());
        let instance = || {
            let key = AccessKey::load(&path).unwrap();
            Arc::new(Access::new(db.clone(), clock.clone(), key).unwrap())
        };
        Self {
            access: instance(),
            other: instance(),
            key: AccessKey::load(&path).unwrap(),
            db,
            clock,
            hand,
            apps: Mutex::default(),
            _folder: folder,
        }
    }

    pub(crate) fn by(&self, actor: &str) -> By {
        By {
            actor: actor.to_owned(),
            via: "test",
            at: self.clock.now_micros(),
        }
    }

    fn credentials(&self, name: &str) -> Credentials {
        let made = Credentials::make(&self.key, name, PASSWORD).unwrap();
        self.apps
            .lock()
            .unwrap()
            .insert(name.to_owned(), made.secret().clone());
        made
    }

    pub(crate) async fn account(&self, name: &str, role: Role) {
        let (made, by) = (self.credentials(name), self.by("admin"));
        self.act(move |tx| Box::pin(async move { auth::accounts::create(tx, made, role, &by).await }))
            .await
            .unwrap();
    }

    pub(crate) async fn reset(&self, name: &str) -> u64 {
        let (made, by) = (self.credentials(name), self.by("admin"));
        self.act(move |tx| Box::pin(async move { auth::accounts::reset(tx, made, &by).await }))
            .await
            .unwrap()
    }

    pub(crate) async fn disable(&self, name: &'static str) -> Result<u64, AccountError> {
        let by = self.by("admin");
        self.act(move |tx| Box::pin(async move { auth::accounts::disable(tx, name, &by).await }))
            .await
    }

    pub(crate) async fn act<T, E, F>(&self, job: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> db::Job<'t, T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.db.write(job).await
    }

    /// The code that the person's app shows now.
    pub(crate) fn code(&self, name: &str) -> String {
        self.apps.lock().unwrap()[name].code(self.clock.now_micros().div_euclid(PERIOD))
    }

    /// Waits for the app's next code.
    pub(crate) fn next_code(&self) {
        self.hand.advance_micros(PERIOD);
    }

    pub(crate) async fn try_in(
        &self,
        name: &str,
        password: &str,
        code: &str,
        from: &str,
    ) -> Result<Begun, SignInError> {
        let asked = SignIn {
            account: name.to_owned(),
            password: password.to_owned().into(),
            code: code.to_owned(),
            source: Some(from.parse::<IpAddr>().unwrap()),
        };
        self.access.sign_in(asked).await
    }

    /// Signs in as its person does.
    pub(crate) async fn sign_in(&self, name: &str, from: &str) -> Result<Begun, SignInError> {
        let code = self.code(name);
        self.try_in(name, PASSWORD, &code, from).await
    }

    pub(crate) async fn token(&self, name: &str) -> String {
        self.next_code();
        self.sign_in(name, DESK).await.unwrap().token.to_string()
    }

    pub(crate) async fn is_live(&self, token: &str) -> bool {
        let here = self.access.session(token).await.unwrap();
        let there = self.other.session(token).await.unwrap();
        assert_eq!(here, there, "every instance knows the same");
        here.is_some()
    }

    /// The acts that left evidence, by name.
    pub(crate) async fn acts(&self) -> Vec<String> {
        let rows = self.rows("SELECT act FROM evidence_leaves ORDER BY act").await;
        rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect()
    }

    pub(crate) async fn rows(&self, sql: &'static str) -> Vec<Row> {
        let rows: Result<Vec<Row>, DbError> = self
            .db
            .read(move |tx| Box::pin(async move { tx.many(sql, &[]).await }))
            .await;
        rows.unwrap()
    }

    pub(crate) async fn run(&self, sql: &'static str) -> u64 {
        let done: Result<u64, DbError> = self
            .act(move |tx| Box::pin(async move { tx.exec(sql, &[]).await }))
            .await;
        done.unwrap()
    }
}

pub(crate) fn person(name: &str, role: Role) -> Principal {
    Principal {
        name: name.into(),
        role,
        kind: Kind::Person,
    }
}

/// Tells a story on both databases.
macro_rules! on_both {
    ($($story:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                if let Some(world) = crate::world::World::sqlite().await { super::$story(world).await; }
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                if let Some(world) = crate::world::World::postgres().await { super::$story(world).await; }
            })+
        }
    };
}
pub(crate) use on_both;
