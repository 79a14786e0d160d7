//! One customer leaves: planned by one, approved by two others, purged while the service is down, looked for everywhere
//! by a program that shares no code with the purge, and certified.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use base::clock::Clock;
use base::ids::Ids;
use client::access::{Judge, Propose};
use client::http::{Client, Request};
use laws::verdict::{Ruling, Tally};
use serde_json::Value;

use super::cast::Cast;
use super::people;

/// Rules that nobody has verified, taken as given: a rehearsal's.
const RULES: &str = include_str!("../../../deploy/exit/retention-rehearsal.toml");

/// A step of it: cleaning the databases takes the longest.
const PATIENCE: Duration = Duration::from_secs(120);
/// Until the notices of somebody who owes nothing have left, and between two looks.
const NOTICES: Duration = Duration::from_secs(15);
const LOOK: Duration = Duration::from_millis(200);

/// A plan that two others have approved.
pub(super) struct Approved {
    who: Who,
    customers: usize,
    proposal: String,
}

/// What the purge rests on, and what came of it.
pub(super) struct Left {
    /// Law 6.
    pub(super) ruling: Ruling,
    /// From the start of the purge to the record.
    pub(super) purge_took: Duration,
    /// Of the verifier: to note what there was, and to look for it afterwards.
    pub(super) looked: [Duration; 2],
    /// Rows that left.
    pub(super) rows: u64,
}

/// Who is to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// One customer who had a loan and owes nothing.
    One,
    /// Everybody of a product who owes nothing and has no other, so many at most.
    Product(&'static str, u32),
}

impl Approved {
    /// Who leaves, in words.
    pub(super) fn whom(&self) -> String {
        match self.who {
            Who::One => "a customer".to_owned(),
            Who::Product(name, _) => format!("{} customers of the product {name}", self.customers),
        }
    }
}

impl Who {
    /// The folder of its papers.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::One => "customer",
            Self::Product(..) => "product",
        }
    }
}

/// Plans, proposes and approves, while the service runs.
pub(super) async fn agree(
    cast: &Cast,
    who: Who,
    (planner, others): (&Client, &[Client; 2]),
    clock: &Clock,
) -> anyhow::Result<Approved> {
    let paths = cast.exit_paths(who);
    for folder in [&paths.out, &paths.secrets] {
        std::fs::create_dir_all(folder).context("failed to make the exit's folders")?;
    }
    std::fs::write(&paths.rules, RULES).context("failed to write the retention rules")?;
    let whom = match who {
        Who::One => vec!["--firm".to_owned(), eligible(cast).await?],
        Who::Product(name, most) => ["--product", name, "--most", &most.to_string()]
            .map(str::to_owned)
            .into(),
    };
    let mut words = words(&[
        "plan",
        "--database",
        cast.database(),
        "--planner",
        people::PLANNER,
        "--no-holds",
        "--json",
    ]);
    words.extend(whom.into_iter().map(OsString::from));
    words.extend([
        OsString::from("--rules"),
        paths.rules.into(),
        OsString::from("--out"),
        paths.out.into(),
    ]);
    let planned = json(&run(cast, Tool::Exit, &words).await?)?;
    let digest = planned
        .get("digest")
        .and_then(Value::as_str)
        .context("the plan has no digest")?;
    let leaving = planned
        .pointer("/plan/leaving")
        .and_then(Value::as_array)
        .context("the plan names nobody")?;
    let customers = leaving.len();
    let scope = planned
        .pointer("/plan/scope/kind")
        .and_then(Value::as_str)
        .context("the plan has no scope")?;

    let ids = Ids::system(clock.clone());
    let key = || ids.next().simple().to_string();
    let wanted = Propose {
        act: "exit.purge".to_owned(),
        parameters: [
            ("plan".to_owned(), digest.to_owned()),
            ("scope".to_owned(), scope.to_owned()),
        ]
        .into(),
    };
    let proposal = planner.send(&Request::propose(&key(), &wanted)).await?.body;
    for other in others {
        let yes = Judge {
            digest: proposal.digest.clone(),
            approve: true,
            for_absent: None,
        };
        other.send(&Request::judge(&key(), &proposal.id, &yes)).await?;
    }
    Ok(Approved {
        who,
        customers,
        proposal: proposal.id,
    })
}

/// Somebody who had a loan and of whom nothing is open any more.
async fn eligible(cast: &Cast) -> anyhow::Result<String> {
    let begun = Instant::now();
    let words = words(&[
        "eligible",
        "--database",
        cast.database(),
        "--with-loan",
        "--most",
        "1",
        "--json",
    ]);
    loop {
        let ran = run(cast, Tool::Exit, &words).await?;
        if ran.code == Some(0) {
            let found = json(&ran)?;
            let firm = found.pointer("/firms/0").and_then(Value::as_str);
            return firm.map(str::to_owned).context("nobody is named who could leave");
        }
        anyhow::ensure!(
            ran.code == Some(i32::from(base::exit::NOT_TOUCHED)) && begun.elapsed() < NOTICES,
            "no customer could leave: {}",
            ran.said
        );
        tokio::time::sleep(LOOK).await;
    }
}

/// Purges while nobody has the databases open, and looks for what is left.
pub(super) async fn purge(cast: &Cast, approved: &Approved, files: &[PathBuf]) -> anyhow::Result<Left> {
    let paths = cast.exit_paths(approved.who);
    let keys = cast.keys_arguments();
    let database = words(&["--database", cast.database()]);
    // Noted before, by the one who looks afterwards.
    let noting = Instant::now();
    let mut witness = words(&[
        "witness",
        "--yes",
        "--actor",
        people::PLANNER,
        "--reference",
        &approved.proposal,
    ]);
    witness.extend(database.clone());
    witness.extend(keys.clone());
    witness.extend([OsString::from("--plan"), paths.out.join("plan.json").into()]);
    witness.extend(paths.witness());
    done(
        run(
            cast,
            Tool::Verify,
            &[witness, vec!["--out".into(), paths.witness.clone().into()]].concat(),
        )
        .await?,
    )?;

    let noted = noting.elapsed();
    let begun = Instant::now();
    let mut purge = words(&[
        "run",
        "--yes",
        "--no-holds",
        "--json",
        "--actor",
        people::PLANNER,
        "--proposal",
        &approved.proposal,
    ]);
    purge.extend(database.clone());
    purge.extend(keys.clone());
    let record = paths.out.join("record.json");
    for (name, path) in [
        ("--plan", paths.out.join("plan.json")),
        ("--rules", paths.rules.clone()),
        ("--archive-key", paths.archive_key.clone()),
    ] {
        purge.extend([OsString::from(name), path.into()]);
    }
    let ran = done(run(cast, Tool::Exit, &purge).await?)?;
    let purge_took = begun.elapsed();
    let rows = rows(&json(&ran)?);

    let mut scan = words(&["scan", "--json", "--end"]);
    scan.extend(database);
    scan.extend(cast.key_store_arguments());
    for (name, path) in [
        ("--witness", paths.witness.clone()),
        ("--record", record.clone()),
        ("--archive", paths.out.join("archive.sealed")),
        ("--archive-key", paths.archive_key.clone()),
        ("--out", paths.out.join("verification.json")),
    ] {
        scan.extend([OsString::from(name), path.into()]);
    }
    scan.extend(paths.witness());
    // A log that was folded back into its file is no file any more.
    for file in files.iter().filter(|file| file.exists()) {
        scan.extend([OsString::from("--files"), file.into()]);
    }
    let looking = Instant::now();
    let scanned = run(cast, Tool::Verify, &scan).await?;
    let looked = [noted, looking.elapsed()];
    let ruling =
        ruling(&scanned.out).with_context(|| format!("the verifier gave no ruling: {}", scanned.said))?;
    if scanned.code == Some(0) {
        certify(cast, &paths, &record).await?;
    }
    Ok(Left {
        ruling,
        purge_took,
        looked,
        rows,
    })
}

/// Law 6, as the verifier printed it.
fn ruling(text: &str) -> Option<Ruling> {
    let told: Value = serde_json::from_str(text).ok()?;
    let mut tally = Tally::default();
    tally.checked(told.get("checked")?.as_u64()?);
    for (name, value) in told.get("evidence")?.as_object()? {
        tally.evidence(name, value.clone());
    }
    for finding in told.get("findings")?.as_array()? {
        let of = |name: &str| finding.get(name).and_then(Value::as_str).unwrap_or("?");
        tally.against(
            "not-gone",
            of("subject"),
            format!("{}: {}", of("what"), of("detail")),
        );
    }
    let missing = told
        .pointer("/evidence/not_enough")
        .and_then(Value::as_str)
        .map(str::to_owned);
    let ruling = tally.ruling(6, missing);
    // Nothing may be lost on the way: what the verifier holds, is held here.
    (told.get("verdict")?.as_str()? == ruling.verdict.as_str()).then_some(ruling)
}

/// Signs what was found, and has the signature looked at once more, as whoever gets it does.
async fn certify(cast: &Cast, paths: &Paths, record: &Path) -> anyhow::Result<()> {
    let (private, public) = (
        paths.secrets.join("exit-signing.key"),
        paths.out.join("certificate.pub"),
    );
    let certificate = paths.out.join("certificate.json");
    let verification = paths.out.join("verification.json");
    let with = |verb: &str, pairs: &[(&str, &Path)]| {
        let mut all = words(&[verb]);
        for (name, path) in pairs {
            all.extend([OsString::from(name), OsString::from(path)]);
        }
        all
    };
    done(
        run(
            cast,
            Tool::Verify,
            &with("key", &[("--private", &private), ("--public", &public)]),
        )
        .await?,
    )?;
    let pairs: [(&str, &Path); 4] = [
        ("--record", record),
        ("--verification", &verification),
        ("--signing-key", &private),
        ("--out", &certificate),
    ];
    done(run(cast, Tool::Verify, &with("certify", &pairs)).await?)?;
    for file in [certificate.clone(), certificate.with_extension("html")] {
        let mut look = with("certificate", &[("--public-key", &public)]);
        look.push(file.into());
        done(run(cast, Tool::Verify, &look).await?)?;
    }
    Ok(())
}

/// Rows that left, by the record.
fn rows(record: &Value) -> u64 {
    let tables = record.get("tables").and_then(Value::as_array);
    let of = |table: &Value, name: &str| table.get(name).and_then(Value::as_u64).unwrap_or_default();
    tables
        .into_iter()
        .flatten()
        .map(|table| of(table, "deleted") + of(table, "archived"))
        .sum()
}

/// Where an exit's papers are, and its secrets, which lie apart.
pub(super) struct Paths {
    pub(super) out: PathBuf,
    pub(super) rules: PathBuf,
    pub(super) secrets: PathBuf,
    pub(super) archive_key: PathBuf,
    pub(super) witness: PathBuf,
}

impl Paths {
    fn witness(&self) -> [OsString; 2] {
        ["--secret".into(), self.secrets.join("witness.key").into()]
    }
}

/// Which program.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tool {
    Exit,
    Verify,
}

/// What one said.
struct Ran {
    tool: Tool,
    code: Option<i32>,
    out: String,
    said: String,
}

async fn run(cast: &Cast, tool: Tool, words: &[OsString]) -> anyhow::Result<Ran> {
    let output = tokio::process::Command::new(cast.own())
        .arg("tether")
        .arg(std::process::id().to_string())
        .arg(cast.tool(tool))
        .args(words)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(PATIENCE, output)
        .await
        .with_context(|| format!("{tool:?} does not end"))?;
    let output = output.with_context(|| format!("failed to run {tool:?}"))?;
    Ok(Ran {
        tool,
        code: output.status.code(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}

fn done(ran: Ran) -> anyhow::Result<Ran> {
    anyhow::ensure!(
        ran.code == Some(0),
        "{:?} ended with {:?}: {}",
        ran.tool,
        ran.code,
        ran.said
    );
    Ok(ran)
}

fn json(ran: &Ran) -> anyhow::Result<Value> {
    serde_json::from_str(&ran.out).with_context(|| format!("{:?} printed no JSON: {}", ran.tool, ran.said))
}

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

#[cfg(test)]
mod tests {
    use laws::verdict::Verdict;
    use serde_json::json;

    use super::*;

    fn told(verdict: &str, findings: &Value) -> Option<Ruling> {
        let told = json!({
            "verdict": verdict, "checked": 7, "evidence": { "files": 3 }, "findings": findings,
        });
        ruling(&told.to_string())
    }

    #[test]
    fn what_the_verifier_found_is_told_and_a_verdict_that_its_findings_do_not_bear_out_is_none() {
        let finding = json!([{ "what": "remains", "subject": "a file", "detail": "ciphertext" }]);
        let broken = told("broken", &finding).unwrap();
        assert_eq!(
            (broken.law, broken.verdict, broken.checked),
            (6, Verdict::Broken, 7)
        );
        assert_eq!(broken.findings[0].detail, "remains: ciphertext");
        assert_eq!(told("held", &json!([])).unwrap().verdict, Verdict::Held);
        assert!(told("held", &finding).is_none(), "findings are no pass");
        assert!(
            told("not-touched", &json!([])).is_none(),
            "without a reason nothing is left out"
        );
        assert!(ruling("clean").is_none());
    }
}
