//! The process that writes while its disk breaks, and says what it was told.

use db::{Db, DbError, Options};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Set in the process that writes: address, clients, rows per client, bytes a row.
const WORK: &str = "BACKSTOP_DB_FAULTS_WORK";

/// What the writing process does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work {
    pub(crate) clients: u32,
    pub(crate) rows: u32,
    pub(crate) bytes: usize,
}

/// If this process is the one that writes, writes and does not return.
pub(crate) fn write_if_asked() {
    #[expect(
        clippy::disallowed_methods,
        reason = "how a test tells its second process what to do"
    )]
    let Ok(work) = std::env::var(WORK) else { return };
    let fields: Vec<&str> = work.split('|').collect();
    let [url, clients, rows, bytes] = fields[..] else {
        panic!("{work}")
    };
    let work = Work {
        clients: clients.parse().unwrap(),
        rows: rows.parse().unwrap(),
        bytes: bytes.parse().unwrap(),
    };
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(write(url, work));
    // As the service does when the database has failed: without closing anything.
    std::process::exit(0);
}

/// The command that runs the test `name` of this binary as the writing process.
pub(crate) fn command(name: &str, folder: &Path, work: Work) -> (Vec<String>, (&'static str, String)) {
    let program = std::env::current_exe().unwrap().display().to_string();
    let arguments = [&program, "--exact", name, "--nocapture"]
        .map(str::to_owned)
        .to_vec();
    let url = format!("sqlite:{}", folder.join("test.db").display());
    let Work { clients, rows, bytes } = work;
    (arguments, (WORK, format!("{url}|{clients}|{rows}|{bytes}")))
}

/// As [`command`], behind a program that runs it, such as strace with its options.
pub(crate) fn behind(wrapper: &[&str], name: &str, folder: &Path, work: Work) -> Command {
    let (arguments, (variable, value)) = command(name, folder, work);
    let mut all = wrapper.iter().map(|word| (*word).to_owned()).chain(arguments);
    let mut command = Command::new(all.next().unwrap());
    command.args(all).env(variable, value);
    command
}

/// One line, in one write, so that strace sees whole words.
fn say(line: &str) {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(format!("{line}\n").as_bytes()).unwrap();
    stdout.flush().unwrap();
}

async fn write(url: &str, work: Work) {
    let db = Db::open(url, Options::default()).await.unwrap();
    let clients: Vec<_> = (0..work.clients)
        .map(|client| tokio::spawn(client_of(db.clone(), client, work)))
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    if tokio::time::timeout(Duration::from_millis(100), db.failed())
        .await
        .is_ok()
    {
        say("FAILED");
    }
}

async fn client_of(db: Db, client: u32, work: Work) {
    for n in 0..work.rows {
        let id = format!("{client}-{n}");
        let (key, bytes) = (id.clone(), work.bytes);
        let outcome = db
            .write(move |tx| {
                Box::pin(async move {
                    let payload = vec![7; bytes];
                    tx.exec(
                        "INSERT INTO t VALUES ($1, $2)",
                        &[(&key).into(), (&payload).into()],
                    )
                    .await
                })
            })
            .await;
        match outcome {
            Ok(_) => say(&format!("ACK {id}")),
            Err(DbError::Ambiguous(_)) => say(&format!("AMBIGUOUS {id}")),
            Err(DbError::Unavailable(_)) => say(&format!("UNAVAILABLE {id}")),
            Err(error) => say(&format!("UNEXPECTED {id} {error:?}")),
        }
    }
}
