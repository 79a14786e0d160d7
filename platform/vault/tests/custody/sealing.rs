//! What is sealed opens in its place, for its subject, at every instance, and nowhere else.

use base::clock::Clock;
use proptest::prelude::*;
use std::sync::Arc;
use vault::Vault;
use vault::suite::Suites;
use vault::{Custodian, FileKek, KeyStore, OpenError, Parts, Sealed, VaultError};

use crate::fixture::{ANSWER, Fixture, NAME, PHONE, at, on_both};

on_both!(
    two_instances_open_what_either_sealed,
    a_stolen_kek_file_opens_one_custodians_fields_only,
    another_store_has_other_keys,
);

async fn two_instances_open_what_either_sealed(fixture: Fixture) {
    let (one, other) = (fixture.vault().await, fixture.vault().await);
    let (subject, keys) = one.fresh().await.unwrap();
    let name = "示例小微企业".to_owned();
    let sealed = keys.seal(at(&NAME), &name).unwrap();
    let read = other.keys(subject).await.unwrap();
    assert_eq!(read.open(at(&NAME), &sealed), Ok(name.clone()));
    let back = read.seal(at(&PHONE), &"13800000000".to_owned()).unwrap();
    assert_eq!(keys.open(at(&PHONE), &back), Ok("13800000000".to_owned()));
    assert_eq!(
        one.blind_index("credit_code", "9111"),
        other.blind_index("credit_code", "9111")
    );
    assert_ne!(
        one.blind_index("credit_code", "9111"),
        one.blind_index("phone", "9111")
    );
    assert_ne!(
        one.blind_index("phone", "9111"),
        one.blind_index_under(Custodian::Identity, "phone", "9111")
    );

    // A commitment: the same at every instance, another for another value, place or subject.
    let committed = keys.commit(at(&NAME), name.as_bytes()).unwrap();
    assert_eq!(committed.len(), 32);
    assert_eq!(read.commit(at(&NAME), name.as_bytes()), Ok(committed.clone()));
    let (_, stranger) = one.fresh().await.unwrap();
    for other in [
        keys.commit(at(&NAME), "示例小微企".as_bytes()),
        keys.commit(at(&ANSWER), name.as_bytes()),
        stranger.commit(at(&NAME), name.as_bytes()),
    ] {
        assert_ne!(other.unwrap(), committed);
    }

    // Another column, another row, another subject.
    assert!(matches!(
        keys.open(at(&ANSWER), &sealed),
        Err(OpenError::UnknownKey(_))
    ));
    // A phone's outer layer is of the name's key, but of another column's place.
    assert_eq!(keys.open(at(&PHONE), &sealed), Err(OpenError::NotAuthentic));
    let elsewhere = vault::Place {
        row: "frm_2",
        ..at(&NAME)
    };
    assert_eq!(keys.open(elsewhere, &sealed), Err(OpenError::NotAuthentic));
    let (_, others) = one.fresh().await.unwrap();
    assert!(matches!(
        others.open(at(&NAME), &sealed),
        Err(OpenError::UnknownKey(_))
    ));
    let as_number: Sealed<i64> = Sealed::from_bytes(sealed.as_bytes().to_vec());
    assert_eq!(keys.open(at(&NAME), &as_number), Err(OpenError::WrongType));
}

/// The thief has the key store, the data and one KEK file. The other custodian's
/// file is a fresh one, as good as none.
async fn a_stolen_kek_file_opens_one_custodians_fields_only(fixture: Fixture) {
    let vault = fixture.vault().await;
    let (subject, keys) = vault.fresh().await.unwrap();
    drop((
        keys.seal(at(&NAME), &1_i64).unwrap(),
        keys.seal(at(&PHONE), &2_i64).unwrap(),
    ));
    for stolen in Custodian::ALL {
        let lacking = Custodian::ALL
            .into_iter()
            .find(|custodian| *custodian != stolen)
            .unwrap();
        let theirs = FileKek::open(fixture.kek(stolen), stolen, Suites::standard()).unwrap();
        let guess = FileKek::ephemeral(lacking, Suites::standard().by_number(1).unwrap()).unwrap();
        let (affairs, identity): (Arc<dyn vault::KekProvider>, Arc<dyn vault::KekProvider>) = match stolen {
            Custodian::Affairs => (Arc::new(theirs), Arc::new(guess)),
            Custodian::Identity => (Arc::new(guess), Arc::new(theirs)),
        };
        let thief = KeyStore::open(Parts {
            db: fixture.db().await,
            affairs,
            identity,
            suites: Suites::standard(),
            clock: Clock::system(),
            journal: None,
        });
        let refused = thief.await.err().unwrap();
        assert!(
            matches!(refused, VaultError::Kek(vault::KekError::NotAuthentic)),
            "{refused}"
        );
        // Even past the index keys, by hand: the wrapped keys of the other custodian stay shut.
        let column = if lacking == Custodian::Affairs {
            "profile"
        } else {
            "identity"
        };
        let sql = format!("SELECT {column} FROM vault_keys WHERE subject = $1");
        let db = fixture.db().await;
        let row = db.read(move |tx| {
            Box::pin(async move { tx.one(&sql, &[(&subject.simple().to_string()).into()]).await })
        });
        let wrapped = row.await.unwrap().unwrap().bytes(0).unwrap().to_vec();
        let theirs = FileKek::open(fixture.kek(stolen), stolen, Suites::standard()).unwrap();
        for context in [&b""[..], b"backstop data key 1"] {
            assert!(vault::KekProvider::unwrap(&theirs, 1, context, &wrapped).is_err());
        }
    }
}

async fn another_store_has_other_keys(fixture: Fixture) {
    let vault = fixture.vault().await;
    let nobody = uuid::Uuid::from_u128(7);
    assert!(matches!(vault.keys(nobody).await, Err(VaultError::NoSubject)));
    let elsewhere = Fixture::sqlite().vault().await;
    assert_ne!(
        vault.blind_index("credit_code", "1"),
        elsewhere.blind_index("credit_code", "1")
    );
}

#[tokio::test]
async fn every_changed_byte_is_found_under_both_suites() {
    for suite in [1, 2] {
        let folder = tempfile::tempdir().unwrap();
        let kek = |custodian| -> Arc<dyn vault::KekProvider> {
            Arc::new(FileKek::ephemeral(custodian, Suites::standard().by_number(suite).unwrap()).unwrap())
        };
        let url = format!("sqlite:{}", folder.path().join("keys.db").display());
        let store = KeyStore::open(Parts {
            db: db::Db::open(&url, db::Options::default()).await.unwrap(),
            affairs: kek(Custodian::Affairs),
            identity: kek(Custodian::Identity),
            suites: Suites::standard(),
            clock: Clock::system(),
            journal: None,
        });
        let vault = Vault::open(Arc::new(store.await.unwrap())).await.unwrap();
        let (subject, keys) = vault.fresh().await.unwrap();
        let whole = keys
            .seal(at(&ANSWER), &"91110000MA01".to_owned())
            .unwrap()
            .as_bytes()
            .to_vec();
        assert_eq!((whole[0], whole[1]), (2, suite));
        for at_byte in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at_byte] ^= 1;
            let opened = keys.open::<String>(at(&ANSWER), &Sealed::from_bytes(bytes));
            assert!(opened.is_err(), "byte {at_byte} of suite {suite}");
        }
        assert_eq!(keys.subject(), subject);
        proptest!(ProptestConfig::with_cases(64), |(text in ".*", number: i64, bytes: Vec<u8>)| {
            vault_round(&keys, &text);
            vault_round(&keys, &number);
            vault_round(&keys, &bytes);
        });
    }
}

fn vault_round<T: vault::Seal + PartialEq + std::fmt::Debug>(keys: &vault::Keys, value: &T) {
    let sealed = keys.seal(at(&NAME), value).unwrap();
    assert_eq!(&keys.open(at(&NAME), &sealed).unwrap(), value);
}
