//! A disk without room: by SQLite's own limit, and for real.

use crate::child::{Work, command, write_if_asked};
use crate::verdict::{kept, listen, prepare, skip};
use db::{Db, DbError, Options};
use std::process::Command;

/// The database may not grow: SQLite undoes the whole group inside the statement,
/// so the failure is certain, and the writer goes on when there is room again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_meets_a_full_database_is_undone_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let url = format!("sqlite:{}", folder.path().join("test.db").display());
    let db = Db::open(&url, Options::default()).await.unwrap();
    limit(&db, 200).await;
    let mut acknowledged = Vec::new();
    for n in 0..10 {
        insert(db.clone(), format!("alone {n}")).await.unwrap();
        acknowledged.push(format!("alone {n}"));
    }
    let together: Vec<_> = (0..200)
        .map(|n| (format!("{n}"), tokio::spawn(insert(db.clone(), format!("{n}")))))
        .collect();
    let mut refused = 0;
    for (id, writer) in together {
        match writer.await.unwrap() {
            Ok(_) => acknowledged.push(id),
            Err(DbError::Unavailable(_)) => refused += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(refused > 0, "the limit was not met");

    limit(&db, 100_000).await;
    assert_eq!(insert(db.clone(), "later".into()).await, Ok(1));
    acknowledged.push("later".into());
    db.close().await;
    assert_eq!(kept(folder.path()), acknowledged.into_iter().collect());
}

async fn limit(db: &Db, pages: u32) {
    let sql = format!("PRAGMA max_page_count = {pages}");
    db.write(move |tx| Box::pin(async move { tx.batch(&sql).await }))
        .await
        .unwrap();
}

async fn insert(db: Db, id: String) -> Result<u64, DbError> {
    db.write(move |tx| {
        Box::pin(async move {
            let payload = vec![7; 20_000];
            tx.exec(
                "INSERT INTO t VALUES ($1, $2)",
                &[(&id).into(), (&payload).into()],
            )
            .await
        })
    })
    .await
}

/// A file system of two megabytes, in a mount namespace of its own.
#[test]
fn a_full_disk_is_ambiguous_and_final() {
    const NAME: &str = "full_disk::a_full_disk_is_ambiguous_and_final";
    write_if_asked();
    let folder = tempfile::tempdir().unwrap();
    let (disk, out) = (folder.path().join("disk"), folder.path().join("out"));
    for made in [&disk, &out] {
        std::fs::create_dir(made).unwrap();
    }
    prepare(&out);
    let mount = "mount -t tmpfs -o size=2m tmpfs \"$1\"";
    let namespace = ["-r", "-m", "sh", "-c"];
    let may = Command::new("unshare")
        .args(namespace)
        .arg(mount)
        .arg("sh")
        .arg(&disk)
        .output();
    if !may.is_ok_and(|output| output.status.success()) {
        skip(
            NAME,
            "it needs unshare (Debian: apt-get install util-linux) and leave to mount",
        );
        return;
    }
    // The file system ends with the namespace, so the files are copied out of it.
    let script =
        format!("{mount} && cp \"$2\"/* \"$1\" && d=$1 o=$2 && shift 2 && \"$@\"; cp \"$d\"/* \"$o\"");
    let (arguments, (variable, value)) = command(
        NAME,
        &disk,
        Work {
            clients: 8,
            rows: 60,
            bytes: 10_000,
        },
    );
    let mut unshare = Command::new("unshare");
    unshare
        .args(namespace)
        .arg(script)
        .arg("sh")
        .args([&disk, &out])
        .args(arguments)
        .env(variable, value);
    let told = listen(&mut unshare);
    told.holds_against(&kept(&out));
    assert!(told.failed && told.acknowledged_late == 0, "{told:?}");
    assert!(
        !told.acknowledged.is_empty() && !told.ambiguous.is_empty(),
        "{told:?}"
    );
}
