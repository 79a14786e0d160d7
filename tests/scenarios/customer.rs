//! What simulated enterprises and the bank's people ask for, step by step.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};

use client::applications::{Application, Apply, Report, Verdict};
use client::contracts::{Contract, Draw, RequestDraw};
use client::firms::{GiveConsent, RegisterFirm};
use client::http::Client;
use domain::product::Source;
use population::Population;

use crate::people::Person;
use crate::place::Place;
use crate::standin::SEED;

/// Firms that are asked before none of them having an offer counts as a fault.
const FIRMS: u64 = 200;

fn population() -> Population {
    Population::new(SEED.parse().unwrap())
}

/// What registers the n-th firm.
pub(crate) fn registration(n: u64) -> RegisterFirm {
    let firm = population().firm(n);
    RegisterFirm {
        credit_code: firm.credit_code,
        name: firm.name,
        region: firm.region,
        industry: firm.industry,
        contact: firm.contact,
        contact_id: firm.contact_id,
        phone: firm.phone,
        account: firm.account,
    }
}

/// What applies for it: 100,000 yuan over a year, with a consent to each source.
pub(crate) fn application(n: u64, firm_id: &str) -> Apply {
    let firm = population().firm(n);
    let consents = Source::ALL.iter().map(|source| GiveConsent {
        source: source.as_str().to_owned(),
        purpose: "pre_approval".to_owned(),
        days: 90,
    });
    Apply {
        firm_id: firm_id.to_owned(),
        product: "credit".to_owned(),
        channel: "app".to_owned(),
        region: firm.region,
        amount: 10_000_000,
        term_months: 12,
        method: "equal_instalment".to_owned(),
        use_of_funds: "采购原材料".to_owned(),
        applicant: firm.contact,
        applicant_id: firm.contact_id,
        phone: firm.phone,
        address: "福建省厦门市思明区测试路1号".to_owned(),
        turnover: firm.invoices.issued_12m,
        tax_number: firm.credit_code,
        guarantor: None,
        consents: consents.collect(),
    }
}

/// Everybody who talks to one service; each write has a key of its own.
pub(crate) struct People {
    pub(crate) channel: Client,
    pub(crate) operator: Client,
    /// Where officers get their accounts: database and key.
    accounts: (String, PathBuf),
    /// How many seconds the service's clock is ahead.
    pub(crate) ahead: AtomicI64,
    keys: std::cell::Cell<u64>,
}

impl People {
    pub(crate) fn of(place: &Place, base: &str) -> Self {
        Self {
            channel: place.client(base, "channel"),
            operator: place.client(base, "operator"),
            accounts: (place.url.clone(), place.path("etc/access.key")),
            ahead: AtomicI64::new(0),
            keys: std::cell::Cell::new(0),
        }
    }

    /// A key that nobody used.
    pub(crate) fn key(&self) -> String {
        self.keys.set(self.keys.get() + 1);
        format!("key-{}", self.keys.get())
    }

    /// Two officers who were not there before and have just signed in.
    pub(crate) async fn officers(&self) -> [Client; 2] {
        let (database, key) = &self.accounts;
        let (ahead, n) = (self.ahead.load(Ordering::Relaxed), self.key());
        let mut officers = Vec::new();
        for one in ["one", "other"] {
            let officer = Person::enrol_in(database, key, &format!("{one}-{n}"), "officer");
            let token = officer.session(&self.operator, ahead).await;
            officers.push(self.operator.with_token(&token).unwrap());
        }
        officers.try_into().unwrap()
    }

    /// Registers firms from the n-th on until one has an open offer; its number too.
    pub(crate) async fn offered(&self, first: u64) -> (u64, Application) {
        for n in first..first + FIRMS {
            let firm = self.channel.register_firm(&self.key(), &registration(n)).await;
            let applied = self
                .channel
                .apply(&self.key(), &application(n, &firm.unwrap().body.id))
                .await;
            let decided = self
                .channel
                .pre_approve(&self.key(), &applied.unwrap().body.id)
                .await;
            let decided = decided.unwrap().body;
            if decided.state == "pre_approved" {
                return (n, decided);
            }
        }
        panic!("none of {FIRMS} firms was offered anything");
    }

    /// From an open offer to a signed contract.
    pub(crate) async fn signed(&self, application: &str) -> Contract {
        let accepted = self.channel.accept(&self.key(), application).await.unwrap().body;
        let report = Report {
            finding: "satisfactory".to_owned(),
            text: "现场核实经营正常".to_owned(),
        };
        let task = accepted.task_id.unwrap();
        let officers = self.officers().await;
        officers[0].report(&self.key(), &task, &report).await.unwrap();
        let yes = Verdict {
            verdict: "approve".to_owned(),
            limit: None,
            rate_ppm: None,
        };
        for officer in &officers {
            officer.approve(&self.key(), application, &yes).await.unwrap();
        }
        self.channel.sign(&self.key(), application).await.unwrap().body
    }

    /// Draws, and waits until the money has moved.
    pub(crate) async fn drawn(&self, contract: &str, amount: i64) -> Draw {
        let asked = self
            .channel
            .request_draw(&self.key(), contract, &RequestDraw { amount })
            .await;
        self.paid(&asked.unwrap().body.id).await
    }

    /// Waits until a draw is paid.
    pub(crate) async fn paid(&self, draw: &str) -> Draw {
        for _ in 0..500 {
            let seen = self.channel.draw(draw).await.unwrap().body;
            if seen.state == "paid" {
                return seen;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("the draw was not paid in 10 s");
    }
}
