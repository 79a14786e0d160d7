//! `backstop intake seal`

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use base::clock::Clock;
use base::exit;
use db::DbError;
use gate::{CLOSER, GateError, Sealed};
use serde::Serialize;
use sha2::Digest as _;

use super::reach::{direct, of_gate};
use super::{close, scram};
use crate::called;
use crate::ended::stop;

/// Shows how the sealed credential stands, or seals another one: it closes intake with --direct, and reopens nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
PostgreSQL only. Without --out it shows whether a credential is sealed and whether it was used since. With --out it
gives the role backstop_closer another password, so that the one before is worth nothing, and writes the address to
close with into a new file: print it, seal it, delete the file. Of the password the server keeps a verifier only.
The role may say `closing` and `closed`, add to history and evidence, and end sessions; it sees the statements that
sessions run. It reopens nothing, and reads and writes no business. Once it was used, or in a drill, seal another.

Exit codes: 0 sealed, and not used since · 1 none, or it was used: seal another · 2 wrong usage · 5 nothing answers ·
6 refused

Example:
  backstop intake seal --direct postgres://owner@db.bank.example/financing
  backstop intake seal --direct postgres://owner@db.bank.example/financing --actor ann --out envelope.txt")]
pub struct Args {
    /// The database, as a superuser.
    #[arg(long, value_name = "DATABASE_URL")]
    direct: String,
    /// Seal another credential, into this new file.
    #[arg(long, value_name = "FILE", requires = "actor")]
    out: Option<PathBuf>,
    /// Who seals it, for the evidence.
    #[arg(long, env = "BACKSTOP_ACTOR", value_name = "NAME", value_parser = close::name)]
    actor: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Stands {
    sealed_at: Option<i64>,
    sealed_by: Option<String>,
    used_at: Option<i64>,
    /// Whether another has to be sealed.
    due: bool,
}

/// Shows or seals.
///
/// # Errors
/// When nothing answers, or it refuses.
pub async fn run(args: Args) -> anyhow::Result<u8> {
    let db = direct(&args.direct).await?;
    let done = match (&args.out, &args.actor) {
        (Some(out), Some(actor)) => seal(&db, &args.direct, out, actor).await,
        _ => Ok(()),
    };
    let stands = match done {
        Ok(()) => gate::sealed_credential(&db)
            .await
            .map_err(|error| of_gate(&error)),
        Err(error) => Err(error),
    };
    db.close().await;
    let sealed = stands?;
    let stands = Stands {
        sealed_at: sealed.as_ref().map(|one| one.at),
        sealed_by: sealed.as_ref().map(|one| one.by.clone()),
        used_at: sealed.as_ref().and_then(|one| one.used_at),
        due: sealed.as_ref().is_none_or(|one| one.used_at.is_some()),
    };
    called::print(args.json, &stands, || lines(sealed.as_ref(), args.out.as_deref()))?;
    Ok(if stands.due { exit::FAILED } else { exit::OK })
}

/// The file first: a password that nobody was told must not replace one that is in an envelope.
async fn seal(db: &db::Db, url: &str, out: &Path, actor: &str) -> anyhow::Result<()> {
    let random = |_| stop(exit::FAILED, "this machine gives no randomness");
    let password = password().map_err(random)?;
    let (salt, _) = auth::mint().map_err(random)?;
    let salt = sha2::Sha256::digest(salt.as_bytes());
    let salt = salt.first_chunk().copied().unwrap_or_default();
    let verifier = scram::verifier(&password, &salt);
    let verifier = verifier.ok_or_else(|| stop(exit::FAILED, "no verifier could be reckoned"))?;
    let address = with_user(url, &password)?;
    let text = format!(
        "Break-glass: closes the intake of new business, and reopens nothing.\n\
         紧急关闭增量业务专用凭证，仅可关闭，不可开放。启用后请重新封存。\n\n\
         backstop intake close --reason '...' --actor NAME --direct '{address}'\n"
    );
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(out)
        .map_err(|error| stop(exit::USAGE, format!("--out {}: {error}", out.display())))?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    let sealed = match written {
        Ok(()) => gate::seal_credential(db, &verifier, actor, Clock::system().now_micros()).await,
        Err(error) => {
            drop(std::fs::remove_file(out));
            return Err(stop(exit::FAILED, format!("--out {}: {error}", out.display())));
        }
    };
    match sealed {
        Ok(()) => Ok(()),
        // It may be in force, and then this is the only copy.
        Err(GateError::Db(DbError::Ambiguous(why))) => Err(stop(
            exit::AMBIGUOUS,
            format!(
                "whether it is sealed is not known ({why}): try the address in {}, or seal again",
                out.display()
            ),
        )),
        Err(error) => {
            drop(std::fs::remove_file(out));
            Err(of_gate(&error))
        }
    }
}

/// What is typed from paper, at night and on a telephone: letters of its first keyboard, none of which is taken for
/// another or for a digit.
const LETTERS: &[u8; 23] = b"abcdefghjkmnpqrstuvwxyz";

/// 28 of 23 letters are 126 random bits: as good as a key, in less than half of the keys that hexadecimal takes.
const LENGTH: usize = 28;

fn password() -> std::io::Result<String> {
    let mut password = String::with_capacity(LENGTH);
    while password.len() < LENGTH {
        let (random, _) = auth::mint()?;
        let random = sha2::Sha256::digest(random.as_bytes());
        // What is left past eleven times all letters would make the first ones likelier.
        let fair = random
            .iter()
            .copied()
            .map(usize::from)
            .filter(|byte| *byte < 11 * LETTERS.len());
        let letters = fair.filter_map(|byte| LETTERS.get(byte % LETTERS.len()).copied().map(char::from));
        password.extend(letters.take(LENGTH - password.len()));
    }
    Ok(password)
}

/// The address with the role and its password in place of whoever is in it.
fn with_user(url: &str, password: &str) -> anyhow::Result<String> {
    let wrong = || {
        stop(
            exit::USAGE,
            "--direct: postgres://… is needed, as SQLite has no roles",
        )
    };
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    if !["postgres", "postgresql"].contains(&scheme) {
        return Err(wrong());
    }
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (_, query) = path.split_once('?').unwrap_or((path, ""));
    let kept = ["sslmode", "sslrootcert", "ssl-mode", "ssl-root-cert"];
    let names = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split('=').next().unwrap_or_default());
    if let Some(name) = names.into_iter().find(|name| !kept.contains(name)) {
        let text = format!(
            "--direct: {name} does not go into an envelope; of the query only sslmode and sslrootcert do"
        );
        return Err(stop(exit::USAGE, text));
    }
    if host.is_empty() {
        return Err(stop(
            exit::USAGE,
            "--direct: the envelope needs a host; a socket has none",
        ));
    }
    Ok(format!("{scheme}://{CLOSER}:{password}@{host}{path}"))
}

fn lines(sealed: Option<&Sealed>, out: Option<&Path>) -> String {
    let Some(sealed) = sealed else {
        return "no credential is sealed: seal one with --out FILE --actor NAME / 尚未封存".to_owned();
    };
    let mut text = format!("sealed {} by {} / 已封存", called::when(sealed.at), sealed.by);
    if let Some(at) = sealed.used_at {
        text.push_str(&format!(
            "\nused {}: seal another / 已启用，请重新封存",
            called::when(at)
        ));
    }
    if let Some(out) = out {
        text.push_str(&format!(
            "\nprint {}, seal it, delete the file / 打印、封存后删除文件",
            out.display()
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_letters_that_are_typed_quickly_and_no_two_are_the_same() {
        let drawn = [(); 50].map(|()| password().unwrap());
        for one in &drawn {
            assert_eq!(one.len(), LENGTH);
            assert!(one.bytes().all(|letter| LETTERS.contains(&letter)), "{one}");
        }
        let different: std::collections::BTreeSet<_> = drawn.iter().collect();
        assert_eq!(different.len(), drawn.len());
        let seen: std::collections::BTreeSet<_> = drawn.iter().flat_map(|one| one.bytes()).collect();
        assert_eq!(seen.len(), LETTERS.len(), "every letter comes");
    }

    #[test]
    fn the_address_in_the_envelope_is_the_roles() {
        for (url, wanted) in [
            (
                "postgres://owner:secret@db:5432/financing?sslmode=verify-full",
                "postgres://backstop_closer:pw@db:5432/financing?sslmode=verify-full",
            ),
            (
                "postgresql://db/financing",
                "postgresql://backstop_closer:pw@db/financing",
            ),
            ("postgres://a@b@db", "postgres://backstop_closer:pw@db"),
        ] {
            assert_eq!(with_user(url, "pw").unwrap(), wanted);
        }
        for bad in [
            "sqlite:financing.db",
            "postgres:///financing?host=/run/postgresql",
            "postgres://db/financing?user=owner&password=secret",
            "postgres://db/financing?sslmode=require&options=-crole%3Downer",
            "postgres://owner:secret@/financing",
        ] {
            assert!(with_user(bad, "pw").is_err(), "{bad}");
        }
    }
}
