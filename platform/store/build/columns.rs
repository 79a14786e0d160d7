// Finds the columns of a migration that a data map does not name. It reads the
// text: a build script that ran SQLite would compile it a second time.

/// The (table, column) pairs of `CREATE TABLE` and `ADD COLUMN` in `sql` that
/// do not stand in `map` as `"table", "column"`.
pub(crate) fn unclassified(sql: &str, map: &str) -> Vec<(String, String)> {
    columns(sql)
        .into_iter()
        .filter(|(table, column)| !map.contains(&format!("\"{table}\", \"{column}\"")))
        .collect()
}

/// The tables of `CREATE TABLE` and `CREATE VIEW` in `sql` that have no row `t("table",` in `labels`.
pub(crate) fn unlabelled(sql: &str, labels: &str) -> Vec<String> {
    let tables = sql.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["CREATE", "TABLE" | "VIEW", name, ..] => Some((*name).trim_end_matches('(').to_owned()),
            _ => None,
        }
    });
    tables
        .filter(|table| !labels.contains(&format!("t(\"{table}\",")))
        .collect()
}

fn columns(sql: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut table: Option<String> = None;
    for line in sql.lines() {
        let line = line.trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["CREATE", "TABLE", name, ..] => table = Some((*name).trim_end_matches('(').to_owned()),
            ["ALTER", "TABLE", name, "ADD", "COLUMN", column, ..] => {
                found.push(((*name).to_owned(), (*column).to_owned()));
            }
            [first, ..] if first.starts_with(')') => table = None,
            // A column's name is lower case; PRIMARY, CHECK and comments are not columns.
            [first, ..] if first.bytes().next().is_some_and(|b| b.is_ascii_lowercase()) => {
                if let Some(table) = &table {
                    found.push((table.clone(), (*first).to_owned()));
                }
            }
            _ => {}
        }
    }
    found
}
