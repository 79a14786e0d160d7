//! Law 5 on a whole journey: what a customer told, the officers wrote and the
//! sources answered is looked for in every table, file, log, metric, answer and
//! temporary file, in every encoding. And a leak of each kind is found.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use client::applications::Apply;
use client::firms::RegisterFirm;
use client::http::{CallError, Outcome};
use laws::leaks::{Drawn, Needles, Sweep, Wanted};
use laws::verdict::{Ruling, Verdict};
use serde::Serialize;
use serde_json::Value;

use crate::binaries::shipped;
use crate::customer::{People, application, registration};
use crate::place::{Place, Store};
use crate::process::Process;
use crate::service::{command, free_port, launch};
use crate::standin::Standin;
use crate::{binaries, place, report};

/// What nobody else would write: found anywhere, it came from here.
const USE: &str = "金丝雀购置冷链车辆七台";
const ADDRESS: &str = "福建省厦门市思明区金丝雀巷八十八号";
const GUARANTOR: &str = "金丝雀担保有限公司";
const REPORT: &str = "金丝雀现场核实：账册齐全，存货与申报一致";
const STRANGER: &str = "金丝雀不存在的字段";
const TURNOVER: i64 = 7_318_264_950_371;

/// A system with a folder for temporary files of its own.
struct System {
    place: Place,
    people: People,
    port: u16,
    standin: Standin,
    service: Process,
    answers: Vec<String>,
    needles: Needles,
    ids: Vec<String>,
}

impl System {
    fn start(store: Store, binary: &Path, failpoints: &str) -> Self {
        let place = Place::new(store);
        let standin = Standin::start(&place);
        let port = free_port();
        let temporary = place.path("tmp");
        fs::create_dir(&temporary).unwrap();
        let mut serve = command(&place, binary, failpoints, port, &standin.base);
        let (service, _) = launch(&place, serve.env("TMPDIR", &temporary));
        let people = People::of(&place, &format!("http://127.0.0.1:{port}"));
        Self {
            place,
            people,
            port,
            standin,
            service,
            answers: Vec::new(),
            needles: Needles::default(),
            ids: Vec::new(),
        }
    }

    fn secret(&mut self, kind: &'static str, value: &str) {
        self.needles.add(kind, value).unwrap();
    }

    /// Keeps the whole of an answer, and gives it.
    #[track_caller]
    fn heard<T: Serialize>(&mut self, outcome: Outcome<T>) -> T {
        let reply = outcome.unwrap();
        self.answers.push(serde_json::to_string(&reply.body).unwrap());
        reply.body
    }

    /// Keeps the whole of a refusal.
    #[track_caller]
    fn refused<T>(&mut self, outcome: Outcome<T>, code: &str) {
        match outcome {
            Err(CallError::Refused { problem, .. }) => {
                assert_eq!(problem.code, code, "{problem:?}");
                self.answers.push(serde_json::to_string(&problem).unwrap());
            }
            Err(other) => panic!("not refused: {other}"),
            Ok(_) => panic!("not refused"),
        }
    }

    /// Sends what no client of ours would, and keeps all that comes back.
    fn raw(&mut self, head: &str, body: &str) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let token = self.place.token("channel");
        write!(
            stream,
            "{head} HTTP/1.1\r\nhost: here\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\nidempotency-key: {}\r\ncontent-length: {}\r\n\r\n{body}",
            self.people.key(),
            body.len()
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        self.answers.push(String::from_utf8_lossy(&answer).into_owned());
    }

    /// Registers a firm that the rules make an offer to, and remembers all that it told.
    async fn customer(&mut self) -> (RegisterFirm, Apply, String) {
        for n in 1..=200 {
            let firm = registration(n);
            let registered = self.people.channel.register_firm(&self.people.key(), &firm).await;
            let id = self.heard(registered).id;
            let body = Apply {
                product: "guaranteed".to_owned(),
                use_of_funds: USE.to_owned(),
                address: ADDRESS.to_owned(),
                guarantor: Some(GUARANTOR.to_owned()),
                turnover: TURNOVER,
                ..application(n, &id)
            };
            let applied = self.people.channel.apply(&self.people.key(), &body).await;
            let application = self.heard(applied).id;
            self.ids.push(id);
            for (kind, value) in [
                ("credit_code", &firm.credit_code),
                ("name", &firm.name),
                ("contact", &firm.contact),
                ("contact_id", &firm.contact_id),
                ("phone", &firm.phone),
                ("account", &firm.account),
            ] {
                self.secret(kind, value);
            }
            let decided = self
                .people
                .channel
                .pre_approve(&self.people.key(), &application)
                .await;
            if self.heard(decided).state == "pre_approved" {
                return (firm, body, application);
            }
        }
        panic!("none of 200 firms was offered anything");
    }

    /// From registration to early payoff, with what can be refused on the way.
    async fn journey(&mut self) {
        for (kind, value) in [
            ("use_of_funds", USE),
            ("address", ADDRESS),
            ("guarantor", GUARANTOR),
            ("report", REPORT),
            ("field", STRANGER),
            ("turnover", &TURNOVER.to_string()),
        ] {
            self.secret(kind, value);
        }
        let (firm, body, application) = self.customer().await;
        self.mistakes(&firm, &body).await;

        let people = &self.people;
        let accepted = people.channel.accept(&people.key(), &application).await;
        let task = self.heard(accepted).task_id.unwrap();
        let report = client::applications::Report {
            finding: "satisfactory".to_owned(),
            text: REPORT.to_owned(),
        };
        let officers = self.people.officers().await;
        let reported = officers[0].report(&self.people.key(), &task, &report).await;
        self.heard(reported);
        let again = officers[1].report(&self.people.key(), &task, &report).await;
        self.refused(again, "illegal-transition");
        let yes = client::applications::Verdict {
            verdict: "approve".to_owned(),
            limit: None,
            rate_ppm: None,
        };
        for officer in &officers {
            let given = officer.approve(&self.people.key(), &application, &yes).await;
            self.heard(given);
        }
        let signed = self.people.channel.sign(&self.people.key(), &application).await;
        let contract = self.heard(signed);
        let draw = self.people.drawn(&contract.id, contract.limit).await;
        let loan = draw.loan_id.unwrap();
        let statement = self.people.channel.statement(&loan).await;
        self.heard(statement);
        let paid = self.people.channel.pay_off(&self.people.key(), &loan).await;
        self.heard(paid);
        let shown = self.people.channel.firm(&body.firm_id).await;
        self.heard(shown);
        for page in ["/metrics", "/openapi.json", "/readyz"] {
            self.raw(&format!("GET {page}"), "");
        }
    }

    /// What is refused must not be repeated, in an answer or in a log.
    async fn mistakes(&mut self, firm: &RegisterFirm, body: &Apply) {
        let twice = self.people.channel.register_firm(&self.people.key(), firm).await;
        self.refused(twice, "already-exists");
        let mut wrong = firm.clone();
        wrong.phone.push('0');
        let refused = self
            .people
            .channel
            .register_firm(&self.people.key(), &wrong)
            .await;
        self.refused(refused, "invalid-field");
        let mut wrong = body.clone();
        wrong.applicant_id = firm.phone.clone();
        let refused = self.people.channel.apply(&self.people.key(), &wrong).await;
        self.refused(refused, "invalid-field");
        let mut wrong = body.clone();
        wrong.product = firm.name.clone();
        let refused = self.people.channel.apply(&self.people.key(), &wrong).await;
        self.refused(refused, "invalid-field");
        // In a path, in a query, as a field's name, as a value of the wrong type, in what is no JSON.
        self.raw(&format!("GET /v1/firms/{}", firm.phone), "");
        self.raw(&format!("GET /v1/firms/x?who={}", firm.account), "");
        self.raw("POST /v1/firms", &format!("{{\"{STRANGER}\":1}}"));
        self.raw("POST /v1/firms", &format!("{{\"name\":[\"{}\"]}}", firm.name));
        self.raw("POST /v1/firms", &format!("{{\"name\":{}}}", firm.contact));
        self.raw("POST /v1/firms", &firm.name);
    }

    /// Looks everywhere, while the system runs and after it ended.
    async fn ruling(mut self) -> Ruling {
        let report = Command::new(shipped("backstop"))
            .args([
                "audit",
                "--json",
                "--law",
                "3",
                "--database",
                &self.place.url,
                "--journal",
            ])
            .arg(self.journal())
            .output()
            .unwrap();
        let controls: Vec<&str> = self.ids.iter().map(String::as_str).collect();
        let drawn = Drawn {
            subjects: self.ids.len() as u64,
            too_weak: 0,
        };
        let mut sweep = Sweep::new(&self.needles, &controls, drawn).unwrap();
        sweep.text("audit", &report.stdout);
        sweep.text("audit", &report.stderr);
        for answer in &self.answers {
            sweep.text("an answer", answer.as_bytes());
        }
        // The ids are in the place's files where its database is one of them.
        let here = self.place.cluster.is_none();
        sweep.files("running", self.place.dir.path(), here).unwrap();
        sweep.tables("the tables", &self.place.url, true).await.unwrap();
        assert!(self.service.terminate().success(), "{}", self.service.said());
        sweep.files("stopped", self.place.dir.path(), here).unwrap();
        if let Some(cluster) = &self.place.cluster {
            sweep.files("server", cluster.folder(), true).unwrap();
        }
        drop(self.standin);
        sweep.ruling(Wanted { subjects: 1 })
    }

    /// An empty journal: the clients here write none.
    fn journal(&self) -> std::path::PathBuf {
        let path = self.place.path("journal.jsonl");
        fs::write(&path, "").unwrap();
        path
    }
}

async fn nothing_shows(store: Store) {
    let mut system = System::start(store, &shipped("financing"), "");
    system.journey().await;
    let ruling = system.ruling().await;
    let said = serde_json::to_string_pretty(&ruling).unwrap();
    assert_eq!(ruling.verdict, Verdict::Held, "{said}");
    println!("{said}");
    for (what, least) in [
        ("tables", 15),
        ("rows", 50),
        ("files", 5),
        ("texts", 20),
        ("values", 10),
    ] {
        let count = ruling.evidence[what].as_u64().unwrap();
        assert!(count >= least, "{what}: {count}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_customer_shows_anywhere_on_sqlite() {
    nothing_shows(Store::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_customer_shows_anywhere_on_postgresql() {
    if place::postgres("nothing_of_a_customer_shows_anywhere_on_postgresql") {
        nothing_shows(Store::Postgres).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_leak_of_each_kind_is_found() {
    let test = "a_planted_leak_of_each_kind_is_found";
    let Some(binary) = binaries::with_bugs() else {
        report::skip(test, "no build with planted leaks");
        return;
    };
    for (leak, kind, places) in [
        ("leak_log", "name", &["running/financing.log"][..]),
        ("leak_label", "phone", &["an answer"]),
        ("leak_panic", "name", &["running/financing.log"]),
        ("leak_temp", "phone", &["running/tmp/registration.part"]),
        (
            "leak_page",
            "name",
            &["running/financing.db-wal", "stopped/financing.db"],
        ),
    ] {
        let mut system = System::start(Store::Sqlite, &binary, leak);
        system.journey().await;
        let ruling = system.ruling().await;
        let said = serde_json::to_string_pretty(&ruling).unwrap();
        assert_eq!(ruling.verdict, Verdict::Broken, "{leak}: {said}");
        for place in places {
            let found = ruling.findings.iter().any(|finding| {
                finding.subject == *place && finding.detail.starts_with(&format!("{kind} in utf-8"))
            });
            assert!(found, "{leak} is not found in {place}: {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_sees_nothing_is_no_pass() {
    let place = Place::new(Store::Sqlite);
    let mut needles = Needles::default();
    needles.add("name", GUARANTOR).unwrap();
    let drawn = Drawn {
        subjects: 1,
        too_weak: 0,
    };
    let mut sweep = Sweep::new(&needles, &["frm_00000000000000000000000000000001"], drawn).unwrap();
    sweep.tables("the tables", &place.url, true).await.unwrap();
    let ruling = sweep.ruling(Wanted { subjects: 1 });
    assert_eq!(ruling.verdict, Verdict::NotTouched);
    let why: &Value = &ruling.evidence["not_enough"];
    assert!(why.as_str().unwrap().contains("the tables"), "{why}");
}
