//! A customer leaves by the page for it: its commands are carried out for real, and die.

use std::collections::BTreeMap;
use std::path::Path;

use client::access::{Judge, Propose};
use client::http::{Client, Request};
use db::{Db, Options};

use super::operator::Operator;
use super::walk::{Person, Walked, walk};
use crate::customer::{People, registration};
use crate::leaving::told::{REHEARSAL, exit};
use crate::leaving::verifier::Verifier;
use crate::people::Person as Account;
use crate::place::{Place, Store};
use crate::plane::Plane;
use crate::report::is_long;
use crate::service::Service;
use crate::standin::Standin;

/// Lines that an undisturbed run says: a run may be killed at each.
const LINES: usize = 17;
/// Where it is in any case: amid what notes everything down, and amid the purge.
const AMID: [&str; 2] = ["witness  开始", "purge  开始"];

/// A customer of whom nothing is open, whose plan two have approved.
struct Agreed {
    firm: String,
    proposal: String,
}

/// What the page asks people for.
struct Leads<'a> {
    place: &'a Place,
    folder: String,
    witness: [String; 2],
}

impl Person for Leads<'_> {
    fn does(&self, step: &str) {
        if step == "scan" {
            let key = self.place.path(&format!("usb/{}.key", self.folder));
            Verifier::new(self.place, &self.folder).finds_nothing(&key.display().to_string());
        }
    }

    /// Whoever finds a witness half made throws it away and has it made anew.
    fn decides(&self, step: &str) -> &'static str {
        assert!(
            ["preview", "witness"].contains(&step),
            "{step} is no matter of doubt"
        );
        for file in &self.witness {
            let _absent = std::fs::remove_file(file);
        }
        "retry"
    }
}

async fn agreed(place: &Place, people: &People, n: usize, [planner, others @ ..]: &[Client; 3]) -> Agreed {
    let firm = people
        .channel
        .register_firm(&people.key(), &registration(n as u64))
        .await;
    let firm = firm.unwrap().body.id;
    let out = place.path(&format!("exit-{n}")).display().to_string();
    let plan = [
        "plan",
        "--no-holds",
        "--firm",
        &firm,
        "--rules",
        REHEARSAL,
        "--planner",
        "ada",
        "--out",
        &out,
        "--database",
        &place.url,
        "--json",
    ];
    let digest = exit(&plan, "").json()["digest"].as_str().unwrap().to_owned();
    let wanted = Propose {
        act: "exit.purge".to_owned(),
        parameters: BTreeMap::from([
            ("plan".to_owned(), digest),
            ("scope".to_owned(), "firm".to_owned()),
        ]),
    };
    let proposal = planner
        .send(&Request::propose(&people.key(), &wanted))
        .await
        .unwrap()
        .body;
    for other in others {
        let yes = Judge {
            digest: proposal.digest.clone(),
            approve: true,
            for_absent: None,
        };
        let judge = Request::judge(&people.key(), &proposal.id, &yes);
        other.send(&judge).await.unwrap();
    }
    Agreed {
        firm,
        proposal: proposal.id,
    }
}

/// Goes through the page once.
fn leaves(
    place: &Place,
    operator: &Operator,
    n: usize,
    agreed: &Agreed,
    fatal: &dyn Fn(usize, &str) -> bool,
) -> Walked {
    let folder = format!("exit-{n}");
    let verifier = Verifier::new(place, &folder);
    let witness = [verifier.secret("witness"), verifier.secret("witness.key")];
    let path = |name: &str| place.path(name).display().to_string();
    let holds = place.path("holds.toml");
    std::fs::write(&holds, "format = \"backstop-holds/1\"\n").unwrap();
    let values = [
        ("plan", path(&format!("{folder}/plan.json"))),
        ("proposal", agreed.proposal.clone()),
        ("firm", agreed.firm.clone()),
        ("rules", REHEARSAL.to_owned()),
        ("holds", path("holds.toml")),
        ("database", place.url.clone()),
        ("keystore", place.key_store()),
        ("keys", path("etc")),
        ("archivekey", path(&format!("usb/{folder}.key"))),
        ("witness", witness[0].clone()),
        ("logs", path("financing.log")),
        ("signingkey", path("usb/signing.key")),
        ("actor", "ada".to_owned()),
    ];
    let values: Vec<String> = values
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut begin = vec!["run", "leave-customer", "--yes", "--json"];
    begin.extend(values.iter().flat_map(|value| ["--set", value.as_str()]));
    let leads = Leads {
        place,
        folder,
        witness,
    };
    let walked = walk(operator, &begin, &leads, fatal);
    assert_eq!(
        walked.state, "done",
        "killed at {:?}: {:?}",
        walked.killed, walked.said
    );
    assert!(Path::new(&place.path(&format!("exit-{n}/certificate.json"))).exists());
    walked
}

#[test]
fn a_customer_leaves_by_the_page_for_it_which_is_killed_at_its_steps() {
    let place = Place::new(Store::Sqlite);
    let standin = Standin::start(&place);
    let mut service = Service::start(&place, &standin);
    let plane = Plane::start(&place, &service, &standin);
    let operator = Operator::new(&place, &service, &plane, "operator");
    std::fs::create_dir(place.path("usb")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let agreed: Vec<Agreed> = runtime.block_on(async {
        let people = People::of(&place, &service.base);
        let mut signed_in = Vec::new();
        for (name, role) in [("ada", "exit_planner"), ("bob", "operator"), ("cem", "commander")] {
            signed_in.push(Account::enrol(&place, name, role).sign_in(&people.operator).await);
        }
        let signed_in = signed_in
            .try_into()
            .unwrap_or_else(|_| unreachable!("three signed in"));
        let mut all = Vec::new();
        for n in 0..=LINES {
            all.push(agreed(&place, &people, n, &signed_in).await);
        }
        all
    });
    assert!(
        service.process.terminate().success(),
        "{}",
        service.process.said()
    );

    let plain = leaves(&place, &operator, 0, &agreed[0], &|_, _| false);
    assert_eq!(
        (plain.said.len(), plain.done.len()),
        (LINES, 6),
        "{:?}",
        plain.said
    );
    for line in 0..LINES {
        let fatal = plain.said[line].clone();
        if !is_long() && !AMID.iter().any(|amid| fatal.contains(amid)) {
            continue;
        }
        let walked = leaves(&place, &operator, line + 1, &agreed[line + 1], &|at, _| {
            at == line
        });
        println!("killed at {:?}", walked.killed);
        assert!(walked.killed.is_some(), "{:?}", walked.said);
        assert_eq!(
            (&walked.done, &walked.asked),
            (&plain.done, &plain.asked),
            "{:?}",
            walked.said
        );
    }
    // Nobody who left is there, and those whose turn has not come are.
    let left = runtime.block_on(async {
        let db = Db::open(&place.url, Options::default()).await.unwrap();
        let sql = "SELECT COUNT(*) FROM firms";
        let row = db.one(sql, &[]).await.unwrap().unwrap();
        db.close().await;
        row.int(0).unwrap()
    });
    let gone = if is_long() { LINES + 1 } else { AMID.len() + 1 };
    assert_eq!(usize::try_from(left).unwrap(), LINES + 1 - gone);
}
