//! A server beyond this machine is known by its certificate.

use cluster::account::Account;
use cluster::{Cluster, Options as Server};
use db::{Db, DbError, Options};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn pem(&self, folder: &Path) -> PathBuf {
        let path = folder.join(format!("ca-{}.pem", self.0.pem().len()));
        fs::write(&path, self.0.pem()).unwrap();
        path
    }
}

/// A server with a certificate for 127.0.0.1.
fn server(authority: &Authority) -> Cluster {
    let cluster = Cluster::start(Server::default()).unwrap();
    let account = Account::choose().unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &authority.0).unwrap();
    for (name, text) in [
        ("server.pem", certificate.pem()),
        ("server.key", key.serialize_pem()),
    ] {
        let path = cluster.folder().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        account.own(&path).unwrap();
    }
    for (setting, name) in [("ssl_cert_file", "server.pem"), ("ssl_key_file", "server.key")] {
        let path = cluster.folder().join(name);
        let sql = format!("ALTER SYSTEM SET {setting} = '{}'", path.display());
        cluster.sql("postgres", &sql).unwrap();
    }
    cluster.sql("postgres", "ALTER SYSTEM SET ssl = on").unwrap();
    cluster.sql("postgres", "SELECT pg_reload_conf()").unwrap();
    cluster
}

/// Whether the connection that a read gets is under TLS.
async fn is_under_tls(url: &str) -> Result<bool, DbError> {
    let db = Db::open(url, Options::default()).await?;
    let sql = "SELECT ssl::int::bigint FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let row = db.one(sql, &[]).await?;
    db.close().await;
    Ok(row.unwrap().int(0).unwrap() == 1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_verified_and_a_stranger_is_not_spoken_to() {
    let (ours, stranger) = (Authority::new(), Authority::new());
    let folder = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    let cluster = server(&ours);
    let plain = cluster.url("postgres");
    let verified =
        |authority: &Path| format!("{plain}?sslmode=verify-full&sslrootcert={}", authority.display());

    let ca = ours.pem(folder.path());
    // The server reads its new settings in its own time.
    for _ in 0..100 {
        if is_under_tls(&verified(&ca)).await.is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(is_under_tls(&verified(&ca)).await.unwrap());
    assert!(
        !is_under_tls(&plain).await.unwrap(),
        "on this machine in the clear, unless asked"
    );
    let refused = is_under_tls(&verified(&stranger.pem(other.path()))).await;
    assert!(matches!(refused, Err(DbError::Unavailable(_))), "{refused:?}");
    let by_name = verified(&ca).replace("127.0.0.1", "localhost");
    let refused = is_under_tls(&by_name).await;
    assert!(
        matches!(refused, Err(DbError::Unavailable(_))),
        "another name: {refused:?}"
    );
}
