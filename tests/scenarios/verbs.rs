//! Every command that `financing` knows either acts, and then leaves exactly one leaf, or
//! it does not, and leaves none. The commands are those that its help lists, so that a new
//! one has to be put here; a build that forgets its leaves is found by law 7.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use laws::verdict::Verdict::{Broken, Held};

use crate::binaries::{shipped, with_bugs};
use crate::customer::registration;
use crate::drill;
use crate::place::{self, Place, Store};
use crate::report;
use crate::service::Service;
use crate::standin::Standin;

const TEST: &str = "every_command_that_acts_leaves_exactly_one_leaf";

/// What runs without being asked here: the place was made by one, another runs beside all of this, and the third acts
/// on a database that lost something only (its leaf is in the service's own tests).
const AROUND: [&str; 3] = ["init", "serve", "reconcile"];

/// How a command is told that it is meant.
#[derive(Clone, Copy, PartialEq)]
enum Meant {
    /// Always.
    Always,
    /// With `--yes`.
    Yes,
    /// Without `--dry-run`.
    NotDry,
}

/// A command, and the act that its leaf is called, if it acts.
struct Verb {
    name: &'static str,
    act: Option<&'static str>,
    meant: Meant,
    arguments: Vec<String>,
}

/// The commands in an order in which they can be run on a place with one firm.
fn verbs(place: &Place, firm: &str) -> Vec<Verb> {
    let path = |name: &str| place.path(name).display().to_string();
    let database = ["--database", &place.url].map(str::to_owned);
    let by = ["--actor", "ops-1"].map(str::to_owned);
    let keys = ["--keys", &path("etc"), "--key-store", &place.key_store()].map(str::to_owned);
    let access = format!("--access-key={}", path("etc/access.key"));
    let verb = |name, act, meant, words: &[&str], common: &[&[String]]| Verb {
        name,
        act,
        meant,
        arguments: words
            .iter()
            .map(|word| (*word).to_owned())
            .chain(common.concat())
            .collect(),
    };
    let plain = |name, words: &[&str], common: &[&[String]]| verb(name, None, Meant::Always, words, common);
    let vault =
        |name, act, words: &[&str]| verb(name, Some(act), Meant::Yes, words, &[&database, &by, &keys]);
    let generalised = |name, act, words: &[&str]| verb(name, Some(act), Meant::Yes, words, &[&database, &by]);
    let account = |name, act, meant, words: &[&str]| verb(name, Some(act), meant, words, &[&by]);
    let copy = format!("sqlite:{}", path("copy.db"));
    let file = path("cells.csv");
    vec![
        plain("migrate", &[], &[&database]),
        plain("check", &[], &[&database]),
        plain("data-map", &[], &[]),
        plain("vault status", &[], &[&keys]),
        verb(
            "eod",
            Some("day.run"),
            Meant::Always,
            &["--date", "2026-03-02"],
            &[&database, &by],
        ),
        vault("vault rotate", "vault.rotate", &["affairs"]),
        vault("vault sweep", "vault.sweep", &[]),
        vault("vault backup", "vault.backup", &["--to", &copy]),
        vault("vault draw", "vault.draw", &["--reference", "AUD-17"]),
        vault("vault destroy", "vault.destroy", &[firm, "--category", "answers"]),
        generalised("analytics grant", "analytics.grant", &["--role", "analyst"]),
        generalised("analytics export", "analytics.export", &["--to", &file]),
        account(
            "account add",
            "account.create",
            Meant::Always,
            &["ann", "--role", "operator", &access],
        ),
        account(
            "account add",
            "account.create",
            Meant::Always,
            &["bob", "--role", "operator", &access],
        ),
        account(
            "account deputy",
            "deputy.appoint",
            Meant::NotDry,
            &["ann", "bob", "--until", "2099-01-01T00:00:00+08:00"],
        ),
        account("account disable", "account.disable", Meant::NotDry, &["ann"]),
        account("account reset", "account.reset", Meant::NotDry, &["ann", &access]),
        plain("account list", &[], &[]),
    ]
}

/// Runs a command; a password is typed, whether it is wanted or not.
fn run(place: &Place, (binary, failpoints): (&Path, &str), verb: &Verb, more: &[&str]) -> Output {
    let mut child = Command::new(binary)
        .args(verb.name.split(' '))
        .args(&verb.arguments)
        .args(more)
        .env("BACKSTOP_FAILPOINTS", failpoints)
        .env("FINANCING_DATABASE", &place.url)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _gone = child.stdin.take().unwrap().write_all(b"correct horse battery\n");
    child.wait_with_output().unwrap()
}

#[track_caller]
fn succeeded(verb: &Verb, output: &Output) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", verb.name);
}

/// The acts of all leaves, oldest first.
async fn leaves(place: &Place) -> Vec<String> {
    let db = db::Db::open(&place.url, db::Options::default()).await.unwrap();
    let rows = db.read::<_, db::DbError, _>(|tx| {
        Box::pin(async move {
            tx.many("SELECT act FROM evidence_leaves ORDER BY at, id", &[])
                .await
        })
    });
    let rows = rows.await.unwrap();
    db.close().await;
    rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect()
}

/// The commands that `financing` lists in its help, and under each its verbs.
fn listed() -> BTreeSet<String> {
    let names = |of: &[&str]| -> Vec<String> {
        let help = Command::new(shipped("financing"))
            .args(of)
            .arg("--help")
            .output()
            .unwrap();
        let text = String::from_utf8(help.stdout).unwrap();
        let Some((_, list)) = text.split_once("\nCommands:\n") else {
            return Vec::new();
        };
        let rows = list.lines().take_while(|line| !line.is_empty());
        // A command's name is set off by two blanks; what goes on below it is set off by more.
        let names = rows.filter_map(|row| row.strip_prefix("  ").filter(|row| !row.starts_with(' ')));
        let names = names.filter_map(|row| row.split_whitespace().next());
        names.filter(|name| *name != "help").map(str::to_owned).collect()
    };
    let mut all = BTreeSet::new();
    for noun in names(&[]) {
        let verbs = names(&[&noun]);
        if verbs.is_empty() {
            all.insert(noun);
        } else {
            all.extend(verbs.iter().map(|verb| format!("{noun} {verb}")));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_that_acts_leaves_exactly_one_leaf() {
    if !place::postgres(TEST) {
        return;
    }
    let place = Place::new(Store::Postgres);
    let cluster = place.cluster.as_ref().unwrap();
    cluster.sql("financing", "CREATE ROLE analyst LOGIN").unwrap();
    let standin = Standin::start(&place);
    let mut service = Service::start(&place, &standin);
    let channel = place.client(&service.base, "channel");
    let firm = channel
        .register_firm("one", &registration(1))
        .await
        .unwrap()
        .body
        .id;

    let verbs = verbs(&place, &firm);
    let known = verbs.iter().map(|verb| verb.name).chain(AROUND);
    assert_eq!(
        listed(),
        known.map(str::to_owned).collect(),
        "a command, and no story of it here"
    );

    let financing = shipped("financing");
    let mut wanted = Vec::new();
    for verb in &verbs {
        let preview = match verb.meant {
            Meant::Always => None,
            Meant::Yes => Some(run(&place, (&financing, ""), verb, &[])),
            Meant::NotDry => Some(run(&place, (&financing, ""), verb, &["--dry-run"])),
        };
        if let Some(preview) = preview {
            succeeded(verb, &preview);
            assert_eq!(leaves(&place).await, wanted, "{} was only shown", verb.name);
        }
        let more: &[&str] = if verb.meant == Meant::Yes { &["--yes"] } else { &[] };
        succeeded(verb, &run(&place, (&financing, ""), verb, more));
        wanted.extend(verb.act.map(str::to_owned));
        assert_eq!(leaves(&place).await, wanted, "{}", verb.name);
    }
    let acts = u64::try_from(wanted.len()).unwrap();
    // The day is known by its date alone, and deputies and changed accounts by what they are now.
    let law = drill::signed(&place, acts - 4).await;
    assert!(
        service.process.terminate().success(),
        "{}",
        service.process.said()
    );
    assert_eq!(law.verdict, Held, "{law:#?}");

    forgotten(&place, &firm, law.findings_total).await;
}

/// A build that forgets its leaves does the same, and law 7 misses each of the acts.
async fn forgotten(place: &Place, firm: &str, found: u64) {
    let Some(binary) = with_bugs() else {
        report::skip(
            TEST,
            "no build with failpoints: cargo build -p service --features chaos, copied to target/chaos",
        );
        return;
    };
    let before = leaves(place).await;
    let again = [
        "vault rotate",
        "vault sweep",
        "vault draw",
        "analytics grant",
        "account disable",
    ];
    for verb in verbs(place, firm)
        .iter()
        .filter(|verb| again.contains(&verb.name))
    {
        let more: &[&str] = if verb.meant == Meant::Yes { &["--yes"] } else { &[] };
        succeeded(verb, &run(place, (&binary, "unlogged_act"), verb, more));
    }
    assert_eq!(leaves(place).await, before, "the planted bug is not armed");
    let law = drill::logged(place, 1).await;
    assert_eq!(law.verdict, Broken, "{law:#?}");
    assert_eq!(law.findings_total, found + 5, "{law:#?}");
}
