//! A KEK file is its owner's only, is never overwritten, and loses a KEK for good.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

use std::fs::{self, File, Permissions};
use std::io::{Read, Seek};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use vault::suite::Suites;
use vault::{Custodian, FileKek, KekError, KekProvider};

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("affairs.kek")
    }

    fn create(&self) -> Result<(), KekError> {
        let suite = Suites::standard().by_name("aes-256-gcm").unwrap();
        FileKek::create(self.file(), Custodian::Affairs, suite)
    }

    fn open(&self) -> Result<FileKek, KekError> {
        FileKek::open(self.file(), Custodian::Affairs, Suites::standard())
    }
}

#[test]
fn creation_makes_it_private_and_never_overwrites() {
    let place = Place::new();
    place.create().unwrap();
    let before = fs::read(place.file()).unwrap();
    assert_eq!(
        fs::metadata(place.file()).unwrap().permissions().mode() & 0o7777,
        0o600
    );
    assert!(matches!(place.create(), Err(KekError::Exists)));
    assert_eq!(fs::read(place.file()).unwrap(), before);
}

#[test]
fn a_file_that_others_may_read_or_of_the_other_custodian_is_refused() {
    let place = Place::new();
    place.create().unwrap();
    let other = FileKek::open(place.file(), Custodian::Identity, Suites::standard());
    assert!(matches!(other.err(), Some(KekError::Custodian { .. })));
    for mode in [0o640, 0o604, 0o620, 0o644, 0o666] {
        fs::set_permissions(place.file(), Permissions::from_mode(mode)).unwrap();
        assert!(matches!(place.open().err(), Some(KekError::TooOpen(seen)) if seen == mode));
    }
    fs::set_permissions(place.file(), Permissions::from_mode(0o400)).unwrap();
    assert!(place.open().is_ok());
    assert!(matches!(
        FileKek::open(place.0.path(), Custodian::Affairs, Suites::standard()).err(),
        Some(KekError::NotAFile)
    ));
}

#[test]
fn what_is_not_a_kek_file_is_refused_without_showing_it() {
    let place = Place::new();
    for text in [
        "",
        "secret-looking-text\n",
        "backstop-kek 2\n",
        &"x".repeat(100_000),
    ] {
        fs::write(place.file(), text).unwrap();
        fs::set_permissions(place.file(), Permissions::from_mode(0o600)).unwrap();
        let error = place.open().err().unwrap();
        assert!(matches!(error, KekError::Malformed(1)), "{error}");
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}

#[test]
fn a_key_added_by_one_process_is_seen_by_the_other_and_destroyed_for_both() {
    let place = Place::new();
    place.create().unwrap();
    let (one, other) = (place.open().unwrap(), place.open().unwrap());
    let wrapped = one.wrap(1, b"context", b"key").unwrap();
    one.add(2).unwrap();
    one.add(2).unwrap();
    assert_eq!((one.epochs(), other.epochs()), (vec![1, 2], vec![1]));
    other.reload().unwrap();
    assert_eq!(other.epochs(), [1, 2]);
    assert_eq!(other.unwrap(1, b"context", &wrapped).unwrap().as_slice(), b"key");
    assert!(matches!(
        other.unwrap(1, b"elsewhere", &wrapped),
        Err(KekError::NotAuthentic)
    ));

    // Whoever still has the old file open finds nothing in it.
    let mut old = File::open(place.file()).unwrap();
    other.destroy_below(2).unwrap();
    let mut left = Vec::new();
    old.rewind().unwrap();
    old.read_to_end(&mut left).unwrap();
    assert!(!left.is_empty() && left.iter().all(|byte| *byte == 0));
    assert!(matches!(
        other.unwrap(1, b"context", &wrapped),
        Err(KekError::NoEpoch(1))
    ));
    one.reload().unwrap();
    assert_eq!(one.epochs(), [2]);
    assert!(
        matches!(one.destroy_below(3), Err(KekError::Last(3))),
        "the last one stays"
    );
    assert_eq!(place.open().unwrap().epochs(), [2]);
}

#[test]
fn what_a_killed_change_left_behind_is_in_nobodys_way() {
    let place = Place::new();
    place.create().unwrap();
    fs::write(place.0.path().join("affairs.kek.next"), "half a fi").unwrap();
    place.open().unwrap().add(2).unwrap();
    assert_eq!(place.open().unwrap().epochs(), [1, 2]);
}
