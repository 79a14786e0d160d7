//! What a service needs to start, and how it says so.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use base::exit;
use serde_json::Value;

use crate::binaries::shipped;
use crate::place::{Place, Store};
use crate::service::Service;
use crate::standin::Standin;

fn financing(arguments: &[&str]) -> Output {
    Command::new(shipped("financing"))
        .args(arguments)
        .output()
        .unwrap()
}

#[track_caller]
fn refused(output: &Output, code: u8, why: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(i32::from(code)), "{said}");
    assert!(said.contains(why), "{said}");
}

/// `serve` with one place replaced.
fn serve(place: &Place, database: &str, keys: &Path, tokens: &Path) -> Output {
    serve_over(place, database, keys, &place.key_store(), tokens)
}

fn serve_over(place: &Place, database: &str, keys: &Path, key_store: &str, tokens: &Path) -> Output {
    financing(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--database",
        database,
        "--keys",
        &keys.display().to_string(),
        "--key-store",
        key_store,
        "--tokens",
        &tokens.display().to_string(),
        "--sources",
        "http://127.0.0.1:9",
        "--ready-file",
        &place.path("never.ready").display().to_string(),
    ])
}

#[test]
fn there_is_no_default_secret() {
    let place = Place::new(Store::Sqlite);
    let (keys, tokens) = (place.path("etc"), place.path("etc/tokens.toml"));
    let nowhere = place.path("nowhere");
    refused(
        &serve(&place, &place.url, &nowhere, &tokens),
        exit::USAGE,
        "financing init",
    );
    refused(
        &serve(&place, &place.url, &keys, &nowhere),
        exit::USAGE,
        "financing init",
    );

    // Tokens in the clear, and keys that others may read, are as good as none.
    let clear = place.path("clear.toml");
    fs::write(
        &clear,
        "[[token]]\nname = \"x\"\nrole = \"operator\"\nsha256 = \"hunter2\"\n",
    )
    .unwrap();
    fs::set_permissions(&clear, fs::Permissions::from_mode(0o600)).unwrap();
    refused(
        &serve(&place, &place.url, &keys, &clear),
        exit::USAGE,
        "never the token itself",
    );
    let kek = place.path("etc/identity.kek");
    fs::set_permissions(&kek, fs::Permissions::from_mode(0o644)).unwrap();
    refused(&serve(&place, &place.url, &keys, &tokens), exit::USAGE, "0600");
    assert!(!place.path("never.ready").exists());
}

/// A key store that is made by mistake would seal what the right one cannot open.
#[test]
fn no_key_store_is_made_up_nor_lies_where_it_must_not() {
    let place = Place::new(Store::Sqlite);
    let (keys, tokens) = (place.path("etc"), place.path("etc/tokens.toml"));
    let over = |key_store: &str| serve_over(&place, &place.url, &keys, key_store, &tokens);
    let url = |name: &str| format!("sqlite:{}", place.path(name).display());
    refused(&over(&url("elsewhere.db")), exit::USAGE, "no key store");
    assert!(!place.path("elsewhere.db").exists());
    refused(&over(&place.url), exit::USAGE, "database of its own");
    refused(&over(&url("etc/keys.db")), exit::USAGE, "beside the KEK files");

    let other = Place::new(Store::Sqlite);
    let swapped = over(&other.key_store());
    refused(&swapped, exit::USAGE, "not authentic");
    assert!(!place.path("never.ready").exists());
}

#[test]
fn init_never_overwrites() {
    let place = Place::new(Store::Sqlite);
    let etc = place.path("etc");
    let before = fs::read(etc.join("identity.kek")).unwrap();
    let store = place.key_store();
    let init = |dir: &Path| financing(&["init", &dir.display().to_string(), "--key-store", &store]);
    refused(&init(&etc), exit::REFUSED, "never overwritten");
    // Nor a key store, from a folder that is new.
    refused(&init(&place.path("new")), exit::REFUSED, "never overwritten");
    assert_eq!(fs::read(etc.join("identity.kek")).unwrap(), before);
    for name in [
        "affairs.kek",
        "identity.kek",
        "evidence.key",
        "tokens.toml",
        "tokens.json",
    ] {
        let mode = fs::metadata(etc.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_schema_that_is_not_up_to_date_is_not_served() {
    let place = Place::new(Store::Sqlite);
    let empty = format!("sqlite://{}", place.path("empty.db").display());
    let output = serve(&place, &empty, &place.path("etc"), &place.path("etc/tokens.toml"));
    refused(&output, exit::REFUSED, "financing migrate");
}

#[test]
fn a_database_that_is_not_there_is_said_to_be_unreachable() {
    let output = financing(&["check", "--database", "postgres://nobody@127.0.0.1:1/none"]);
    refused(&output, exit::UNREACHABLE, "cannot be opened");
}

#[test]
fn the_shipped_build_has_no_failpoints() {
    let place = Place::new(Store::Sqlite);
    let output = Command::new(shipped("financing"))
        .args(["check", "--database", &place.url])
        .env("BACKSTOP_FAILPOINTS", "one_leg")
        .output()
        .unwrap();
    refused(&output, exit::USAGE, "no failpoint");
}

#[test]
fn a_sound_place_passes_the_check_and_serves_within_its_time() {
    let place = Place::new(Store::Sqlite);
    let output = place.financing(&["check", "--json", "--database", &place.url]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["ok"], true, "{report}");

    let standin = Standin::start(&place);
    let mut service = Service::start(&place, &standin);
    println!("start to ready: {:?}", service.start);
    // The promise is 300 ms for the release build; this is a debug build.
    assert!(service.start < Duration::from_secs(3), "{:?}", service.start);
    assert!(service.process.terminate().success());
}

#[test]
fn the_end_of_a_day_runs_from_the_command_line_and_again() {
    let place = Place::new(Store::Sqlite);
    let today = base::clock::Clock::system().today().to_string();
    let run = || {
        let output = place.financing(&["eod", "--date", &today, "--database", &place.url]);
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let first = run();
    assert_eq!(first["state"], "done");
    assert_eq!(run(), first, "a second run says the same");
    let ahead = financing(&["eod", "--date", "2999-01-01", "--database", &place.url]);
    refused(&ahead, exit::REFUSED, "business-date");
}
