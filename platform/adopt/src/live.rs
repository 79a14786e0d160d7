//! Their schema as it is now: tables, and the columns that look like states.

use std::collections::BTreeMap;

use db::{DbError, Row, Tx};

use crate::AdoptError;

/// The most tables that are looked at.
const TABLES: usize = 2_000;

/// A table, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Its columns that look like states, by name.
    pub states: BTreeMap<String, Values>,
    /// Whether each of its columns takes NULL.
    pub nullable: BTreeMap<String, bool>,
    /// Its owner, and whether that role may sign in.
    pub owner: (String, bool),
}

/// What a column may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// These: it is an enum, or a CHECK lists them.
    Listed(Vec<String>),
    /// Only its name says that it is a state.
    Unknown,
}

/// Reads a schema. Partitions belong to their table, which has the triggers.
///
/// # Errors
/// [`AdoptError::Refused`] without such a schema, or with too many tables; the database's refusal.
pub async fn schema(tx: &mut Tx, name: &str) -> Result<BTreeMap<String, Table>, AdoptError> {
    let mut tables = BTreeMap::new();
    for row in tx.many(TABLES_SQL, &[name.into()]).await? {
        let owner = (row.text(1)?.to_owned(), row.int(2)? == 1);
        tables.insert(
            row.text(0)?.to_owned(),
            Table {
                owner,
                ..Table::default()
            },
        );
    }
    if tables.is_empty() {
        return Err(AdoptError::Refused(format!(
            "there is no schema {name:?} with tables"
        )));
    }
    if tables.len() > TABLES {
        return Err(AdoptError::Refused(format!(
            "the schema has more than {TABLES} tables"
        )));
    }
    for row in tx.many(COLUMNS_SQL, &[name.into()]).await? {
        column(&mut tables, &row)?;
    }
    Ok(tables)
}

fn column(tables: &mut BTreeMap<String, Table>, row: &Row) -> Result<(), DbError> {
    let Some(table) = tables.get_mut(row.text(0)?) else {
        return Ok(());
    };
    let name = row.text(1)?.to_owned();
    table.nullable.insert(name.clone(), row.int(2)? == 0);
    let listed = match (row.opt_text(3)?, row.opt_text(4)?) {
        (Some(labels), _) => Some(labels.split('\n').map(str::to_owned).collect()),
        (None, Some(rules)) => rules.split('\n').find_map(of_check),
        (None, None) => None,
    };
    if let Some(listed) = listed {
        table.states.insert(name, Values::Listed(listed));
    } else if row.int(5)? == 1 && is_called_a_state(&name) {
        table.states.insert(name, Values::Unknown);
    }
    Ok(())
}

fn is_called_a_state(column: &str) -> bool {
    let column = column.to_lowercase();
    ["state", "status"]
        .iter()
        .any(|word| column == *word || column.ends_with(&format!("_{word}")))
}

/// The values that a CHECK of one column lists, as `pg_get_constraintdef` writes `IN (…)`: `= ANY (ARRAY[…])`.
fn of_check(rule: &str) -> Option<Vec<String>> {
    let (before, rest) = rule.split_once("ARRAY[")?;
    if !before.contains("= ANY (") {
        return None;
    }
    let mut values = Vec::new();
    let mut rest = rest;
    loop {
        let (value, after) = match rest.strip_prefix('\'') {
            Some(text) => quoted(text)?,
            None => {
                let end = rest.find([',', ']', ':'])?;
                (rest.get(..end)?.trim().to_owned(), rest.get(end..)?)
            }
        };
        values.push(value);
        // A cast may follow: `::text`, `::character varying`, `::numeric(3,0)` is not worth reading.
        let end = after.find([',', ']'])?;
        if after.get(end..=end)? == "]" {
            return Some(values);
        }
        rest = after.get(end + 1..)?.trim_start();
    }
}

/// The text up to its closing quote, and what comes after that.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('\'')?;
        value.push_str(rest.get(..end)?);
        rest = rest.get(end + 1..)?;
        match rest.strip_prefix('\'') {
            Some(more) => {
                value.push('\'');
                rest = more;
            }
            None => return Some((value, rest)),
        }
    }
}

const TABLES_SQL: &str = "SELECT c.relname::text, r.rolname::text, CASE WHEN r.rolcanlogin THEN 1::bigint ELSE 0::bigint END \
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    JOIN pg_catalog.pg_roles r ON r.oid = c.relowner \
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1 LIMIT 2001";

/// Of each column: the labels of its enum, the CHECKs of it alone or of its domain, and whether its type is one in
/// which states are kept. A domain's base type counts.
const COLUMNS_SQL: &str = "SELECT c.relname::text, a.attname::text, \
    CASE WHEN a.attnotnull OR t.typnotnull THEN 1::bigint ELSE 0::bigint END, \
    (SELECT string_agg(e.enumlabel, E'\\n' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e \
      WHERE e.enumtypid IN (t.oid, t.typbasetype)), \
    (SELECT string_agg(pg_catalog.pg_get_constraintdef(k.oid), E'\\n' ORDER BY k.oid) FROM pg_catalog.pg_constraint k \
      WHERE k.contype = 'c' AND (k.conrelid = c.oid AND k.conkey = ARRAY[a.attnum] \
        OR t.typtype = 'd' AND k.contypid = t.oid)), \
    CASE WHEN COALESCE(NULLIF(t.typbasetype, 0), t.oid) IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype, \
      'int2'::regtype, 'int4'::regtype, 'int8'::regtype) THEN 1::bigint ELSE 0::bigint END \
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
    WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped \
    ORDER BY c.relname, a.attnum";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_check_are_read_as_postgres_writes_it() {
        for (rule, values) in [
            (
                "CHECK ((status = ANY (ARRAY['new'::text, 'it''s, done]'::text])))",
                Some(vec!["new", "it's, done]"]),
            ),
            (
                "CHECK (((s)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))",
                Some(vec!["a", "b"]),
            ),
            ("CHECK ((s = ANY (ARRAY[0, 1, 2])))", Some(vec!["0", "1", "2"])),
            ("CHECK ((length(s) > 3))", None),
            ("CHECK ((s <> ALL (ARRAY['a'::text])))", None),
        ] {
            let wanted = values.map(|values| values.into_iter().map(str::to_owned).collect());
            assert_eq!(of_check(rule), wanted, "{rule}");
        }
    }

    #[test]
    fn only_names_of_states_count() {
        assert!(is_called_a_state("Status") && is_called_a_state("loan_state"));
        assert!(!is_called_a_state("statement") && !is_called_a_state("estate"));
    }
}
