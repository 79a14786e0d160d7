//! Whether the live database's settings let an acknowledged write survive a
//! power cut. A `kill -9` can't show it: the kernel keeps the pages.

use serde_json::{Map, Value, json};

use crate::source::{DatabaseError, Dialect, Row, Source};

/// Settings of PostgreSQL, and the values under which a commit is durable.
const WANTED: &[(&str, &[&str])] = &[
    ("fsync", &["on"]),
    ("synchronous_commit", &["on", "remote_apply"]),
    ("full_page_writes", &["on"]),
];

/// What the settings say.
#[derive(Debug, Clone, Default)]
pub struct Durability {
    /// Settings that lose acknowledged writes: where they stand, and value against wanted.
    pub weak: Vec<(String, String)>,
    /// Everything that was read, and what could not be.
    pub evidence: Map<String, Value>,
}

/// Reads the settings as they are for a new session, and the overrides that a
/// role or a database brings to others.
///
/// # Errors
/// When the database can't be read.
pub async fn durability(url: &str) -> Result<Durability, DatabaseError> {
    let mut source = Source::connect(url).await?;
    let found = match source.dialect() {
        Dialect::Sqlite => sqlite(&mut source).await,
        Dialect::Postgres => postgres(&mut source).await,
    };
    source.close().await;
    found
}

async fn sqlite(source: &mut Source) -> Result<Durability, DatabaseError> {
    let rows = source.rows("the journal mode", "PRAGMA journal_mode").await?;
    let mode = rows.first().map_or(Ok(""), |row| row.text(0))?.to_owned();
    let mut found = Durability::default();
    // Without a journal a crash inside a commit corrupts the file.
    if matches!(mode.as_str(), "off" | "memory") {
        found
            .weak
            .push(("journal_mode".to_owned(), format!("{mode}, wanted wal")));
    }
    found.evidence.insert("journal_mode".to_owned(), mode.into());
    let unseen = "belongs to each connection and can't be read from outside; ask `financing check`";
    found.evidence.insert("synchronous".to_owned(), unseen.into());
    Ok(found)
}

async fn postgres(source: &mut Source) -> Result<Durability, DatabaseError> {
    let mut found = Durability::default();
    let names: Vec<String> = WANTED.iter().map(|(name, _)| format!("'{name}'")).collect();
    let sql = format!(
        "SELECT name, setting, source FROM pg_settings WHERE name IN ({})",
        names.join(", ")
    );
    for row in source.rows("settings", sql).await? {
        let (name, value) = (row.text(0)?, row.text(1)?);
        found
            .evidence
            .insert(name.to_owned(), json!({"value": value, "from": row.text(2)?}));
        found.judge(name, value, "pg_settings");
    }
    let sql = "SELECT COALESCE(datname, 'every database')::text, COALESCE(rolname, 'every role')::text, unnest(setconfig)
               FROM pg_db_role_setting LEFT JOIN pg_database ON pg_database.oid = setdatabase
               LEFT JOIN pg_roles ON pg_roles.oid = setrole
               WHERE setdatabase = 0 OR datname = current_database()";
    let rows = source.rows("overrides of roles and databases", sql).await?;
    let overrides: Vec<&Row> = rows
        .iter()
        .filter(|row| {
            row.opt_text(2)
                .is_some_and(|one| WANTED.iter().any(|(name, _)| named(one, name)))
        })
        .collect();
    for row in &overrides {
        if let Some((name, value)) = row.text(2)?.split_once('=') {
            found.judge(
                name,
                value,
                &format!("override for {}, {}", row.text(0)?, row.text(1)?),
            );
        }
    }
    found
        .evidence
        .insert("overrides".to_owned(), overrides.len().into());
    let unseen = "a session may still set its own synchronous_commit: ask `financing check`";
    found.evidence.insert("not_seen".to_owned(), unseen.into());
    Ok(found)
}

fn named(setting: &str, name: &str) -> bool {
    setting.split_once('=').is_some_and(|(found, _)| found == name)
}

impl Durability {
    fn judge(&mut self, name: &str, value: &str, place: &str) {
        let Some((_, wanted)) = WANTED.iter().find(|(wanted, _)| *wanted == name) else {
            return;
        };
        if !wanted.contains(&value) {
            self.weak.push((
                name.to_owned(),
                format!("{value} ({place}), wanted {}", wanted[0]),
            ));
        }
    }
}
