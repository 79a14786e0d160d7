//! What one stolen credential opens: never both sides of what two custodians keep apart.

use std::sync::Arc;

use base::clock::Clock;
use db::{Db, Options, V};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::store::{context, key_id};
use crate::suite::{Aes256GcmHmacSha256, Suite, Suites};
use crate::{Category, Custodian, FileKek, KekProvider, KeyStore, Parts, Place, Sealed, SealedColumn, Vault};
use crate::{layout, suite};

static NAME: SealedColumn = SealedColumn {
    table: "firms",
    column: "contact_sealed",
    category: Category::Profile,
};
static ID_NUMBER: SealedColumn = SealedColumn {
    table: "firms",
    column: "contact_id_sealed",
    category: Category::Identity,
};

/// Holds the data, the key store and some KEKs, and goes around the vault: unwraps
/// by hand, under the right context, and opens layers by hand, at the right place.
struct Thief<'a> {
    store: &'a Db,
    subject: Uuid,
    keks: Vec<&'a FileKek>,
}

impl Thief<'_> {
    async fn key(&self, category: Category) -> Option<Zeroizing<Vec<u8>>> {
        let sql = format!(
            "SELECT {}, number FROM vault_keys WHERE subject = $1",
            category.as_str()
        );
        let name = self.subject.simple().to_string();
        let row = self.store.one(&sql, &[V::Text(&name)]).await.unwrap().unwrap();
        let bound = context(
            self.subject,
            category,
            key_id(row.int(1).unwrap(), category),
            1,
            1,
        );
        self.keks
            .iter()
            .find_map(|kek| kek.unwrap(1, &bound, row.bytes(0).unwrap()).ok())
    }

    /// One layer, if any stolen key opens it; also tries every key for every layer.
    async fn peel(&self, place: Place<'_>, bytes: &[u8]) -> Option<Vec<u8>> {
        let parts = layout::split(bytes).ok()?;
        for category in Category::ALL {
            let Some(key) = self.key(category).await else {
                continue;
            };
            let cipher = Aes256GcmHmacSha256.cipher(&key).unwrap();
            for bound_as in Category::ALL {
                let mut body = parts.ciphertext.to_vec();
                let bound = place.bind(parts.header, self.subject, bound_as);
                if cipher.open(parts.nonce, &bound, &mut body, parts.tag) == Ok(()) {
                    return Some(body);
                }
            }
        }
        None
    }

    /// What the thief reads after as many layers as open.
    async fn read(&self, place: Place<'_>, sealed: &Sealed<String>) -> String {
        let mut bytes = sealed.as_bytes().to_vec();
        while let Some(within) = self.peel(place, &bytes).await {
            bytes = within;
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_stolen_credential_cannot_join_a_name_with_an_id_number() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("keys.db").display());
    let kek =
        |custodian| Arc::new(FileKek::ephemeral(custodian, Arc::new(suite::Aes256GcmHmacSha256)).unwrap());
    let (affairs, identity) = (kek(Custodian::Affairs), kek(Custodian::Identity));
    let parts = Parts {
        db: Db::open(&url, Options::default()).await.unwrap(),
        affairs: Arc::clone(&affairs) as Arc<dyn KekProvider>,
        identity: Arc::clone(&identity) as Arc<dyn KekProvider>,
        suites: Suites::standard(),
        clock: Clock::system(),
        journal: None,
    };
    let vault = Vault::open(Arc::new(KeyStore::open(parts).await.unwrap()))
        .await
        .unwrap();
    let (subject, keys) = vault.fresh().await.unwrap();
    let at = |column| Place { column, row: "frm_1" };
    let (name, number) = ("示例负责人".to_owned(), "110101199003070000".to_owned());
    let sealed_name = keys.seal(at(&NAME), &name).unwrap();
    let sealed_number = keys.seal(at(&ID_NUMBER), &number).unwrap();

    let store = Db::open(&url, Options::default()).await.unwrap();
    let opened = async |keks: Vec<&FileKek>| {
        let thief = Thief {
            store: &store,
            subject,
            keks,
        };
        (
            thief.read(at(&NAME), &sealed_name).await == name,
            thief.read(at(&ID_NUMBER), &sealed_number).await == number,
        )
    };
    // The method is sound: with both files it reads both.
    assert_eq!(opened(vec![&affairs, &identity]).await, (true, true));
    assert_eq!(opened(vec![&affairs]).await, (true, false));
    // Not even the ID numbers and phones of one row with each other.
    assert_eq!(opened(vec![&identity]).await, (false, false));
}
