//! Tokens rotate while the service runs, and end when their file says so.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use auth::{Refreshed, Role, TokenFileError, Tokens, mint};
use base::clock::Clock;
use tempfile::TempDir;

fn line(name: &str, sha256: &str, rest: &str) -> String {
    format!("[[token]]\nname = \"{name}\"\nrole = \"channel\"\nsha256 = \"{sha256}\"\n{rest}\n")
}

/// Replaces the file at once, as an administrator's tools do.
fn put(path: &Path, text: &str) {
    let draft = path.with_extension("new");
    fs::write(&draft, text).unwrap();
    fs::set_permissions(&draft, Permissions::from_mode(0o600)).unwrap();
    fs::rename(draft, path).unwrap();
}

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.toml");
    (folder, path)
}

#[test]
fn a_token_is_rotated_without_a_moment_in_which_its_bearer_is_unknown() {
    let (_folder, path) = place();
    let ((old, old_hash), (new, new_hash)) = (mint().unwrap(), mint().unwrap());
    put(&path, &line("app", &old_hash, ""));
    let tokens = Tokens::load(&path).unwrap();
    assert!(matches!(tokens.refresh(), Refreshed::Unchanged));
    assert_eq!(tokens.principal(&new), None);

    put(&path, &(line("app", &old_hash, "") + &line("app", &new_hash, "")));
    assert!(matches!(tokens.refresh(), Refreshed::Changed(2)));
    assert_eq!(tokens.principal(&old), tokens.principal(&new));
    assert_eq!(tokens.principal(&new).unwrap().role, Role::Channel);

    put(&path, &line("app", &new_hash, ""));
    assert!(matches!(tokens.refresh(), Refreshed::Changed(1)));
    assert_eq!(tokens.principal(&old), None);
    assert!(tokens.principal(&new).is_some());
}

#[test]
fn a_bad_file_leaves_the_list_as_it_was_and_is_told_once() {
    let (_folder, path) = place();
    let (token, hash) = mint().unwrap();
    let good = line("app", &hash, "");
    put(&path, &good);
    let tokens = Tokens::load(&path).unwrap();

    for bad in ["", "[[token]]", &good.replace("channel", "root")] {
        put(&path, bad);
        assert!(matches!(tokens.refresh(), Refreshed::Refused(_)), "{bad:?}");
        assert!(
            matches!(tokens.refresh(), Refreshed::Unchanged),
            "{bad:?} is told once"
        );
        assert!(tokens.principal(&token).is_some(), "{bad:?}");
    }
    fs::remove_file(&path).unwrap();
    assert!(matches!(
        tokens.refresh(),
        Refreshed::Refused(TokenFileError::Io(_))
    ));
    assert!(tokens.principal(&token).is_some());

    put(&path, &good);
    assert!(matches!(tokens.refresh(), Refreshed::Changed(1)));
    // Opened to strangers later, without a byte changed: that is seen too.
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(
        tokens.refresh(),
        Refreshed::Refused(TokenFileError::TooOpen(0o644))
    ));
}

#[test]
fn a_token_ends_when_its_line_says_so_to_the_microsecond() {
    let (_folder, path) = place();
    let ((ending, ending_hash), (lasting, lasting_hash)) = (mint().unwrap(), mint().unwrap());
    let end = "not_after = \"2026-03-02T10:00:00+08:00\"";
    put(
        &path,
        &(line("app", &ending_hash, end) + &line("app", &lasting_hash, "")),
    );
    let (clock, hand) = Clock::manual("2026-03-02T01:59:59.999999Z".parse().unwrap());
    let tokens = Tokens::load(&path).unwrap().by(clock);
    assert!(tokens.principal(&ending).is_some());
    hand.advance_micros(1);
    assert_eq!(tokens.principal(&ending), None);
    assert!(tokens.principal(&lasting).is_some());
}

#[test]
fn an_end_that_is_no_time_is_refused() {
    let (_folder, path) = place();
    for bad in [
        "\"tomorrow\"",
        "\"2026-03-02\"",
        "\"2026-03-02T10:00:00\"",
        "\"\"",
    ] {
        put(
            &path,
            &line("app", &mint().unwrap().1, &format!("not_after = {bad}")),
        );
        assert!(
            matches!(Tokens::load(&path), Err(TokenFileError::BadEnd(1))),
            "{bad}"
        );
    }
    put(&path, &line("app", &mint().unwrap().1, "not_after = 7"));
    assert!(matches!(
        Tokens::load(&path),
        Err(TokenFileError::Malformed { .. })
    ));
}
