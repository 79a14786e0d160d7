//! People with accounts, their apps and their sessions.

use auth::totp::{PERIOD, Secret};
use auth::{AccessKey, By, Credentials, Role};
use serde_json::{Value, json};

use super::{Answer, TestApp};

/// The password of everybody in tests.
pub(crate) const PASSWORD: &str = "correct horse battery";

impl TestApp {
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

    /// The session of an officer as a person; begun anew before it would be idle for too long.
    pub(crate) async fn officer(&self, name: &str) -> String {
        let mut officers = self.place.officers.lock().await;
        let now = self.clock.now_micros();
        let secret = match officers.get(name) {
            Some((_, session, since)) if now - since < auth::sessions::IDLE / 2 => return session.clone(),
            Some((secret, ..)) => secret.clone(),
            None => self.enrol(name, Role::Officer).await,
        };
        let answer = self.try_in(name, PASSWORD, &self.code(&secret)).await.created();
        let session = answer.json["token"].as_str().unwrap().to_owned();
        officers.insert(name.to_owned(), (secret, session.clone(), now));
        session
    }

    /// The sessions of two persons who may reopen intake together.
    pub(crate) async fn keepers(&self) -> [String; 2] {
        [
            self.person("keeper-1", Role::Operator).await,
            self.person("keeper-2", Role::Commander).await,
        ]
    }

    /// Two persons reopen intake.
    pub(crate) async fn reopen(&self) -> Answer {
        let keepers = self.keepers().await;
        self.reopen_by(&keepers).await
    }

    /// They reopen what is closed for everything.
    pub(crate) async fn reopen_by(&self, keepers: &[String; 2]) -> Answer {
        let epoch = self.read("auditor", "/v1/intake").await.ok().json["epoch"].to_string();
        self.reopen_at(keepers, &epoch).await
    }

    /// Two persons reopen what was closed at an epoch.
    pub(crate) async fn reopen_at(&self, keepers: &[String; 2], epoch: &str) -> Answer {
        let wanted = json!({ "act": "intake.reopen", "parameters": { "epoch": epoch } });
        self.agree(keepers, &wanted).await
    }

    /// The first proposes an act, the second agrees, and the first carries it out.
    pub(crate) async fn agree(&self, [one, other]: &[String; 2], wanted: &Value) -> Answer {
        let proposal = self.act(one, "/v1/proposals", wanted).await.created();
        let (id, digest) = (proposal.id(), proposal.json["digest"].clone());
        let yes = json!({ "digest": digest, "approve": true });
        self.act(other, &format!("/v1/proposals/{id}/verdicts"), &yes)
            .await
            .ok();
        let what = json!({ "digest": digest });
        self.act(one, &format!("/v1/proposals/{id}/execution"), &what)
            .await
    }

    /// A write under a session.
    pub(crate) async fn act(&self, session: &str, path: &str, body: &Value) -> Answer {
        self.act_under(session, &crate::path::fresh_key(), path, body)
            .await
    }

    /// The same under a key.
    pub(crate) async fn act_under(&self, session: &str, key: &str, path: &str, body: &Value) -> Answer {
        self.request("POST", path)
            .bearer(session)
            .header("idempotency-key", key)
            .json_text(&body.to_string())
            .send()
            .await
    }
}
