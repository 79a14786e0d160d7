//! `financing account`, as an administrator uses it.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery";

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let etc = place.path("etc");
        let keys = format!("sqlite:{}", place.path("keys/keys.db"));
        assert!(
            place
                .financing(&["init", &etc, "--key-store", &keys], "")
                .status
                .success()
        );
        assert!(
            place
                .financing(&["migrate", "--database", &place.database()], "")
                .status
                .success()
        );
        place
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn database(&self) -> String {
        format!("sqlite:{}", self.path("financing.db"))
    }

    fn financing(&self, args: &[&str], typed: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_financing"))
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that wants no password may be gone before it is typed.
        let _gone = child.stdin.take().unwrap().write_all(typed.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn account(&self, args: &[&str], typed: &str) -> (i32, String) {
        let database = self.database();
        let all = [&["account", "--database", &database][..], args].concat();
        let output = self.financing(&all, typed);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(!said.contains(PASSWORD), "the password is shown: {said}");
        (output.status.code().unwrap(), said)
    }

    fn keyed(&self, verb: &[&str], typed: &str) -> (i32, String) {
        let key = self.path("etc/access.key");
        assert!(Path::new(&key).exists());
        self.account(&[verb, &["--access-key", &key]].concat(), typed)
    }

    fn listed(&self) -> Vec<(String, String, String)> {
        let (code, said) = self.account(&["list", "--json"], "");
        assert_eq!(code, 0, "{said}");
        let list: Value = serde_json::from_str(&said).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let rows = list["accounts"].as_array().unwrap().iter();
        rows.map(|row| (text(&row["name"]), text(&row["role"]), text(&row["state"])))
            .collect()
    }
}

fn row(name: &str, role: &str, state: &str) -> (String, String, String) {
    (name.to_owned(), role.to_owned(), state.to_owned())
}

#[test]
fn an_account_is_made_previewed_disabled_and_reset() {
    let place = Place::new();
    assert_eq!(place.listed(), []);
    let (code, said) = place.keyed(&["add", "ann", "--role", "operator"], &format!("{PASSWORD}\n"));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("otpauth://totp/financing:ann?secret="), "{said}");
    assert_eq!(place.listed(), [row("ann", "operator", "active")]);

    for verb in [
        &["disable", "ann", "--dry-run"][..],
        &["disable", "--dry-run", "ann"],
    ] {
        let (code, said) = place.account(verb, "");
        assert!(code == 0 && said.contains("Nothing was done"), "{said}");
    }
    let (code, said) = place.keyed(&["reset", "ann", "--dry-run"], "");
    assert!(code == 0 && said.contains("Nothing was done"), "{said}");
    assert_eq!(place.listed(), [row("ann", "operator", "active")]);

    assert_eq!(place.account(&["disable", "ann"], "").0, 0);
    assert_eq!(place.listed(), [row("ann", "operator", "disabled")]);
    assert_eq!(place.account(&["disable", "ann"], "").0, 6, "it is already");
    let (code, said) = place.keyed(&["reset", "ann"], &format!("{PASSWORD}\n"));
    assert!(code == 0 && said.contains("otpauth://"), "{said}");
    assert_eq!(place.listed(), [row("ann", "operator", "active")]);
}

#[test]
fn what_cannot_be_done_says_why_and_changes_nothing() {
    let place = Place::new();
    for (verb, typed, code, why) in [
        (
            &["add", "ann", "--role", "operator"][..],
            "short\n",
            6,
            "12–128 characters",
        ),
        (
            &["add", "ann", "--role", "operator"],
            "",
            2,
            "ended before a password",
        ),
        (
            &["add", "two words", "--role", "operator"],
            "",
            6,
            "1–64 characters",
        ),
        (&["add", "ann", "--role", "root"], "", 2, "not a role"),
        (&["reset", "ann"], "", 6, "no account of this name"),
    ] {
        let (got, said) = place.keyed(verb, typed);
        assert_eq!(got, code, "{verb:?}: {said}");
        assert!(said.contains(why), "{verb:?}: {said}");
    }
    assert_eq!(place.account(&["disable", "ann"], "").0, 6);
    assert_eq!(place.listed(), []);
    let made = place.keyed(&["add", "ann", "--role", "operator"], &format!("{PASSWORD}\n"));
    assert_eq!(made.0, 0);
    let twice = place.keyed(&["add", "ann", "--role", "operator"], &format!("{PASSWORD}\n"));
    assert!(twice.0 == 6 && twice.1.contains("already"), "{}", twice.1);
}

#[test]
fn a_deputy_is_named_between_accounts() {
    let place = Place::new();
    for name in ["ann", "bob"] {
        assert_eq!(
            place
                .keyed(&["add", name, "--role", "operator"], &format!("{PASSWORD}\n"))
                .0,
            0
        );
    }
    let until = ["--until", "2099-01-01T00:00:00+08:00"];
    let (code, said) = place.account(&[&["deputy", "ann", "bob", "--dry-run"], &until[..]].concat(), "");
    assert!(code == 0 && said.starts_with("would let bob"), "{said}");
    assert_eq!(
        place
            .account(&[&["deputy", "ann", "bob"], &until[..]].concat(), "")
            .0,
        0
    );
    assert_eq!(
        place
            .account(&[&["deputy", "ann", "cem"], &until[..]].concat(), "")
            .0,
        6
    );
}
