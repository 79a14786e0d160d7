//! From the server's own log of what the service sent, to a pgbench script that sends the same.
//!
//! The script is one captured transaction: its statements in their order, prepared by pgbench as the service
//! prepares them. Each parameter becomes the literal that was logged, which spares the peer the work of sending
//! it. What must differ from run to run (the ids that the transaction inserts, the idempotency key) is made
//! from a counter that grows as the service's ids do, so that the indexes grow at the same end. The firm is
//! drawn from all that were captured, so that its row is no hot spot. One script and not one a firm: each would
//! be prepared anew by each client.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

/// A transaction as it was logged.
pub(crate) struct Transaction {
    statements: Vec<Statement>,
}

struct Statement {
    sql: String,
    /// Parameters from `$1` on; `None` is NULL.
    parameters: Vec<Option<String>>,
}

/// A line of PostgreSQL's jsonlog.
#[derive(Deserialize)]
struct Line {
    pid: Option<u32>,
    message: Option<String>,
    detail: Option<String>,
}

/// Every committed transaction of the log that ran a statement starting with `marker`.
pub(crate) fn transactions(log: &str, marker: &str) -> Result<Vec<Transaction>> {
    let mut open: BTreeMap<u32, Vec<Statement>> = BTreeMap::new();
    let mut found = Vec::new();
    for text in log.lines() {
        let line: Line =
            serde_json::from_str(text).with_context(|| format!("failed to read the log's line `{text}`"))?;
        let (Some(pid), Some(sql)) = (line.pid, line.message.as_deref().and_then(statement)) else {
            continue;
        };
        // What rides along with another statement in one round trip is left out: pgbench would need a round
        // trip of its own for it.
        let parts = sql.rsplit(';').map(str::trim);
        let sql = parts.into_iter().find(|last| !last.is_empty()).unwrap_or(sql);
        let word = sql
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        if word == "BEGIN" {
            open.insert(pid, Vec::new());
        }
        let Some(statements) = open.get_mut(&pid) else {
            continue;
        };
        let parameters = line
            .detail
            .as_deref()
            .map(parameters)
            .transpose()?
            .unwrap_or_default();
        statements.push(Statement {
            sql: sql.to_owned(),
            parameters,
        });
        if word == "COMMIT" || word == "ROLLBACK" {
            let statements = open.remove(&pid).unwrap_or_default();
            if word == "COMMIT"
                && statements
                    .iter()
                    .any(|statement| statement.sql.starts_with(marker))
            {
                found.push(Transaction { statements });
            }
        }
    }
    Ok(found)
}

/// `execute sqlx_s_7: SELECT 1` and `statement: BEGIN` without what stands before the statement.
fn statement(message: &str) -> Option<&str> {
    let (kind, sql) = message.split_once(": ")?;
    (kind == "statement" || kind.starts_with("execute ")).then_some(sql)
}

/// Reads `parameters: $1 = 'it''s', $2 = NULL`.
fn parameters(detail: &str) -> Result<Vec<Option<String>>> {
    let Some((head, mut rest)) = detail.split_once(": ") else {
        bail!("no parameters in `{detail}`")
    };
    if !head.eq_ignore_ascii_case("parameters") {
        return Ok(Vec::new());
    }
    let mut values = Vec::new();
    while !rest.is_empty() {
        let (_, value) = rest
            .split_once(" = ")
            .with_context(|| format!("no value in `{rest}`"))?;
        if let Some(after) = value.strip_prefix("NULL") {
            values.push(None);
            rest = after.trim_start_matches(", ");
        } else {
            let (text, after) = quoted(value)?;
            values.push(Some(text));
            rest = after.trim_start_matches(", ");
        }
    }
    Ok(values)
}

/// A quoted text, its doubled quotes undone, and what follows it.
fn quoted(value: &str) -> Result<(String, &str)> {
    let mut rest = value
        .strip_prefix('\'')
        .with_context(|| format!("no quote at `{value}`"))?;
    let mut text = String::new();
    loop {
        let (before, after) = rest.split_once('\'').context("a quote that does not end")?;
        text.push_str(before);
        rest = after;
        match rest.strip_prefix('\'') {
            Some(after) => {
                text.push('\'');
                rest = after;
            }
            None => return Ok((text, rest)),
        }
    }
}

impl Transaction {
    /// The pgbench script. `:n` counts this client's transactions, `clients` keeps the clients' numbers apart,
    /// `:f` is one of the firms.
    pub(crate) fn script(&self, clients: u32, firms: &BTreeSet<String>) -> Result<String> {
        let mut values = self.fresh();
        if values.is_empty() {
            bail!("the transaction inserts no id, so it could run only once");
        }
        let list = firms
            .iter()
            .map(|firm| literal(firm))
            .collect::<Vec<_>>()
            .join(",");
        for firm in firms {
            values.insert(firm, format!("(ARRAY[{list}])[:f]"));
        }
        let count = firms.len();
        let mut script =
            format!("\\set n :n + 1\n\\set u :n * {clients} + :client_id\n\\set f random(1, {count})\n");
        for statement in &self.statements {
            script.push_str(&statement.inlined(&values)?);
            script.push_str(";\n");
        }
        Ok(script)
    }

    /// Firms that the transaction is about: existing rows, told by the form of their id.
    pub(crate) fn firms(&self) -> impl Iterator<Item = &String> {
        let parameters = self
            .statements
            .iter()
            .flat_map(|statement| statement.parameters.iter().flatten());
        parameters.filter(|value| value.starts_with("frm_"))
    }

    /// The statements, as a reader sees them.
    pub(crate) fn listing(&self) -> Vec<String> {
        self.statements
            .iter()
            .map(|statement| statement.sql.clone())
            .collect()
    }

    /// Values that this transaction inserts as keys, each with the expression that makes a new one.
    fn fresh(&self) -> BTreeMap<&str, String> {
        let mut fresh = BTreeMap::new();
        for value in self.statements.iter().flat_map(Statement::keys) {
            let number = fresh.len();
            fresh.entry(value).or_insert_with(|| expression(value, number));
        }
        fresh
    }
}

/// `app_0190…` becomes `app_` and the counter, as long as it was; two digits keep the keys of one transaction
/// apart.
fn expression(value: &str, number: usize) -> String {
    if let Some(hex) = value.strip_prefix("\\x") {
        // Bytes: the counter's decimal digits are hex digits too.
        let digits = hex.len().saturating_sub(2).max(12);
        return format!("decode(lpad(:u::text, {digits}, '0') || '{number:02}', 'hex')");
    }
    let (prefix, digits) = value
        .split_once('_')
        .map_or(("", value.len()), |(prefix, rest)| (prefix, rest.len()));
    let prefix = if prefix.is_empty() {
        String::new()
    } else {
        format!("{prefix}_")
    };
    format!(
        "('{prefix}' || lpad(:u::text, {}, '0') || '{number:02}')",
        digits.saturating_sub(2).max(12)
    )
}

impl Statement {
    /// Values of the columns `id` and `key_digest` of an INSERT, of each of its rows.
    fn keys(&self) -> Vec<&str> {
        let Some((columns, rows)) = self.insert() else {
            return Vec::new();
        };
        let mut keys = Vec::new();
        for row in rows {
            let named = columns
                .iter()
                .zip(row)
                .filter(|(column, _)| ["id", "key_digest"].contains(column));
            let numbers = named.filter_map(|(_, value)| value.strip_prefix('$')?.parse::<usize>().ok());
            keys.extend(numbers.filter_map(|number| self.parameters.get(number.checked_sub(1)?)?.as_deref()));
        }
        keys
    }

    /// Column names of an INSERT, and each row's values in step.
    fn insert(&self) -> Option<(Vec<&str>, Vec<Vec<&str>>)> {
        let (_, rest) = self.sql.strip_prefix("INSERT INTO ")?.split_once('(')?;
        let (columns, rest) = rest.split_once(')')?;
        let (_, rows) = rest.split_once("VALUES")?;
        let list = |text| <str>::split(text, ',').map(str::trim).collect();
        // A row may be followed by ON CONFLICT (…): that one names no parameter and so no key.
        let rows = rows.split('(').skip(1).filter_map(|row| row.split_once(')'));
        Some((list(columns), rows.map(|(row, _)| list(row)).collect()))
    }

    /// The statement with every `$n` replaced.
    fn inlined(&self, fresh: &BTreeMap<&str, String>) -> Result<String> {
        let mut text = String::new();
        let mut rest = self.sql.as_str();
        while let Some((before, after)) = rest.split_once('$') {
            let digits = after.chars().take_while(char::is_ascii_digit).count();
            text.push_str(before);
            if digits == 0 {
                bail!("a dollar that is no parameter in `{}`", self.sql);
            }
            let number: usize = after[..digits].parse()?;
            let value = number.checked_sub(1).and_then(|index| self.parameters.get(index));
            match value.with_context(|| format!("`{}` was logged without ${number}", self.sql))? {
                None => text.push_str("NULL"),
                Some(value) => text.push_str(
                    &fresh
                        .get(value.as_str())
                        .cloned()
                        .unwrap_or_else(|| literal(value)),
                ),
            }
            rest = &after[digits..];
        }
        text.push_str(rest);
        // One line: pgbench reads a statement up to the semicolon, and a line that starts with \ as its own.
        Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// An SQL literal without a colon, which pgbench would read as one of its variables, and without a raw newline.
fn literal(value: &str) -> String {
    let mut text = String::from("E'");
    for character in value.chars() {
        match character {
            '\'' => text.push_str("''"),
            '\\' => text.push_str("\\\\"),
            ':' => text.push_str("\\072"),
            '\n' => text.push_str("\\n"),
            // A blank survives the joining of the statement's words only when it is not a blank.
            ' ' => text.push_str("\\040"),
            other => text.push(other),
        }
    }
    text.push('\'');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = concat!(
        r#"{"pid":7,"message":"statement: BEGIN"}"#,
        "\n",
        r#"{"pid":8,"message":"statement: BEGIN"}"#,
        "\n",
        r#"{"pid":7,"message":"execute sqlx_s_1: INSERT INTO applications (id, firm_id,\n note) VALUES ($1, $2, $3)","detail":"parameters: $1 = 'app_01', $2 = 'frm_01', $3 = 'it''s 10:30'"}"#,
        "\n",
        r#"{"pid":8,"message":"execute sqlx_s_9: SELECT 1"}"#,
        "\n",
        r#"{"pid":7,"message":"execute sqlx_s_2: INSERT INTO consents (id, reference, by) VALUES ($1, $2, $3), ($4, $2, $3) ON CONFLICT (id) DO NOTHING","detail":"Parameters: $1 = 'cns_01', $2 = 'app_01', $3 = NULL, $4 = 'cns_02'"}"#,
        "\n",
        r#"{"pid":8,"message":"statement: COMMIT"}"#,
        "\n",
        r#"{"pid":7,"message":"statement: SET LOCAL statement_timeout = 0; COMMIT"}"#,
        "\n",
    );

    fn captured() -> Vec<Transaction> {
        transactions(LOG, "INSERT INTO applications").unwrap()
    }

    #[test]
    fn the_transaction_is_taken_out_of_what_other_connections_do() {
        let found = captured();
        assert_eq!(found.len(), 1);
        let words: Vec<String> = found[0].listing();
        assert_eq!(words.len(), 4);
        assert_eq!((words[0].as_str(), words[3].as_str()), ("BEGIN", "COMMIT"));
    }

    #[test]
    fn new_ids_come_from_the_counter_and_everything_else_stays() {
        let firms = ["frm_01", "frm_02"].map(str::to_owned).into();
        let script = captured()[0].script(16, &firms).unwrap();
        let lines: Vec<&str> = script.lines().collect();
        assert_eq!(
            lines[..4],
            [
                "\\set n :n + 1",
                "\\set u :n * 16 + :client_id",
                "\\set f random(1, 2)",
                "BEGIN;"
            ]
        );
        assert_eq!(
            lines[4],
            "INSERT INTO applications (id, firm_id, note) VALUES (('app_' || lpad(:u::text, 12, '0') || '00'), \
             (ARRAY[E'frm_01',E'frm_02'])[:f], E'it''s\\04010\\07230');"
        );
        // The same application's id again, by the same expression; the NULL stays one; each row has its own id.
        let again = "('app_' || lpad(:u::text, 12, '0') || '00'), NULL)";
        let (first, second) = (
            lines[5].find("|| '01')").unwrap(),
            lines[5].find("|| '02')").unwrap(),
        );
        assert!(
            first < second && lines[5].matches(again).count() == 2,
            "{}",
            lines[5]
        );
        // The setting that shared the commit's round trip is gone.
        assert_eq!(lines[6], "COMMIT;");
    }

    #[test]
    fn a_key_that_is_bytes_is_made_new_as_bytes() {
        assert_eq!(
            expression("\\x00112233445566778899aabbccddeeff", 3),
            "decode(lpad(:u::text, 30, '0') || '03', 'hex')"
        );
    }

    #[test]
    fn a_transaction_that_was_rolled_back_is_no_application() {
        let log = LOG.replace("timeout = 0; COMMIT", "timeout = 0; ROLLBACK");
        assert!(transactions(&log, "INSERT INTO applications").unwrap().is_empty());
    }

    #[test]
    fn a_transaction_without_new_ids_is_refused() {
        let log = LOG
            .replace("(id, firm_id", "(no, firm_id")
            .replace("(id, reference", "(no, reference");
        assert!(
            transactions(&log, "INSERT INTO applications").unwrap()[0]
                .script(16, &BTreeSet::new())
                .is_err()
        );
    }
}
