//! The people of a rehearsal, each with an account, an app and sessions of their own: the two officers who
//! approve loans, and the two who reopen intake together.

use std::collections::BTreeMap;

use anyhow::Context as _;
use auth::totp::{PERIOD, Secret};
use base::clock::Clock;
use base::ids::Ids;
use client::access::{Execute, Judge, Propose, SignIn};
use client::http::{Client, Request};

use super::cast::Cast;

/// Somebody with an account of this rehearsal's service.
pub(super) struct Person {
    name: &'static str,
    password: String,
    app: Secret,
}

/// Both of them.
pub(super) struct Keepers([Person; 2]);

impl Keepers {
    /// Gives both an account, beside the running service.
    pub(super) async fn enrol(cast: &Cast, clock: &Clock) -> anyhow::Result<Self> {
        Ok(Self([
            Person::enrol(cast, clock, "keeper-1", "operator").await?,
            Person::enrol(cast, clock, "keeper-2", "commander").await?,
        ]))
    }

    /// Signs both in.
    pub(super) async fn sign_in(&self, service: &Client, clock: &Clock) -> anyhow::Result<[Client; 2]> {
        let [one, other] = &self.0;
        Ok([
            service.with_token(&one.sign_in(service, clock).await?)?,
            service.with_token(&other.sign_in(service, clock).await?)?,
        ])
    }
}

/// Two officers with accounts who have signed in: their sessions' tokens, for the load.
pub(super) async fn officers(cast: &Cast, service: &Client, clock: &Clock) -> anyhow::Result<[String; 2]> {
    let one = Person::enrol(cast, clock, "officer1", "officer").await?;
    let other = Person::enrol(cast, clock, "officer2", "officer").await?;
    Ok([
        one.sign_in(service, clock).await?,
        other.sign_in(service, clock).await?,
    ])
}

/// Who plans an exit.
pub(super) const PLANNER: &str = "planner-1";

/// The planner, signed in.
pub(super) async fn planner(cast: &Cast, service: &Client, clock: &Clock) -> anyhow::Result<Client> {
    let planner = Person::enrol(cast, clock, PLANNER, "exit_planner").await?;
    Ok(service.with_token(&planner.sign_in(service, clock).await?)?)
}

impl Person {
    async fn enrol(
        cast: &Cast,
        clock: &Clock,
        name: &'static str,
        role: &'static str,
    ) -> anyhow::Result<Self> {
        // 62 random bits, for as long as a rehearsal lasts.
        let password = Ids::system(clock.clone()).next().simple().to_string();
        let uri = cast.account(name, role, &password).await?;
        let app = Secret::from_uri(&uri).context("the new account came without its one-time secret")?;
        Ok(Self { name, password, app })
    }

    /// The token of a new session.
    async fn sign_in(&self, service: &Client, clock: &Clock) -> anyhow::Result<String> {
        let body = SignIn {
            account: self.name.to_owned(),
            password: self.password.clone(),
            code: self.app.code(clock.now_micros().div_euclid(PERIOD)),
            cookie: false,
        };
        let failed = || format!("{} failed to sign in", self.name);
        let session = service
            .send(&Request::sign_in(&body))
            .await
            .with_context(failed)?;
        session.body.token.with_context(failed)
    }
}

/// The first proposes to end this closing, the second agrees, and the first carries it out.
pub(super) async fn reopen([one, other]: &[Client; 2], epoch: i64, clock: &Clock) -> anyhow::Result<()> {
    let ids = Ids::system(clock.clone());
    let key = || ids.next().simple().to_string();
    let wanted = Propose {
        act: "intake.reopen".to_owned(),
        parameters: BTreeMap::from([("epoch".to_owned(), epoch.to_string())]),
    };
    let proposal = one.send(&Request::propose(&key(), &wanted)).await?.body;
    let digest = proposal.digest;
    let yes = Judge {
        digest: digest.clone(),
        approve: true,
        for_absent: None,
    };
    other.send(&Request::judge(&key(), &proposal.id, &yes)).await?;
    one.send(&Request::execute(&key(), &proposal.id, &Execute { digest }))
        .await?;
    Ok(())
}
