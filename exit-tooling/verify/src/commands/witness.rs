//! `backstop-verify witness`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use base::ended::{because, stop};
use base::exit;
use certificate::key_file::Key;
use rand::{TryRngCore, rngs::OsRng};
use serde_json::Value;
use verify::gather::{Where, gather};
use verify::order::{ACT, Order};
use verify::{VerifyError, tokens};

use super::{address, clock, write};

/// A plan of as many customers as may leave under one has less.
const PLAN_BYTES: usize = 64 << 20;

/// What to note of whom.
#[derive(clap::Args)]
#[command(after_help = "\
Made before the exit, of everybody who leaves; sealed under a key of its own. Without --yes it says what it would do and
opens nothing. With it, the order is in the evidence log of the lending database before the first field is opened, as
exit.witness; nothing else is changed. An order that was recorded stays, also when no witness came of it.

Exit codes: 0 noted (or previewed) · 1 it failed · 2 wrong usage · 5 the lending database can't be reached, or takes no
order: nothing was opened · 6 refused, nothing changed

Example:
  backstop-verify witness --database sqlite:financing.db --key-store sqlite:keys/keys.db --keys etc \\
    --firm frm_0190f2c3d4e5f7000800000000000000 --out /media/usb/witness --secret /media/usb/witness.key \\
    --actor ada --reference EXIT-17 --yes")]
pub(crate) struct Args {
    /// The lending database's address.
    #[arg(long, env = "FINANCING_DATABASE")]
    database: String,
    /// The key store's address.
    #[arg(long, env = "FINANCING_KEY_STORE")]
    key_store: String,
    /// The folder with the custodians' KEK files.
    #[arg(long, env = "FINANCING_KEYS")]
    keys: PathBuf,
    /// A customer's id; may be given several times.
    #[arg(long = "firm", value_name = "ID", required_unless_present = "plan")]
    firms: Vec<String>,
    /// The exit's plan: everybody who leaves under it.
    #[arg(long, value_name = "FILE", conflicts_with = "firms")]
    plan: Option<PathBuf>,
    /// The witness' file, which must be new.
    #[arg(long)]
    out: PathBuf,
    /// The file for its key, which must be new.
    #[arg(long)]
    secret: PathBuf,
    /// Who orders it, for the evidence log.
    #[arg(long, env = "FINANCING_ACTOR", value_name = "NAME", value_parser = name)]
    actor: String,
    /// The case that it is for, such as EXIT-17, or the proposal of the exit.
    #[arg(long, value_name = "CASE", value_parser = case)]
    reference: String,
    /// Do it. Without this, only what would be done is said.
    #[arg(long)]
    yes: bool,
}

fn name(text: &str) -> Result<String, &'static str> {
    auth::is_name(text)
        .then(|| text.to_owned())
        .ok_or("a name is 1-64 letters, digits, '-', '_', '.', '@'")
}

fn case(text: &str) -> Result<String, &'static str> {
    evidence::is_reference(text)
        .then(|| text.to_owned())
        .ok_or(evidence::REFERENCE)
}

/// Says what it would do, or makes the witness.
pub(crate) async fn run(args: Args) -> Result<u8> {
    let mut firms = match &args.plan {
        Some(plan) => leaving(plan)?,
        None => args.firms,
    };
    for (place, firm) in firms.iter().enumerate() {
        if !firm.starts_with("frm_") || tokens::uuid(firm).is_none() {
            let place = place + 1;
            let named = args.plan.as_ref().map_or("--firm", |_| "--plan: customer");
            let text = format!("{named} {place} is no id of the form frm_ and 32 hexadecimal digits");
            return Err(stop(exit::USAGE, text));
        }
    }
    firms.sort_unstable();
    firms.dedup();
    // What cannot be written is not worth an order.
    if args.out == args.secret {
        return Err(stop(exit::USAGE, "--out and --secret are one file: name two"));
    }
    can_be_new("--out", &args.out)?;
    can_be_new("--secret", &args.secret)?;
    let order = Order {
        at: Where {
            database: args.database,
            key_store: args.key_store,
            keys: args.keys,
        },
        firms,
        actor: args.actor,
        reference: args.reference,
    };
    if !args.yes {
        order.check().await.map_err(|error| failed(&error))?;
        preview(&order, &args.out, &args.secret)?;
        return Ok(exit::OK);
    }
    let mut salt = Key::default();
    OsRng.try_fill_bytes(salt.as_mut_slice())?;
    let clock = clock::of();
    let ordered = order.record(&clock).await.map_err(|error| failed(&error))?;
    let witness = gather(ordered, &clock, &salt).await?;
    witness.write(&args.out, &args.secret)?;
    let rows: usize = witness.rows.values().map(|rows| rows.len()).sum();
    let values: usize = witness.texts.values().map(Vec::len).sum();
    writeln!(
        std::io::stdout(),
        "witness 取证: {} customers 客户, {rows} rows 记录, {values} values 值, {} tokens 标识号, {} postings 分录行",
        witness.firms.len(),
        witness.tokens.len(),
        witness.ledger.postings.len()
    )?;
    Ok(exit::OK)
}

/// Who leaves under a plan. Nothing else of it is believed here.
fn leaving(plan: &Path) -> Result<Vec<String>> {
    let firms = || {
        let plan: Value = serde_json::from_slice(&write::read(plan, PLAN_BYTES).ok()?).ok()?;
        let leaving = plan.get("leaving")?.as_array()?.iter();
        leaving
            .map(|one| Some(one.get("firm")?.as_str()?.to_owned()))
            .collect::<Option<Vec<_>>>()
    };
    let firms = firms().filter(|firms| !firms.is_empty());
    firms.ok_or_else(|| {
        let text = format!(
            "--plan: {} is no plan of an exit in which somebody leaves",
            plan.display()
        );
        stop(exit::USAGE, text)
    })
}

/// What stood in the way before anything was opened.
fn failed(error: &VerifyError) -> anyhow::Error {
    let code = match error {
        VerifyError::Database(_) | VerifyError::Order(_) => exit::UNREACHABLE,
        VerifyError::TooMany(..) => exit::USAGE,
        VerifyError::NoCustomer(_) => exit::REFUSED,
        _ => exit::FAILED,
    };
    because(code, error)
}

/// Refuses a file that is there, or that has no folder to be made in.
fn can_be_new(flag: &str, path: &Path) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if path.symlink_metadata().is_ok() {
        let text = format!("{flag}: {} is there already: name a new file", path.display());
        return Err(stop(exit::REFUSED, text));
    }
    if path.file_name().is_none() || !folder.is_none_or(Path::is_dir) {
        let text = format!(
            "{flag}: {} is in no folder that is there: make it first",
            path.display()
        );
        return Err(stop(exit::REFUSED, text));
    }
    Ok(())
}

fn preview(order: &Order, out: &Path, secret: &Path) -> Result<()> {
    let mut said = std::io::stdout().lock();
    let customers = order.firms.len();
    writeln!(
        said,
        "would open every sealed field of {customers} customers / 将解密 {customers} 户客户的全部密封字段: {}",
        address::shown(&order.at.database)
    )?;
    writeln!(
        said,
        "  first its order in the evidence log / 先在证据日志中留下指令: {ACT} {} ({})",
        order.reference, order.actor
    )?;
    writeln!(
        said,
        "  then, sealed, / 然后密封写入: {}\n  and its key / 其密钥写入: {}",
        out.display(),
        secret.display()
    )?;
    writeln!(said, "it is meant with / 确认执行请加: --yes")?;
    Ok(())
}
