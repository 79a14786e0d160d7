//! Persons with accounts and apps, and what two of them do together.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use auth::totp::{PERIOD, Secret};
use base::clock::Clock;
use client::access::{Execute, Judge, Propose, SignIn};
use client::http::{Client, Request};

use crate::binaries::shipped;
use crate::place::Place;

/// Of everybody.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A person with an account.
pub(crate) struct Person {
    name: String,
    app: Secret,
}

impl Person {
    /// Gives somebody an account, beside a service if one runs.
    pub(crate) fn enrol(place: &Place, name: &str, role: &str) -> Self {
        Self::enrol_in(&place.url, &place.path("etc/access.key"), name, role)
    }

    /// The same, in a database, with the key that seals accounts' secrets.
    pub(crate) fn enrol_in(database: &str, key: &Path, name: &str, role: &str) -> Self {
        let access = format!("--access-key={}", key.display());
        let mut child = Command::new(shipped("financing"))
            .args(["account", "--database", database, "add", name])
            .args(["--role", role, &access])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
        let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        let uri = said.lines().find(|line| line.starts_with("otpauth://")).unwrap();
        Self {
            name: name.to_owned(),
            app: Secret::from_uri(uri).unwrap(),
        }
    }

    /// The code that their app shows now; each works once.
    pub(crate) fn code(&self) -> String {
        self.code_in(0)
    }

    /// The code of so many seconds ahead.
    fn code_in(&self, ahead: i64) -> String {
        let at = Clock::system().now_micros() + ahead * 1_000_000;
        self.app.code(at.div_euclid(PERIOD))
    }

    /// Signs in.
    pub(crate) async fn sign_in(&self, service: &Client) -> Client {
        service.with_token(&self.session(service, 0).await).unwrap()
    }

    /// Signs in at a service whose clock is so many seconds ahead; the session's token.
    pub(crate) async fn session(&self, service: &Client, ahead: i64) -> String {
        let body = SignIn {
            account: self.name.clone(),
            password: PASSWORD.to_owned(),
            code: self.code_in(ahead),
            cookie: false,
        };
        let session = service.send(&Request::sign_in(&body)).await.unwrap().body;
        session.token.unwrap()
    }
}

/// Two who were not there before sign in.
pub(crate) async fn keepers(place: &Place, base: &str) -> [Client; 2] {
    let service = place.client(base, "operator");
    [
        Person::enrol(place, "keeper-1", "operator")
            .sign_in(&service)
            .await,
        Person::enrol(place, "keeper-2", "commander")
            .sign_in(&service)
            .await,
    ]
}

/// One proposes to end the closing of an epoch, the other agrees, and the first carries it out.
pub(crate) async fn reopen([one, other]: &[Client; 2], epoch: i64) {
    let wanted = Propose {
        act: "intake.reopen".to_owned(),
        parameters: BTreeMap::from([("epoch".to_owned(), epoch.to_string())]),
    };
    let key = |step| format!("reopen-{epoch}-{step}");
    let proposal = one
        .send(&Request::propose(&key("asked"), &wanted))
        .await
        .unwrap()
        .body;
    let digest = proposal.digest;
    let yes = Judge {
        digest: digest.clone(),
        approve: true,
        for_absent: None,
    };
    let agreed = Request::judge(&key("agreed"), &proposal.id, &yes);
    other.send(&agreed).await.unwrap();
    let done = Request::execute(&key("done"), &proposal.id, &Execute { digest });
    one.send(&done).await.unwrap();
}
