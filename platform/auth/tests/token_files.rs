//! Whom a token file lets in, and which files are refused.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use auth::{Role, TokenFileError, Tokens, mint};

fn load_with_mode(text: &str, mode: u32) -> Result<Tokens, TokenFileError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tokens.toml");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    Tokens::load(path)
}

fn load(text: &str) -> Result<Tokens, TokenFileError> {
    load_with_mode(text, 0o600)
}

fn line(name: &str, role: &str, sha256: &str) -> String {
    format!("[[token]]\nname = \"{name}\"\nrole = \"{role}\"\nsha256 = \"{sha256}\"\n")
}

fn some_hash() -> String {
    mint().unwrap().1
}

#[test]
fn the_bearer_of_a_listed_token_is_known_by_name_and_role() {
    let ((officer, officer_hash), (operator, operator_hash)) = (mint().unwrap(), mint().unwrap());
    let text = line("officer-1", "officer", &officer_hash)
        + &line("operator-1", "operator", &operator_hash.to_uppercase());
    let tokens = load(&text).unwrap();
    let found = tokens.principal(&officer).unwrap();
    assert_eq!((&*found.name, found.role), ("officer-1", Role::Officer));
    assert_eq!(tokens.principal(&operator).unwrap().role, Role::Operator);
    assert_eq!(tokens.principals().len(), 2);
}

#[test]
fn nobody_else_is_known() {
    let (token, hash) = mint().unwrap();
    let tokens = load(&line("officer-1", "officer", &hash)).unwrap();
    for stranger in [
        "",
        " ",
        "officer-1",
        &hash,
        &token[..67],
        &format!("{token} "),
        &token.to_uppercase(),
    ] {
        assert_eq!(tokens.principal(stranger), None, "{stranger:?}");
    }
    assert_eq!(tokens.principal(&"x".repeat(1 << 20)), None);
    assert_eq!(tokens.principal(&mint().unwrap().0), None);
}

#[test]
fn a_file_that_names_nobody_is_refused() {
    for text in ["", "\n# none yet\n", "token = []\n"] {
        assert!(matches!(load(text), Err(TokenFileError::Empty)), "{text:?}");
    }
}

#[test]
fn one_name_has_one_role_and_two_tokens_at_most_and_each_token_one_name() {
    let (one, two) = (some_hash(), some_hash());
    let roles = line("ann", "officer", &one) + &line("ann", "auditor", &two);
    assert!(matches!(load(&roles), Err(TokenFileError::OtherRole(2))));
    let thrice: String = (0..3).map(|_| line("ann", "officer", &some_hash())).collect();
    assert!(matches!(load(&thrice), Err(TokenFileError::NameThrice(3))));
    let hashes = line("ann", "officer", &one) + &line("bob", "officer", &one.to_uppercase());
    assert!(matches!(load(&hashes), Err(TokenFileError::HashTwice(2))));
}

#[test]
fn an_unknown_role_is_refused() {
    for role in ["root", "", "Officer", "officer "] {
        assert!(matches!(
            load(&line("ann", role, &some_hash())),
            Err(TokenFileError::BadRole(1, _))
        ));
    }
}

#[test]
fn what_is_not_a_hash_is_refused() {
    let hash = some_hash();
    for bad in [
        "",
        &hash[1..],
        &format!("{hash}0"),
        &format!("g{}", &hash[1..]),
        &"密".repeat(64),
    ] {
        assert!(
            matches!(
                load(&line("ann", "officer", bad)),
                Err(TokenFileError::BadHash(1))
            ),
            "{bad}"
        );
    }
    let of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert!(matches!(
        load(&line("ann", "officer", of_nothing)),
        Err(TokenFileError::EmptyToken(1))
    ));
}

#[test]
fn a_token_in_the_clear_is_refused_and_not_repeated() {
    let token = mint().unwrap().0;
    let whole = line("ann", "officer", &some_hash());
    for text in [
        line("ann", "officer", &token),
        line("ann", &token, &some_hash()),
        format!("{whole}token = \"{token}\"\n"),
        format!("token = \"{token}\"\n"),
        format!("[[token]]\nname = \"ann\"\nrole = \"officer\"\nvalue = \"{token}\"\n"),
        format!("{whole}{token}\n"),
    ] {
        let error = load(&text).unwrap_err();
        let mut shown = format!("{error} {error:?}");
        let mut source = std::error::Error::source(&error);
        while let Some(inner) = source {
            shown += &format!("{inner} {inner:?}");
            source = inner.source();
        }
        assert!(!shown.contains(&token[4..]), "{shown}");
    }
}

#[test]
fn a_wrong_line_is_named_by_its_number() {
    let text = format!("{}[[token]]\nname = 7\n", line("ann", "officer", &some_hash()));
    assert!(matches!(load(&text), Err(TokenFileError::Malformed { line: 6 })));
}

#[test]
fn names_fit_for_records_only() {
    for bad in ["", "two words", "a\\nb", &"n".repeat(65)] {
        let refused = load(&line(bad, "officer", &some_hash()));
        assert!(matches!(refused, Err(TokenFileError::BadName(1))), "{bad:?}");
    }
    load(&line("运维-1", "operator", &some_hash())).unwrap();
}

#[test]
fn a_file_that_others_may_read_or_change_is_refused() {
    let text = line("ann", "officer", &some_hash());
    for mode in [0o644, 0o604, 0o602, 0o660, 0o666, 0o620] {
        assert!(matches!(load_with_mode(&text, mode), Err(TokenFileError::TooOpen(seen)) if seen == mode));
    }
    for mode in [0o600, 0o400, 0o640, 0o440] {
        load_with_mode(&text, mode).unwrap();
    }
}

#[test]
fn a_file_longer_than_its_bound_is_refused() {
    let many: String = (0..257)
        .map(|n| line(&format!("n{n}"), "officer", &some_hash()))
        .collect();
    assert!(matches!(load(&many), Err(TokenFileError::TooLong)));
    assert!(matches!(load(&"#".repeat(70_000)), Err(TokenFileError::TooLong)));
}
