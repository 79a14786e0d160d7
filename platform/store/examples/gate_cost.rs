//! What the gate's trigger costs an application on SQLite, in processor time.
//!
//! `cargo run --release -p store --example gate_cost -- FOLDER INSERTS REPEATS`. Two databases with the whole
//! schema, one of them without the trigger on `applications`, take the same row by turns: `INSERTS` of 16
//! writers at once, each in a transaction of its own, in groups as they come. What is counted is the
//! processor time of the whole process, which does nothing else. Prints one JSON object, microseconds an
//! insert.
//!
//! `gate_cost --statement` prints the same statement for pgbench, with `:id` for the key.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use db::{Db, DbError, Options};
use nix::sys::resource::{UsageWho, getrusage};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const WRITERS: i64 = 16;

/// Slices of a repeat.
const SLICES: i32 = 20;

/// Sealed values, as long as those of a simulated applicant.
const SEALED: [usize; 7] = [78, 66, 75, 68, 110, 65, 75];

const TRIGGER: &str = "intake_gate_applications_insert";

fn statement(id: &str, blob: impl Fn(usize) -> String) -> String {
    let sealed: Vec<String> = SEALED.into_iter().map(blob).collect();
    format!(
        "INSERT INTO applications (id, firm_id, product, channel, region, amount, term_months, method, state, \
         use_of_funds_sealed, applicant_sealed, applicant_id_sealed, phone_sealed, address_sealed, \
         turnover_sealed, tax_number_sealed, guarantor_sealed, request_digest, created_at, updated_at) \
         VALUES ({id}, 'frm_1', 'micro', 'app', '330100', 30000000, 12, 'equal_instalments', 'submitted', \
         {}, NULL, '{}', 1788000000000000, 1788000000000000)",
        sealed.join(", "),
        "0a".repeat(32)
    )
}

/// One enterprise that all applications are of.
const FIRM: &str = "INSERT INTO firms (id, credit_code_sealed, credit_code_index, name_sealed, contact_sealed, \
    contact_id_sealed, phone_sealed, account_sealed, region, industry, request_digest, created_at) \
    VALUES ('frm_1', '1', '1', '1', '1', '1', '1', '1', '330100', '1', 'd', 1)";

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout();
    if arguments.first().is_some_and(|first| first == "--statement") {
        let bytea = |length| format!("'\\x{}'", "5a".repeat(length));
        writeln!(out, "{FIRM};\n{};", statement(":id", bytea))?;
        return Ok(());
    }
    let [folder, inserts, repeats] = arguments.as_slice() else {
        return Err("FOLDER INSERTS REPEATS".into());
    };
    let (inserts, repeats): (i64, u32) = (inserts.parse()?, repeats.parse()?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (mut with, mut without) = (Vec::new(), Vec::new());
    runtime.block_on(async {
        let gated = open(Path::new(folder), "gated", false).await?;
        let free = open(Path::new(folder), "free", true).await?;
        for _ in 0..repeats {
            // In slices, now one first and now the other, so that what slows the machine down slows down both.
            let (mut gated_sum, mut free_sum) = (0.0, 0.0);
            for slice in 0..SLICES {
                let mut turns = [(&gated, &mut gated_sum), (&free, &mut free_sum)];
                if slice % 2 == 1 {
                    turns.reverse();
                }
                for (db, sum) in turns {
                    *sum += turn(db, inserts / i64::from(SLICES)).await?;
                }
            }
            with.push(gated_sum / f64::from(SLICES));
            without.push(free_sum / f64::from(SLICES));
        }
        gated.close().await;
        free.close().await;
        Outcome::Ok(())
    })?;
    writeln!(out, "{}", serde_json::json!({ "with": with, "without": without }))?;
    Ok(())
}

async fn open(folder: &Path, name: &str, free: bool) -> Outcome<Db> {
    let url = format!("sqlite:{}", folder.join(format!("{name}.db")).display());
    let db = Db::open(&url, Options::default()).await?;
    store::schema::migrate(&db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            tx.exec(FIRM, &[]).await?;
            if free {
                tx.batch(&format!("DROP TRIGGER {TRIGGER}")).await?;
            }
            Ok::<_, DbError>(())
        })
    })
    .await?;
    Ok(db)
}

/// Microseconds of processor time an insert.
async fn turn(db: &Db, inserts: i64) -> Outcome<f64> {
    static NEXT: AtomicI64 = AtomicI64::new(0);
    let sql: Arc<str> = statement("$1", |length| format!("x'{}'", "5a".repeat(length))).into();
    let left = Arc::new(AtomicI64::new(inserts));
    let before = used()?;
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let (db, sql, left) = (db.clone(), Arc::clone(&sql), Arc::clone(&left));
        writers.spawn(async move {
            while left.fetch_sub(1, Ordering::Relaxed) > 0 {
                let sql = Arc::clone(&sql);
                let id = format!("app_{:032x}", NEXT.fetch_add(1, Ordering::Relaxed));
                db.write(move |tx| Box::pin(async move { tx.exec(&sql, &[id.as_str().into()]).await }))
                    .await?;
            }
            Ok::<_, DbError>(())
        });
    }
    while let Some(ended) = writers.join_next().await {
        ended??;
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of a measurement are far below 2^52"
    )]
    let inserts = inserts as f64;
    Ok((used()? - before).as_secs_f64() * 1e6 / inserts)
}

/// The processor time of this process.
fn used() -> Outcome<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let time = |seconds: i64, micros: i64| {
        Duration::from_secs(seconds.unsigned_abs()) + Duration::from_micros(micros.unsigned_abs())
    };
    let (user, system) = (usage.user_time(), usage.system_time());
    Ok(time(user.tv_sec(), user.tv_usec()) + time(system.tv_sec(), system.tv_usec()))
}
