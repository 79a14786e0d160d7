//! Positive controls: what must be seen wherever the search looked.

use std::path::{Path, PathBuf};

use laws::source::{Dialect, Source};

use crate::VerifyError;
use crate::files::Searched;
use crate::query::Found;
use crate::scan::{Where, canonical};

/// What should have shown itself and did not: the search did not look there.
///
/// # Errors
/// [`VerifyError`].
pub(crate) async fn blind(
    at: &Where,
    found: &Found,
    searched: &Searched,
) -> Result<Vec<String>, VerifyError> {
    let mut blind = Vec::new();
    for path in &searched.closed {
        blind.push(format!("{}: compressed or encrypted", path.display()));
    }
    for (url, name, by_query, seen_in) in [
        (&at.database, "lending", found.exit_seen, &searched.exit_in),
        (&at.key_store, "key store", found.store_seen, &searched.store_in),
    ] {
        if !by_query {
            blind.push(format!("{name}: by query"));
        }
        let home = home(url).await?;
        // In the database's own file, or a server's folder; a copy of it elsewhere says nothing of the original.
        let seen = match &home {
            Some(home) => seen_in
                .iter()
                .any(|path| path.starts_with(home) || beside(path, home)),
            None => !seen_in.is_empty(),
        };
        if !seen {
            blind.push(format!("{name}: its files"));
        }
    }
    Ok(blind)
}

fn beside(path: &Path, file: &Path) -> bool {
    let mut wal = file.as_os_str().to_owned();
    wal.push("-wal");
    path.as_os_str() == wal
}

/// The file or the folder in which a database lies, if it tells.
async fn home(url: &str) -> Result<Option<PathBuf>, VerifyError> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        return canonical(Path::new(path.strip_prefix("//").unwrap_or(path))).map(Some);
    }
    let mut source = Source::open(url).await?;
    let sql = "SELECT current_setting('data_directory', true) \
        WHERE pg_has_role('pg_read_all_settings', 'USAGE')";
    let rows = if source.dialect() == Dialect::Postgres {
        source.rows("the server's folder", sql).await?
    } else {
        vec![]
    };
    source.close().await;
    Ok(rows.first().and_then(|row| row.opt_text(0)).map(PathBuf::from))
}
