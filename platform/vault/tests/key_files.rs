//! A key file is made once, for its owner only, and refused when anybody else could read it.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use vault::{Aad, KeyFileError, Sealed, Vault, create_key_file};

const PLACE: Aad<'static> = Aad {
    table: "firms",
    column: "name_sealed",
    subject: "frm_1",
};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn key(&self) -> PathBuf {
        self.0.path().join("vault.key")
    }

    fn with(&self, text: &str) -> PathBuf {
        fs::write(self.key(), text).unwrap();
        fs::set_permissions(self.key(), Permissions::from_mode(0o600)).unwrap();
        self.key()
    }
}

#[test]
fn a_second_process_with_the_same_file_opens_what_the_first_sealed() {
    let folder = Folder::new();
    create_key_file(folder.key()).unwrap();
    let first = Vault::from_key_file(folder.key()).unwrap();
    let second = Vault::from_key_file(folder.key()).unwrap();
    let sealed = first.seal(&"13800000000".to_owned(), PLACE);
    assert_eq!(second.open(&sealed, PLACE).unwrap(), "13800000000");
    assert_eq!(first.blind_index("phone", "1"), second.blind_index("phone", "1"));
}

#[test]
fn creation_makes_it_private_and_never_overwrites() {
    let folder = Folder::new();
    create_key_file(folder.key()).unwrap();
    let before = fs::read(folder.key()).unwrap();
    assert_eq!(
        fs::metadata(folder.key()).unwrap().permissions().mode() & 0o7777,
        0o600
    );
    assert!(matches!(create_key_file(folder.key()), Err(KeyFileError::Exists)));
    assert_eq!(fs::read(folder.key()).unwrap(), before);
}

#[test]
fn a_file_that_others_may_read_or_write_is_refused() {
    let folder = Folder::new();
    create_key_file(folder.key()).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o666] {
        fs::set_permissions(folder.key(), Permissions::from_mode(mode)).unwrap();
        match Vault::from_key_file(folder.key()) {
            Err(KeyFileError::TooOpen(seen)) => assert_eq!(seen, mode),
            other => panic!("mode {mode:o}: {other:?}"),
        }
    }
    for mode in [0o600, 0o400] {
        fs::set_permissions(folder.key(), Permissions::from_mode(mode)).unwrap();
        Vault::from_key_file(folder.key()).unwrap();
    }
}

#[test]
fn keys_filled_in_by_hand_are_refused() {
    let folder = Folder::new();
    let (zero, some) = ("0".repeat(64), "0123456789abcdef".repeat(4));
    for (encryption, index) in [(&zero, &some), (&some, &zero), (&some, &some)] {
        let path = folder.with(&format!(
            "backstop-vault-key 1\nid 00000001\nencryption {encryption}\nindex {index}\n"
        ));
        assert!(matches!(Vault::from_key_file(path), Err(KeyFileError::MadeUp)));
    }
}

#[test]
fn what_is_not_a_key_file_is_refused_without_showing_it() {
    let folder = Folder::new();
    for text in [
        "",
        "secret-looking-text\n",
        "backstop-vault-key 2\n",
        &"x".repeat(100_000),
    ] {
        let error = Vault::from_key_file(folder.with(text)).unwrap_err();
        assert!(matches!(error, KeyFileError::Malformed(1)));
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
    assert!(matches!(
        Vault::from_key_file(folder.0.path()),
        Err(KeyFileError::NotAFile)
    ));
    assert!(matches!(
        Vault::from_key_file(folder.0.path().join("none")),
        Err(KeyFileError::Io(_))
    ));
}

/// Made by the first release and checked with another implementation of AES-GCM
/// and HMAC; never to be made anew, for this is what rows hold.
#[test]
fn a_field_that_the_first_release_sealed_still_opens() {
    let folder = Folder::new();
    let (encryption, index) = (
        "000102030405060708090a0b0c0d0e0f".repeat(2),
        "f0e0d0c0b0a09080".repeat(4),
    );
    let path = folder.with(&format!(
        "backstop-vault-key 1\nid 0badcafe\nencryption {encryption}\nindex {index}\n"
    ));
    let vault = Vault::from_key_file(path).unwrap();
    let row = [
        1, 11, 173, 202, 254, 127, 47, 20, 63, 223, 101, 156, 80, 202, 71, 166, 134, 1, 194, 128, 241, 26,
        72, 48, 216, 123, 128, 180, 131, 4, 237, 224, 249, 7, 141, 184, 237, 178, 137, 117, 10, 46, 37, 44,
        58, 133, 44, 43, 165, 40, 76,
    ];
    let sealed: Sealed<String> = Sealed::from_bytes(row.to_vec());
    assert_eq!(vault.open(&sealed, PLACE).unwrap(), "示例小微企业");
    let index = [
        232, 222, 78, 253, 58, 33, 106, 120, 46, 18, 237, 242, 217, 45, 111, 208, 233, 50, 44, 240, 193, 27,
        116, 245, 223, 255, 252, 128, 135, 191, 241, 82,
    ];
    assert_eq!(vault.blind_index("credit_code", "91110000MA0000000X"), index);
}
