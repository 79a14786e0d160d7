//! What the vault costs: enterprises registered and applying, a new one each time, under one suite.
//!
//! `cargo run --release -p lending --example vault_cost -- FOLDER SUITE SECONDS [CLIENTS]` with the suite
//! `aes-256-gcm`, `sm4-gcm` or `null`. Each pair of requests is a new subject with fresh keys and a
//! blind index, 13 sealed fields (14 with a guarantor) of which five are sealed twice, one consent, and two
//! acknowledged commits on SQLite. There is no HTTP in it, which would hide a part of the cost. Prints one
//! JSON object.
//!
//! The null suite is defined here and nowhere else, so no other executable can name it: same build, same
//! code, same bytes stored, but nothing is encrypted.

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use auth::Role;
use base::clock::Clock;
use base::ids::Ids;
use client::applications::Apply;
use client::firms::{GiveConsent, RegisterFirm};
use db::{Db, Options};
use domain::calendar::Calendar;
use domain::lane::Live;
use lending::{Call, World};
use population::Population;
use sources::{CoreBanking, Settings, Sources};
use vault::suite::{Cipher, KeyedDigest, NONCE, NotAuthentic, Suite, Suites, TAG};
use vault::{Custodian, FileKek, KeyStore, Parts, Vault};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Copies what it should encrypt.
struct Null;

impl Suite for Null {
    fn number(&self) -> u8 {
        255
    }

    fn name(&self) -> &'static str {
        "null"
    }

    fn key_length(&self) -> usize {
        32
    }

    fn cipher(&self, _: &[u8]) -> Option<Box<dyn Cipher>> {
        Some(Box::new(Self))
    }

    fn digest(&self, _: &[u8]) -> Option<Box<dyn KeyedDigest>> {
        Some(Box::new(Self))
    }
}

impl Cipher for Null {
    fn seal(&self, _: &[u8; NONCE], _: &[u8], _: &mut [u8]) -> [u8; TAG] {
        [0; TAG]
    }

    fn open(&self, _: &[u8; NONCE], _: &[u8], _: &mut [u8], _: &[u8; TAG]) -> Result<(), NotAuthentic> {
        Ok(())
    }
}

impl KeyedDigest for Null {
    /// As long as a digest, and unequal for unequal values: the unique index needs that much.
    fn of(&self, parts: &[&[u8]]) -> Vec<u8> {
        let mut bytes = parts.concat();
        bytes.reverse();
        bytes.resize(32, 0);
        bytes
    }
}

/// Nothing listens there: no source is asked.
const NOWHERE: &str = "http://127.0.0.1:9";

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "FOLDER SUITE SECONDS [CLIENTS]";
    let folder = arguments.next().ok_or(usage)?;
    let suite = arguments.next().ok_or(usage)?;
    let seconds: u64 = arguments.next().ok_or(usage)?.parse()?;
    let clients: u64 = arguments.next().map_or(Ok(16), |text| text.parse())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(
        Path::new(&folder),
        &suite,
        Duration::from_secs(seconds),
        clients,
    ))
}

async fn world(folder: &Path, suite: &str) -> Outcome<World<Live>> {
    std::fs::create_dir_all(folder)?;
    let suites = Suites::standard().with(Arc::new(Null));
    let chosen = suites.by_name(suite).ok_or("aes-256-gcm, sm4-gcm or null")?;
    let url = |name: &str| format!("sqlite:{}", folder.join(name).display());
    let db = Db::open(&url("financing.db"), Options::default()).await?;
    store::schema::migrate(&db).await?;
    let kek = |custodian| FileKek::ephemeral(custodian, Arc::clone(&chosen)).map(Arc::new);
    let clock = Clock::system();
    let parts = Parts {
        db: Db::open(&url("keys.db"), Options::default()).await?,
        affairs: kek(Custodian::Affairs)?,
        identity: kek(Custodian::Identity)?,
        suites,
        clock: clock.clone(),
        journal: None,
    };
    Ok(World {
        db,
        vault: Vault::open(Arc::new(KeyStore::open(parts).await?)).await?,
        sources: Arc::new(Sources::new(NOWHERE, Settings::default())?),
        core: Arc::new(CoreBanking::new(NOWHERE)?),
        notices: None,
        ids: Ids::system(clock.clone()),
        clock,
        calendar: Arc::new(Calendar::shipped()),
        policy: Arc::new(decision::policy::Policy::shipped()),
        answers_kept: lending::ANSWERS_KEPT,
        wake: Arc::default(),
        outside: None,
        lane: Live,
    })
}

async fn measure(folder: &Path, suite: &str, time: Duration, clients: u64) -> Outcome<()> {
    let world = world(folder, suite).await?;
    let (done, began) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let mut running = tokio::task::JoinSet::new();
    for client in 0..clients {
        let (world, done) = (world.clone(), Arc::clone(&done));
        running.spawn(async move {
            let population = Population::new(1);
            for turn in 0.. {
                if began.elapsed() >= time {
                    break;
                }
                newcomer(&world, &population, turn * clients + client).await?;
                done.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<(), Box<dyn Error + Send + Sync>>(())
        });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    let (done, seconds) = (done.load(Ordering::Relaxed), began.elapsed().as_secs_f64());
    writeln!(
        std::io::stdout(),
        "{}",
        serde_json::json!({ "suite": suite, "newcomers": done, "seconds": seconds })
    )?;
    Ok(())
}

/// Registers the n-th firm and applies for it.
async fn newcomer(world: &World<Live>, population: &Population, n: u64) -> Outcome<()> {
    let firm = population.firm(n);
    let register = RegisterFirm {
        credit_code: firm.credit_code.clone(),
        name: firm.name,
        region: firm.region.clone(),
        industry: firm.industry,
        contact: firm.contact.clone(),
        contact_id: firm.contact_id.clone(),
        phone: firm.phone.clone(),
        account: firm.account,
    };
    let registered = lending::register_firm(world, call(n, "POST /v1/firms"), register).await?;
    let registered: client::firms::Firm = serde_json::from_str(&registered.json)?;
    let apply = Apply {
        firm_id: registered.id,
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
        address: "测试路1号".to_owned(),
        turnover: firm.invoices.issued_12m,
        tax_number: firm.credit_code,
        guarantor: None,
        consents: vec![GiveConsent {
            source: "tax".to_owned(),
            purpose: "pre_approval".to_owned(),
            days: 365,
        }],
    };
    lending::apply(world, call(n, "POST /v1/applications"), apply).await?;
    Ok(())
}

fn call(n: u64, route: &'static str) -> Call {
    Call {
        principal: "channel".to_owned(),
        role: Role::Channel,
        kind: auth::Kind::Service,
        key: format!("{route} {n}").replace(' ', "-"),
        route,
        digest: client::digest::request_digest("bench", &n.to_be_bytes()),
    }
}
