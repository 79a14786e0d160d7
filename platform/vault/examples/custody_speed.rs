//! What the vault costs: `cargo run --release -p vault --example custody_speed -- FOLDER [SUBJECTS]`.
//!
//! Opens fields by their subject's id on one thread, from memory and from the key
//! store; then rotates the KEK of five keys a subject in a child that is killed in the
//! middle with SIGKILL and run again, while this process goes on opening fields.
//! 200,000 subjects are 1,000,000 keys. Prints one JSON object.

use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base::clock::Clock;
use db::{Db, Options};
use uuid::Uuid;
use vault::Vault;
use vault::suite::Suites;
use vault::{Category, Custodian, FileKek, KekProvider, KeyStore, Parts, Place, Sealed, SealedColumn};

type Outcome<T> = Result<T, Box<dyn Error>>;

static FIELD: SealedColumn = SealedColumn {
    table: "firms",
    column: "phone_sealed",
    category: Category::Identity,
};
const PLACE: Place<'static> = Place {
    column: &FIELD,
    row: "frm_01900000000070008000000000000000",
};

fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("a folder, and how many subjects")?;
    let second = arguments.next().unwrap_or_else(|| "200000".to_owned());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    if second == "rotate" {
        return runtime.block_on(rotate(Path::new(&folder)));
    }
    runtime.block_on(measure(Path::new(&folder), second.parse()?))
}

async fn store(folder: &Path) -> Outcome<Arc<KeyStore>> {
    let kek = |custodian: Custodian| -> Outcome<Arc<dyn KekProvider>> {
        let path = folder.join(custodian.as_str());
        Ok(Arc::new(FileKek::open(path, custodian, Suites::standard())?))
    };
    let url = format!("sqlite:{}", folder.join("keys.db").display());
    let parts = Parts {
        db: Db::open(&url, Options::default()).await?,
        affairs: kek(Custodian::Affairs)?,
        identity: kek(Custodian::Identity)?,
        suites: Suites::standard(),
        clock: Clock::system(),
        journal: None,
    };
    Ok(Arc::new(KeyStore::open(parts).await?))
}

async fn rotate(folder: &Path) -> Outcome<()> {
    let store = store(folder).await?;
    for custodian in Custodian::ALL {
        let rotated = store.rotate(custodian, |_| {}).await?;
        writeln!(
            std::io::stdout(),
            "  {} epoch {}: {} keys in this run",
            custodian.as_str(),
            rotated.epoch,
            rotated.keys
        )?;
    }
    Ok(())
}

async fn measure(folder: &Path, subjects: usize) -> Outcome<()> {
    std::fs::create_dir_all(folder)?;
    for custodian in Custodian::ALL {
        let aes = Suites::standard().by_number(1).ok_or("no AES")?;
        FileKek::create(folder.join(custodian.as_str()), custodian, aes)?;
    }
    let vault = Vault::open(store(folder).await?).await?;
    let began = Instant::now();
    let mut fields: Vec<(Uuid, Sealed<String>)> = Vec::with_capacity(subjects);
    for _ in 0..subjects {
        let (subject, keys) = vault.fresh().await?;
        fields.push((subject, keys.seal(PLACE, &"13800000000".to_owned())?));
    }
    let made = rate(subjects, began);
    let hot = fields
        .get(fields.len().saturating_sub(1000)..)
        .unwrap_or_default();
    let began = Instant::now();
    for _ in 0..500 {
        open(&vault, hot).await?;
    }
    let from_memory = rate(500 * hot.len(), began);
    let cold = fields.get(..fields.len().min(50_000)).unwrap_or_default();
    let began = Instant::now();
    open(&vault, cold).await?;
    let from_store = rate(cold.len(), began);
    let rotation = killed_rotation(folder, &vault, &fields).await?;
    writeln!(
        std::io::stdout(),
        "{}",
        serde_json::json!({
            "subjects_made": made,
            "opened_from_memory": from_memory,
            "opened_from_store": from_store,
            "keys": 5 * fields.len(),
            "kills": rotation.kills,
            "rotated_seconds": rotation.took.as_secs_f64(),
            "read_meanwhile": rotation.read,
            "slowest_read_ms": rotation.slowest.as_secs_f64() * 1e3,
        })
    )?;
    Ok(())
}

/// How a rotation went that was killed and run again.
struct Rotation {
    took: Duration,
    kills: u32,
    read: u64,
    slowest: Duration,
}

/// Kills the first run after a second, runs it again, and reads meanwhile.
async fn killed_rotation(
    folder: &Path,
    vault: &Vault,
    fields: &[(Uuid, Sealed<String>)],
) -> Outcome<Rotation> {
    let began = Instant::now();
    let (mut read, mut slowest, mut kills) = (0_u64, Duration::ZERO, 0);
    let mut child = start(folder)?;
    let mut started = Instant::now();
    for field in fields.iter().cycle() {
        let one = Instant::now();
        open(vault, std::slice::from_ref(field)).await?;
        slowest = slowest.max(one.elapsed());
        read += 1;
        if read.is_multiple_of(64) {
            // As a request would: the rotation gets the core in between.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        if let Some(status) = child.try_wait()? {
            if status.success() {
                break;
            }
            return Err(format!("the rotation ended with {status}").into());
        }
        if kills == 0 && started.elapsed() > Duration::from_secs(1) {
            child.kill()?;
            child.wait()?;
            kills += 1;
            child = start(folder)?;
            started = Instant::now();
        }
    }
    Ok(Rotation {
        took: began.elapsed(),
        kills,
        read,
        slowest,
    })
}

fn start(folder: &Path) -> Outcome<std::process::Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg(folder)
        .arg("rotate")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    Ok(command.spawn()?)
}

async fn open(vault: &Vault, fields: &[(Uuid, Sealed<String>)]) -> Outcome<()> {
    for (at, (subject, sealed)) in fields.iter().enumerate() {
        if at.is_multiple_of(64) {
            // One thread for all: the vault's looks at the tombstones need their turn.
            tokio::task::yield_now().await;
        }
        let keys = vault.keys(*subject).await?;
        std::hint::black_box(keys.open(PLACE, sealed)?);
    }
    Ok(())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a measurement are far below 2^52"
)]
fn rate(count: usize, began: Instant) -> f64 {
    count as f64 / began.elapsed().as_secs_f64()
}
