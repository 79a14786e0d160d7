//! A customer who owes nothing leaves: planned, approved by two others, purged through kills, and the rest goes on as
//! if it had never been there.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use db::{Db, DbError, Options};
use laws::verdict::Verdict;
use serde_json::Value;

use crate::binaries::shipped;
use crate::customer::People;
use crate::drill;
use crate::people::{PASSWORD, Person};
use crate::place::{self, Place, Store};
use crate::service::{Particular, Service};
use crate::standin::Standin;

/// Tables whose rows are a customer's, and with how many columns their key begins.
const TABLES: [&str; 14] = [
    "firms",
    "consents",
    "applications",
    "pulls",
    "decisions",
    "offers",
    "diligence_tasks",
    "approvals",
    "contracts",
    "draws",
    "loans",
    "instalments",
    "repayments",
    "outbox",
];

/// A run of `backstop exit`.
struct Told {
    code: Option<i32>,
    out: String,
    said: String,
}

impl Told {
    #[track_caller]
    fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.said);
        serde_json::from_str(&self.out).unwrap()
    }

    #[track_caller]
    fn refused(&self, code: i32, with: &str) {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.said);
        assert!(
            self.said.contains(with) || self.out.contains(with),
            "{}{}",
            self.out,
            self.said
        );
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(shipped("backstop"));
    command
        .arg("exit")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn exit(arguments: &[&str], typed: &str) -> Told {
    use std::io::Write as _;
    let mut child = command(arguments).spawn().unwrap();
    let _gone = child.stdin.take().unwrap().write_all(typed.as_bytes());
    told(child)
}

fn told(child: Child) -> Told {
    let output = child.wait_with_output().unwrap();
    Told {
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Rows of a table as texts.
async fn rows(db: &Db, sql: &str) -> Vec<String> {
    let sql = sql.to_owned();
    let rows: Result<Vec<db::Row>, DbError> = db
        .read(move |tx| Box::pin(async move { tx.many(&sql, &[]).await }))
        .await;
    rows.unwrap().iter().map(|row| format!("{row:?}")).collect()
}

/// Whose application it is.
async fn firm_of(place: &Place, application: &str) -> String {
    let db = Db::open(&place.url, Options::default()).await.unwrap();
    let sql = "SELECT firm_id FROM applications WHERE id = $1";
    let firm = db
        .one(sql, &[application.into()])
        .await
        .unwrap()
        .unwrap()
        .text(0)
        .unwrap()
        .to_owned();
    db.close().await;
    firm
}

/// Everything of other customers, by table.
async fn others(db: &Db, ids: &BTreeSet<String>) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for table in TABLES {
        let rows = rows(db, &format!("SELECT * FROM {table} ORDER BY 1, 2")).await;
        all.push(
            rows.into_iter()
                .filter(|row| !ids.iter().any(|id| row.contains(id.as_str())))
                .collect(),
        );
    }
    all
}

/// What may be in no file any more: ciphertexts, blind index, wrapped keys.
async fn blobs(url: &str, sql: &str) -> Vec<Vec<u8>> {
    let db = Db::open(url, Options::default()).await.unwrap();
    let sql = sql.to_owned();
    let rows: Result<Vec<db::Row>, DbError> = db
        .read(move |tx| Box::pin(async move { tx.many(&sql, &[]).await }))
        .await;
    let mut blobs = Vec::new();
    for row in rows.unwrap() {
        for at in 0..row.len() {
            if let Ok(Some(bytes)) = row.opt_bytes(at) {
                blobs.push(bytes.to_vec());
            }
        }
    }
    db.close().await;
    blobs
}

/// Files below these folders that hold one of these.
fn holders(folders: &[&Path], blobs: &[Vec<u8>]) -> Vec<String> {
    // One pass by their first bytes: a server's log has tens of megabytes.
    let mut by_head: HashMap<&[u8], Vec<&[u8]>> = HashMap::new();
    for blob in blobs {
        by_head.entry(&blob[..8]).or_default().push(blob);
    }
    let holds = |bytes: &[u8]| {
        (0..bytes.len().saturating_sub(8)).any(|at| {
            let wanted = by_head.get(&bytes[at..at + 8]);
            wanted.is_some_and(|wanted| wanted.iter().any(|blob| bytes[at..].starts_with(blob)))
        })
    };
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = folders.iter().map(|folder| folder.to_path_buf()).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(&path).is_ok_and(|bytes| holds(&bytes)) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

/// Runs it and kills it after more and more time, until it has come to its end by itself.
fn through_kills(arguments: &[&str]) -> u32 {
    for kills in 0..200 {
        let mut child = command(arguments).spawn().unwrap();
        let until = std::time::Instant::now() + Duration::from_millis(60 * u64::from(kills) + 15);
        while std::time::Instant::now() < until && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
        if child.try_wait().unwrap().is_some() {
            let told = told(child);
            assert_eq!(
                told.code,
                Some(0),
                "after {kills} kills: {}{}",
                told.out,
                told.said
            );
            return kills;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    panic!("it has not ended in 200 runs");
}

/// The program that shares no code with the purge.
struct Verifier<'p> {
    place: &'p Place,
    out: String,
}

impl<'p> Verifier<'p> {
    fn new(place: &'p Place, out: &str) -> Self {
        let out = place.path(out).display().to_string();
        Self { place, out }
    }

    fn secret(&self, name: &str) -> String {
        let folder = self.place.path("witnessed");
        std::fs::create_dir_all(&folder).unwrap();
        folder.join(name).display().to_string()
    }

    fn witness(&self, firms: &[&str]) {
        let (keys, store) = (
            self.place.path("etc").display().to_string(),
            self.place.key_store(),
        );
        let (out, secret) = (self.secret("witness"), self.secret("witness.key"));
        let mut words = vec![
            "witness",
            "--database",
            &self.place.url,
            "--keys",
            &keys,
            "--key-store",
            &store,
        ];
        words.extend(["--out", &out, "--secret", &secret]);
        words.extend(firms.iter().flat_map(|firm| ["--firm", firm]));
        exit(&words, "").refused(0, "witness");
    }

    /// Looks into the database, the key store and the service's log, certifies, and has the certificate looked at.
    fn finds_nothing(&self, archive_key: &str) {
        let of = |name: &str| format!("{}/{name}", self.out);
        let store = self.place.key_store();
        let (witness, secret) = (self.secret("witness"), self.secret("witness.key"));
        let server = self
            .place
            .cluster
            .as_ref()
            .map(|server| server.folder().display().to_string());
        let data = ["financing.db", "financing.db-wal", "financing.db-shm"].map(|name| self.place.path(name));
        let data = data
            .iter()
            .filter(|path| path.exists())
            .map(|path| path.display().to_string());
        let looked = [self.place.path("keys"), self.place.path("financing.log")]
            .map(|path| path.display().to_string());
        let files: Vec<String> = looked.into_iter().chain(server).chain(data).collect();
        let (record, archive, out) = (of("record.json"), of("archive.sealed"), of("verification.json"));
        let mut words = vec![
            "scan",
            "--witness",
            &witness,
            "--secret",
            &secret,
            "--database",
            &self.place.url,
        ];
        words.extend(["--key-store", &store, "--record", &record, "--archive", &archive]);
        words.extend(["--archive-key", archive_key, "--out", &out, "--end"]);
        words.extend(files.iter().flat_map(|file| ["--files", file.as_str()]));
        exit(&words, "").refused(0, "clean");
        let (private, public, certificate) = (
            self.secret("signing.key"),
            self.secret("signing.pub"),
            of("certificate.json"),
        );
        exit(&["key", "--private", &private, "--public", &public], "").refused(0, "");
        let certify = [
            "certify",
            "--record",
            &record,
            "--verification",
            &out,
            "--signing-key",
            &private,
            "--out",
            &certificate,
        ];
        exit(&certify, "").refused(0, "certified");
        for file in [certificate.clone(), of("certificate.html")] {
            let look = ["certificate", file.as_str(), "--public-key", &public];
            exit(&look, "").refused(0, "valid");
            // Another planner would be another story.
            let text = std::fs::read_to_string(&file).unwrap();
            assert!(text.contains("ada"));
            std::fs::write(&file, text.replace("ada", "eve")).unwrap();
            exit(&look, "").refused(3, "");
        }
    }
}

async fn leaves(store: Store) {
    let place = Place::new(store);
    let standin = Standin::start(&place);
    let journal = place.path("etc/recovery.jsonl");
    let binary = shipped("financing");
    let particular = Particular {
        journal: Some(journal),
        ..Particular::default()
    };
    let mut service = Service::of(&place, &standin, (&binary, ""), particular);
    let people = People::of(&place, &service.base);

    // One repays everything, one owes half, and those whom the rules declined have nothing open either.
    let (n, application) = people.offered(0).await;
    let contract = people.signed(&application.id).await;
    let draw = people.drawn(&contract.id, contract.limit).await;
    let loan = draw.loan_id.unwrap();
    people.channel.pay_off(&people.key(), &loan).await.unwrap();
    let (_, second) = people.offered(n + 1).await;
    let owed = people.signed(&second.id).await;
    people.drawn(&owed.id, owed.limit / 2).await;
    let (firm, debtor) = (
        firm_of(&place, &application.id).await,
        firm_of(&place, &second.id).await,
    );

    let path = |name: &str| place.path(name).display().to_string();
    let shipped_rules = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/exit/retention.toml");
    let rules = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../deploy/exit/retention-rehearsal.toml"
    );
    let (out, database) = (path("exit"), ["--database", place.url.as_str()]);
    let eligible = || {
        exit(
            &[&["eligible", "--with-loan", "--json"], &database[..]].concat(),
            "",
        )
    };
    for _ in 0..200 {
        if eligible().code == Some(0) {
            break;
        }
        // Notices go out first.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(eligible().json()["firms"], serde_json::json!([firm]));

    // What keeps somebody from leaving.
    let plan = |firm: &str, rules: &str, out: &str, more: &[&str]| {
        let of = [
            "plan",
            "--firm",
            firm,
            "--rules",
            rules,
            "--planner",
            "ada",
            "--out",
            out,
            "--json",
        ];
        exit(&[&of[..], &database, more].concat(), "")
    };
    plan(&debtor, rules, &path("debtor"), &[]).refused(4, "loans that are not settled");
    plan(&firm, shipped_rules, &path("unverified"), &[]).refused(6, "aml-identification");
    let holds = place.path("holds.toml");
    let hold = format!("format = \"backstop-holds/1\"\n[[hold]]\nid = \"H-1\"\nfirm = \"{firm}\"\n");
    std::fs::write(&holds, hold).unwrap();
    plan(&firm, rules, &path("held"), &["--holds", holds.to_str().unwrap()]).refused(4, "a legal hold");
    let planned = plan(&firm, rules, &out, &[]).json();
    assert_eq!(planned["plan"]["rehearsal"], true);
    assert_eq!(planned["plan"]["tables"]["firms"]["archived"], 1);
    let digest = planned["digest"].as_str().unwrap().to_owned();

    let base = service.base.clone();
    // Proposed by its planner, approved by two others and by nobody twice.
    let [ada, bob, cem] = [("ada", "exit_planner"), ("bob", "operator"), ("cem", "commander")]
        .map(|(name, role)| Person::enrol(&place, name, role));
    let plan_file = path("exit/plan.json");
    let propose = [
        "propose",
        "--plan",
        &plan_file,
        "--url",
        &base,
        "--account",
        "ada",
        "--json",
    ];
    let proposal = exit(&propose, &format!("{PASSWORD}\n{}\n", ada.code())).json();
    let id = proposal["id"].as_str().unwrap().to_owned();
    assert_eq!(proposal["parameters"]["plan"], digest.as_str());
    let binding = proposal["digest"].as_str().unwrap().to_owned();
    let approve = |name: &str, person: &Person| {
        let words = [
            "approve",
            &id,
            "--plan",
            &plan_file,
            "--digest",
            &binding,
            "--url",
            &base,
            "--account",
            name,
        ];
        exit(&words, &format!("{PASSWORD}\n{}\n", person.code()))
    };
    approve("bob", &bob).refused(1, "waiting");
    let archive_key = place.dir.path().join("usb");
    std::fs::create_dir(&archive_key).unwrap();
    let archive_key = archive_key.join("exit.key").display().to_string();
    let (keys, key_store) = (path("etc"), place.key_store());
    let run = [
        "run",
        "--plan",
        &plan_file,
        "--proposal",
        &id,
        "--rules",
        rules,
        "--keys",
        &keys,
        "--key-store",
        &key_store,
        "--archive-key",
        &archive_key,
        "--actor",
        "ada",
        "--database",
        &place.url,
        "--yes",
    ];
    exit(&run, "").refused(6, "nobody else may");
    // A plan that one person besides its planner has approved is not carried out, and nothing has happened then.
    assert!(
        service.process.terminate().success(),
        "{}",
        service.process.said()
    );
    exit(&run, "").refused(1, "begin");
    service.again(&place);
    approve("cem", &cem).refused(0, "approved");
    assert!(
        service.process.terminate().success(),
        "{}",
        service.process.said()
    );

    // What is there before.
    let db = Db::open(&place.url, Options::default()).await.unwrap();
    let mut ids = BTreeSet::from([firm.clone()]);
    for table in ["applications", "consents", "contracts", "draws", "loans"] {
        for row in rows(&db, &format!("SELECT id FROM {table} WHERE firm_id = '{firm}'")).await {
            ids.extend(row.split('"').nth(1).map(str::to_owned));
        }
    }
    let mut row_ids = Vec::new();
    for table in ["pulls", "decisions", "offers", "diligence_tasks"] {
        let sql = format!(
            "SELECT id FROM {table} WHERE application_id = '{}'",
            application.id
        );
        row_ids.extend(
            rows(&db, &sql)
                .await
                .iter()
                .filter_map(|row| row.split('"').nth(1).map(str::to_owned)),
        );
    }
    ids.extend(row_ids);
    for row in rows(
        &db,
        &format!("SELECT id FROM repayments WHERE loan_id = '{loan}'"),
    )
    .await
    {
        ids.extend(row.split('"').nth(1).map(str::to_owned));
    }
    let ledger = rows(&db, "SELECT * FROM postings ORDER BY 1, 2").await;
    let before = others(&db, &ids).await;
    db.close().await;
    let mut gone = blobs(&place.url, &format!("SELECT * FROM firms WHERE id = '{firm}'")).await;
    gone.extend(
        blobs(
            &place.url,
            &format!("SELECT * FROM applications WHERE firm_id = '{firm}'"),
        )
        .await,
    );
    let subject = firm.trim_start_matches("frm_");
    gone.extend(
        blobs(
            &key_store,
            &format!("SELECT * FROM vault_keys WHERE subject = '{subject}'"),
        )
        .await,
    );
    assert!(gone.len() > 15, "{}", gone.len());
    let server = place.cluster.as_ref().map(cluster::Cluster::folder);
    let everywhere: Vec<&Path> = [Some(place.dir.path()), server].into_iter().flatten().collect();
    assert!(
        !holders(&everywhere, &gone).is_empty(),
        "the search finds what is there"
    );

    let verifier = Verifier::new(&place, "exit");
    verifier.witness(&[&firm]);
    let kills = through_kills(&run);
    println!("{store:?}: ended after {kills} kills");
    exit(&run, "").refused(0, "done");
    let status = exit(
        &[&["status", "--plan", &plan_file, "--json"], &database[..]].concat(),
        "",
    )
    .json();
    assert!(status["begun"]["finished_at"].is_i64(), "{status}");
    let record: Value =
        serde_json::from_slice(&std::fs::read(place.path("exit/record.json")).unwrap()).unwrap();
    for (table, line) in planned["plan"]["tables"].as_object().unwrap() {
        let tables = record["tables"].as_array().unwrap();
        let recorded = tables.iter().find(|one| one["table"] == table.as_str()).unwrap();
        assert_eq!(
            (&recorded["archived"], &recorded["deleted"]),
            (&line["archived"], &line["deleted"]),
            "{table}"
        );
    }
    assert_eq!(record["approvers"], serde_json::json!(["bob", "cem"]));

    // The rest is as it was, and nothing of the one who left is in any file.
    let db = Db::open(&place.url, Options::default()).await.unwrap();
    assert_eq!(others(&db, &ids).await, before);
    assert_eq!(rows(&db, "SELECT * FROM postings ORDER BY 1, 2").await, ledger);
    for table in TABLES.iter().chain(&["idempotency"]) {
        for row in rows(&db, &format!("SELECT * FROM {table}")).await {
            assert!(!ids.iter().any(|id| row.contains(id.as_str())), "{table}: {row}");
        }
    }
    db.close().await;
    assert_eq!(holders(&everywhere, &gone), Vec::<String>::new());

    verifier.finds_nothing(&archive_key);

    // The service goes on, and takes its database for its own.
    service.again(&place);
    let intake = place
        .client(&service.base, "operator")
        .intake()
        .await
        .unwrap()
        .body;
    assert_eq!(intake.state, "open", "{intake:?}");
    assert!(
        people.channel.firm(&firm).await.is_err(),
        "it is not there any more"
    );
    let (_, third) = people.offered(n + 150).await;
    assert_eq!(third.state, "pre_approved");
    // Its lives were short: the log's keeper needs a moment.
    let mut law = drill::logged(&place, 8).await;
    for _ in 0..100 {
        if law.verdict == Verdict::Held {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        law = drill::logged(&place, 8).await;
    }
    assert_eq!(law.verdict, Verdict::Held, "{law:#?}");
    assert!(
        service.process.terminate().success(),
        "{}",
        service.process.said()
    );
    let empty = laws::journal::Journal::default();
    let rulings = laws::audit(&place.url, &empty, &[], laws::Minimums::ANY)
        .await
        .unwrap();
    let books = rulings.iter().find(|ruling| ruling.law == 3).unwrap();
    assert_eq!(books.verdict, Verdict::Held, "{books:#?}");
    assert!(books.evidence["purged"].as_u64() >= Some(2), "{books:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_leaves_sqlite() {
    leaves(Store::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_leaves_postgres() {
    if place::postgres("a_customer_leaves_postgres") {
        leaves(Store::Postgres).await;
    }
}

/// Everybody of a product of whom nothing is open leaves under one plan; whoever has an open application stays.
async fn product(store: Store) {
    let place = Place::new(store);
    let standin = Standin::start(&place);
    let mut service = Service::start(&place, &standin);
    let people = People::of(&place, &service.base);
    let mut n = 0;
    for _ in 0..3 {
        let (at, application) = people.offered(n).await;
        let contract = people.signed(&application.id).await;
        let draw = people.drawn(&contract.id, contract.limit).await;
        let loan = draw.loan_id.unwrap();
        people.channel.pay_off(&people.key(), &loan).await.unwrap();
        n = at + 1;
    }
    let (_, open) = people.offered(n).await;
    let open = firm_of(&place, &open.id).await;
    let path = |name: &str| place.path(name).display().to_string();
    let rules = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../deploy/exit/retention-rehearsal.toml"
    );
    let (out, plan_file) = (path("exit"), path("exit/plan.json"));
    let plan = [
        "plan",
        "--product",
        "credit",
        "--rules",
        rules,
        "--planner",
        "ada",
        "--out",
        &out,
        "--database",
        &place.url,
    ];
    // Notices go out first.
    let mut planned = exit(&[&plan[..], &["--json"]].concat(), "");
    for _ in 0..200 {
        let all: Option<Value> = serde_json::from_str(&planned.out).ok();
        if all.is_some_and(|all| all["plan"]["leaving"].as_array().unwrap().len() >= 3) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        planned = exit(&[&plan[..], &["--json"]].concat(), "");
    }
    let planned = planned.json();
    let leaving: Vec<String> = planned["plan"]["leaving"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["firm"].as_str().unwrap().to_owned())
        .collect();
    assert!(leaving.len() >= 3 && !leaving.contains(&open));
    let staying = planned["plan"]["staying"].as_array().unwrap();
    assert!(
        staying.iter().any(|one| one["firm"] == open.as_str()),
        "{staying:?}"
    );
    let [ada, bob, cem] = [("ada", "operator"), ("bob", "operator"), ("cem", "commander")]
        .map(|(name, role)| Person::enrol(&place, name, role));
    let typed = |person: &Person| format!("{PASSWORD}\n{}\n", person.code());
    let at = ["--plan", &plan_file, "--url", &service.base];
    let proposal = exit(
        &[&["propose", "--account", "ada", "--json"], &at[..]].concat(),
        &typed(&ada),
    )
    .json();
    let (id, digest) = (
        proposal["id"].as_str().unwrap(),
        proposal["digest"].as_str().unwrap(),
    );
    for (name, person) in [("bob", &bob), ("cem", &cem)] {
        exit(
            &[&["approve", id, "--digest", digest, "--account", name], &at[..]].concat(),
            &typed(person),
        );
    }
    assert!(
        service.process.terminate().success(),
        "{}",
        service.process.said()
    );
    let verifier = Verifier::new(&place, "exit");
    verifier.witness(&leaving.iter().map(String::as_str).collect::<Vec<_>>());
    std::fs::create_dir(place.path("usb")).unwrap();
    let (archive_key, keys, key_store) = (path("usb/exit.key"), path("etc"), place.key_store());
    let run = [
        "run",
        "--plan",
        &plan_file,
        "--proposal",
        id,
        "--rules",
        rules,
        "--keys",
        &keys,
        "--key-store",
        &key_store,
        "--archive-key",
        &archive_key,
        "--actor",
        "ada",
        "--database",
        &place.url,
        "--yes",
        "--json",
    ];
    let record = exit(&run, "").json();
    assert_eq!(
        (&record["scope"], &record["customers"]),
        (&"product".into(), &leaving.len().into())
    );
    verifier.finds_nothing(&archive_key);
    let db = Db::open(&place.url, Options::default()).await.unwrap();
    assert_eq!(rows(&db, "SELECT id FROM firms").await.len(), staying.len());
    db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_products_customers_leave_sqlite() {
    product(Store::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_products_customers_leave_postgres() {
    if place::postgres("a_products_customers_leave_postgres") {
        product(Store::Postgres).await;
    }
}
